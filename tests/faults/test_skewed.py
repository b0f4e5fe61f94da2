"""The wrong clock of a process, and of those that it forks: when it is right again, it is right."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

SKEWED = Path(__file__).resolve().parent / "skewed"
_TALK = """
import os, pathlib, sys, time

told = pathlib.Path(os.environ["AYNI_FAULTS_CLOCK"])
right = float(sys.argv[1])


def off():
    return round((time.time() - right) / 3600)


def wait_for(hours):
    until = time.monotonic() + 20
    while off() != hours and time.monotonic() < until:
        time.sleep(0.05)
    assert off() == hours, (off(), hours)


wait_for(-3)
heard, tells = os.pipe()
child = os.fork()
for hours, then in ((-3, "14400"), (4, "0"), (0, "")):
    wait_for(hours)
    if not child:
        os.write(tells, b".")
    elif os.read(heard, 1) and then:  # the child is there as well
        half = told.with_suffix(".half")
        half.write_text(then)
        half.replace(told)
if child:
    assert os.waitpid(child, 0)[1] == 0
    print("right")
"""


def test_a_process_that_was_forked_under_a_wrong_clock_finds_the_right_time_again(
    tmp_path: Path,
) -> None:
    told = tmp_path / "clock"
    told.write_text("-10800")
    done = subprocess.run(
        [sys.executable, "-c", _TALK, str(time.time())],
        env={**os.environ, "PYTHONPATH": str(SKEWED), "AYNI_FAULTS_CLOCK": str(told)},
        capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "right\n"), done.stderr
