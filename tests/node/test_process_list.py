"""What other users of a node's machine see of its processes: no secret, neither in the list of
processes nor in their environments. Asked of a running node, not of its code."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.node.made import made_home
from tests.node.test_processes import run_in, wait_for

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("process-list")]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Path, subprocess.Popen[bytes], int]]:
    """A node under `ayni run`, which the tests only look at."""
    with tempfile.TemporaryDirectory(prefix="ayni-r-") as name:
        made_home("uy", Path(name) / "home")
        with run_in(Path(name) / "home") as node:
            yield node


def _descendants(of: int) -> list[int]:
    """The process and whatever it has started, at this moment."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat[1])
    found = {of}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _secrets(home: Path) -> dict[str, set[bytes]]:
    """Every secret of the node, as bytes, as hexadecimal figures and as an address holds it."""
    found = {}
    for file in (home / "secrets").rglob("*"):
        if file.is_file():
            kept = file.read_bytes().strip()
            found[file.name] = {kept, kept.hex().encode(), quote(kept, safe="").encode()}
    return found


def _line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # ended meanwhile


_ASK = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.listdir(path) if path.endswith("/fd") else open(path, "rb").read(1)
    except OSError:
        continue
    print(path)
"""


def test_no_secret_stands_where_another_user_reads(
    running: tuple[Path, subprocess.Popen[bytes], int],
) -> None:
    home, run, _port = running
    wait_for(lambda: len(_descendants(run.pid)) >= 4)
    secrets = _secrets(home)
    assert "django.key" in secrets
    assert sum(name.startswith("postgresql-") for name in secrets) >= 3, set(secrets)
    for pid in _descendants(run.pid):
        line = _line(pid)
        for name, forms in secrets.items():
            assert not any(form in line for form in forms), f"{name} in the process list"
        assert b"postgresql://" not in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as somebody else")
def test_another_user_reads_neither_environments_nor_files_of_the_node(
    running: tuple[Path, subprocess.Popen[bytes], int],
) -> None:
    home, run, _port = running
    wait_for(lambda: len(_descendants(run.pid)) >= 4)
    everybodys = Path(f"/proc/{run.pid}/status")
    files = [everybodys, *(f for f in (home / "secrets").rglob("*") if f.is_file())]
    for pid in _descendants(run.pid):
        for name in ("environ", "mem", "fd"):
            files.append(Path(f"/proc/{pid}/{name}"))
    read = subprocess.run(
        ["/usr/bin/env", "-i", "/usr/bin/python3", "-c", _ASK, *map(str, files)]
        if Path("/usr/bin/python3").exists()
        else [sys.executable, "-c", _ASK, *map(str, files)],
        user="nobody",
        group="nogroup",
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    assert read.stdout.split() == [str(everybodys)], "readable by another user"
    assert len(files) > 10
