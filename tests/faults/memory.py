"""How much memory a run takes: its own process, everything it has started, and what of that a kill
has left without a parent."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_PROC = Path("/proc")


def megabytes(folder: Path) -> int:
    """The proportional share (PSS, shared pages counted once) of all processes of the run in this
    folder; 0 where the kernel does not tell."""
    parents, lines = _processes()
    own = {os.getpid()} | {pid for pid, line in lines.items() if str(folder) in line}
    while more := {pid for pid, parent in parents.items() if parent in own} - own:
        own |= more
    return sum(_share(pid) for pid in own) // 1024


def _processes() -> tuple[dict[int, int], dict[int, str]]:
    parents, lines = {}, {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                told = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                lines[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace")
                parents[int(entry.name)] = int(told[1])
    return parents, lines


def _share(pid: int) -> int:
    """Kilobytes of one process."""
    with contextlib.suppress(OSError, ValueError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
