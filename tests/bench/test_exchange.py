"""The benchmark of the exchange still runs: two nodes, found, run, sent through, looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.node.made import made_home

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parent.parent.parent


def test_benchmark_of_the_exchange_sends_messages_and_prints_its_figures() -> None:
    """Small: that every part runs to its end, not how fast."""
    with tempfile.TemporaryDirectory(prefix="ayni-b-") as homes:
        for code in ("bo", "uy"):
            made_home(code, Path(homes) / code)
        found = _measured(homes)
    assert found["full"]["processor_ms"] > 0
    assert found["bare"]["processor_ms"] > 0
    assert found["half"]["messages"] > 0
    assert found["stored"]["messages"] == [20, 200]
    assert [len(runs) for runs in found["stored"]["each_run_ms"]] == [2, 2]
    assert found["sustained"]["required_a_second"] == 5
    assert found["sustained"]["offered_a_second"] == pytest.approx(5.5)
    assert set(found["ok"]) == {"full", "single", "half", "sustained", "backlog", "stored"}


def _measured(homes: str) -> dict[str, Any]:
    words = (
        "--size 2000 --bare 5 --full 10 --times 1 --single 1 --pause 0.1 --rate 5 --seconds 1 "
        "--backlog 600 --backlog-size 500 --look 0.02 --few 20 --stored 200 --web-workers 1 "
        f"--nodes bo uy --homes {homes}"
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.exchange", *words.split()],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "BENCH_LOUD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found
