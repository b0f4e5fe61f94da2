"""The benchmark of disclosure control still runs, and what it makes is allowed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import disclosure

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parent.parent.parent


def test_benchmark_of_disclosure_control_makes_and_checks_thirty_tables() -> None:
    """Small: that it runs to its end, not how fast."""
    if not disclosure.YARDSTICK.exists():
        pytest.skip("the yardstick ctdc_like.py is not here")
    done = subprocess.run(
        [sys.executable, "-m", "bench.disclosure", "--records", "2000", "--rounds", "1"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert (found["tables"], found["records"]) == (30, 2000)
    assert found["suppression"]["allowed"] is True
    assert found["suppression"]["hidden"]["below_threshold"] == found["below_threshold"]
    assert found["rounding_3"]["mean_absolute_error"] < found["rounding_5"]["mean_absolute_error"]
