"""A worker whose clock was set back ends and is started again with the right time."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ayni.node.timekeeping import LEAST, Clock

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = st.floats(0, 1e6)


@given(wall=SECONDS, steady=SECONDS, passed=SECONDS, by=st.floats(-1e5, 1e5))
def test_only_a_clock_that_was_set_back_is_noticed_and_by_how_much(
    wall: float, steady: float, passed: float, by: float
) -> None:
    clock = Clock(wall, steady)
    told = clock.set_back(wall + passed + by, steady + passed)
    assert abs(told - max(0.0, -by)) < 1e-3
    # Once is enough: from then on the two go side by side again.
    assert clock.set_back(wall + passed + by + 5, steady + passed + 5) < 1e-3


def test_a_process_ends_when_its_clock_is_set_back_by_an_hour() -> None:
    program = f"""
import time, time_machine
from datetime import datetime, timedelta, UTC
from ayni.node import timekeeping
timekeeping._EVERY = 0.2
ahead = time_machine.travel(datetime.now(UTC) + timedelta(seconds={LEAST * 60}), tick=True)
ahead.start()
timekeeping.end_when_set_back()
time.sleep(0.5)
print("works", flush=True)
ahead.stop()
time.sleep(20)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=15
    )
    assert done.stdout == "works\n"
    assert done.returncode == -signal.SIGTERM
