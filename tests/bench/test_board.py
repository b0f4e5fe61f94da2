"""The benchmark of the board still runs: a page it asks for that a door closes would end it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parent.parent.parent


def test_benchmark_of_the_board_fills_a_node_asks_every_page_and_prints_its_figures() -> None:
    """Small: that it runs to its end, not how fast."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.board", "--clocks", "6000", "--asks", "3"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["all"]["clocks"] == 6000
    assert set(found["growth"]) == set(found["all"]["pages"]) >= {
        "first_page", "state_page", "figures",
    }  # fmt: skip
