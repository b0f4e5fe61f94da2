"""The benchmark of the dashboards still runs: a code that a case has since, and its invented cases
do not, would end it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parent.parent.parent


def test_benchmark_of_the_dashboards_fills_a_node_asks_every_page_and_counts_what_changed() -> None:
    """Small: that it runs to its end, not how fast."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "bench.dashboard",
            "--cases",
            "6000",
            "--asks",
            "3",
            "--changed",
            "3",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["cases"] == 6000
    assert set(found["pages"]) == {"rows", "figures"}
    for pages in found["pages"].values():
        assert set(pages) == {"state", "state_one_year", "corridor", "smuggling", "compared"}
        for page in pages.values():
            assert page["processor_ms"] <= page["p95_processor_ms"]
    assert set(found["refresh_ms_a_case"]) == {"opened", "changed", "one_alone"}
