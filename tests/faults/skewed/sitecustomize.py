"""A machine whose clock is set wrong while it runs: Python finds this file first where PYTHONPATH
names its folder.

AYNI_FAULTS_CLOCK names a file that says by how many seconds; it is looked at four times a second.
PostgreSQL keeps the right time, as one on another machine would: a node that finds the two apart
does not start, so that the clock must go wrong under one that runs.
"""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine


def _follow(told: Path) -> None:
    off, travelling = 0.0, None
    while True:
        try:
            wanted = float(told.read_text())
        except (OSError, ValueError):
            wanted = 0.0
        if wanted != off:
            if travelling is not None:
                travelling.stop()
                travelling = None
            if wanted:
                there = datetime.now(UTC) + timedelta(seconds=wanted)
                travelling = time_machine.travel(there, tick=True)
                travelling.start()
            off = wanted
        time.sleep(0.25)


def _begin() -> None:
    told = os.environ.get("AYNI_FAULTS_CLOCK", "")
    if told:
        threading.Thread(target=_follow, args=(Path(told),), daemon=True).start()


os.register_at_fork(after_in_child=_begin)
_begin()
