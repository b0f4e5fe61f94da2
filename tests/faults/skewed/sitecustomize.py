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

_turning = threading.Lock()  # no process is forked while the clock is being turned
_travelling: time_machine.travel | None = None


def _turn(seconds: float) -> None:
    """The clock of this process is off by so much from now on."""
    global _travelling
    with _turning:
        if _travelling is not None:
            _travelling.stop()
            _travelling = None
        if seconds:
            there = datetime.now(UTC) + timedelta(seconds=seconds)
            travelling = time_machine.travel(there, tick=True)
            travelling.start()
            _travelling = travelling


def _follow(told: Path) -> None:
    off = 0.0
    while True:
        try:
            wanted = float(told.read_text())
        except (OSError, ValueError):
            wanted = 0.0
        if wanted != off:
            _turn(wanted)
            off = wanted
        time.sleep(0.25)


def _begin() -> None:
    told = os.environ.get("AYNI_FAULTS_CLOCK", "")
    if told:
        threading.Thread(target=_follow, args=(Path(told),), daemon=True).start()


def _begin_forked() -> None:
    """A child has its parent's clock and not its thread: it begins with the right one."""
    _turning.release()
    _turn(0.0)
    _begin()


os.register_at_fork(
    before=_turning.acquire, after_in_parent=_turning.release, after_in_child=_begin_forked
)
_begin()
