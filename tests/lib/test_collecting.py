"""The collector of reference cycles stays out of the way while a command loads the rooms."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_COUNTED = """
import contextlib, gc, json, sys
rounds = [0, 0, 0]
def count(phase, told):
    rounds[told["generation"]] += phase == "start"
from ayni.node import command
gc.callbacks.append(count)
with contextlib.suppress(SystemExit):
    command.main(["protocol", "--help"])
sys.stderr.write(json.dumps(rounds))
"""


def test_a_command_that_loads_the_rooms_looks_through_everything_at_most_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COUNTED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    young, older, whole = json.loads(done.stderr)
    assert (young < 200, older < 20, whole < 2) == (True, True, True), (young, older, whole)
