"""The memory of a run is that of everything it has started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.memory import megabytes


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the kernel does not tell")
def test_a_child_counts_with_what_it_holds(tmp_path: Path) -> None:
    before = megabytes(tmp_path)
    holds = "import sys; held = b'x' * 80_000_000; print(len(held), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert 70 < megabytes(tmp_path) - before < 200
