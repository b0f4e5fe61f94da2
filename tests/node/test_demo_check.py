"""The whole journey over three real nodes, as `make demo-check` makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.nodes, pytest.mark.whole, pytest.mark.xdist_group("demo")]
ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_journey_holds_and_leaves_no_trace_of_the_person() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ayni.node.command", "demo-check", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["why"]) == (0, "")
    assert all(step["ok"] for step in told["steps"])
    titles = " ".join(step["step"] for step in told["steps"])
    assert "the consulate reads and accepts" in titles
    assert "a version of the protocol is published and adopted" in titles
    assert "planted words are in no table" in titles
