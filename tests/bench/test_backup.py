"""The benchmark of backup and restore still runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parent.parent.parent


def test_benchmark_of_the_backup_makes_a_node_that_shows_its_cases() -> None:
    """Small: that it runs to its end, not how fast."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.backup", "--cases", "3"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["restored"] == {"cases": 3, "case_page": "shown"}
    assert found["keyring_copy_bytes"] > 0
