"""Nodes that are there already: made once in a run by `ayni node init`, then copied.

Making one takes eight seconds of processor time. What making does is tested in test_making.py and
test_command.py; other tests need a node of which nobody knows anything yet. Copies have the same
keys and are never shown to each other.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from tests.node.test_command import ayni


def made_home(code: str, home: Path) -> None:
    """`home`, a new folder, becomes a node of this state."""
    shelf = Path(os.environ["AYNI_TEST_MADE"])
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    pattern = shelf / code
    with (shelf / f"{code}.lock").open("w") as one:
        fcntl.flock(one, fcntl.LOCK_EX)
        if not pattern.exists():
            making = shelf / f"{code}.new"
            done = ayni("node", "init", "--state", code, "--home", str(making))
            assert done.returncode == 0, done.stderr
            making.rename(pattern)
    shutil.copytree(pattern, home)
