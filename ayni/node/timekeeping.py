"""A worker notices that its machine's clock was set back.

What is done at fixed times (`exchange.retry_stalled`) is waited for by the clock on the wall. One
that was hours ahead and is set right leaves a worker waiting for hours: it ends then, and whoever
supervises it starts it again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from dataclasses import dataclass

log = logging.getLogger("ayni.node")
LEAST = 60.0  # seconds; what time synchronisation corrects by itself is far less
_EVERY = 5.0


@dataclass
class Clock:
    """Two clocks side by side: the one on the wall, and one that nobody sets. Pure."""

    wall: float
    steady: float

    def set_back(self, wall: float, steady: float) -> float:
        """By how many seconds the wall clock was set back since the last look; 0 if it was not, or
        forward: what is waited for comes earlier then."""
        passed, shown = steady - self.steady, wall - self.wall
        self.wall, self.steady = wall, steady
        return max(0.0, passed - shown)


def end_when_set_back() -> threading.Event:
    """From now on this process ends, as by SIGTERM, when its clock was set back by a minute; the
    event tells that this was why, so that it can ask to be started again."""
    set_back = threading.Event()
    threading.Thread(target=_watch, args=(set_back,), daemon=True, name="timekeeping").start()
    return set_back


def _watch(set_back: threading.Event) -> None:
    clock = Clock(time.time(), time.monotonic())
    while True:
        time.sleep(_EVERY)
        back = clock.set_back(time.time(), time.monotonic())
        if back > LEAST:
            log.warning("the clock was set back", extra={"ids": {"seconds": round(back)}})
            set_back.set()
            os.kill(os.getpid(), signal.SIGTERM)
            return
