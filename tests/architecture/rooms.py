"""Where the rooms are; used by the tests beside it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
AYNI = ROOT / "ayni"
# Folders of `ayni` that are no rooms: what they hold is shared by pages.
NO_ROOMS = {"templates", "locale", "assets", "static_built"}


def rooms() -> list[str]:
    """Every folder of `ayni` with code."""
    return sorted(
        each.name for each in AYNI.iterdir()
        if (each / "__init__.py").is_file() and each.name not in NO_ROOMS
    )  # fmt: skip


def tracked(*suffixes: str) -> list[Path]:
    """Files of the repository with one of these suffixes, tracked or new, not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name.endswith(suffixes)]
    return [path for path in paths if path.is_file()]
