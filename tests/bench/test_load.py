"""The benchmark of half an hour's work still runs."""

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


def test_benchmark_of_steady_work_sees_memory_burst_and_guards() -> None:
    """Small and short: that it runs to its end, not how fast."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = "--cases 20 --users 40 --rate 2 --seconds 6 --burst 1 --warm-up 1 --asks 12 --port"
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *words.split(), str(port)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["steady"]["failed"] == 0
    assert found["burst"]["failed"] == 0
    assert all(megabytes > 20 for _, megabytes in found["steady"]["memory_mb"])
    assert found["guards"]["audit_ms"] > 0
    assert found["guards"]["permissions_ms"] > 0
