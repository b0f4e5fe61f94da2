"""The benchmark of the pages still runs: a page it asks for that a door closes would end it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parent.parent.parent


def test_benchmark_of_pages_fills_a_node_asks_every_page_and_prints_its_figures() -> None:
    """Small and short: that it runs to its end, not how fast."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = "--cases 20 --users 4 --rate 4 --seconds 2 --warm-up 1 --asks 12 --port".split()
    done = subprocess.run(
        [sys.executable, "-m", "bench.pages", *words, str(port)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    assert done.returncode in (0, 1), done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["load"]["failed"] == 0
    assert found["one_at_a_time"]["events_of_a_case"] > 40
