"""The list of erasures: which subjects' keys were removed. Random ids only.

It lies apart from keyring and database, so that restoring an older copy of either brings nobody
back: a restore removes the keys of all who stand here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

LIST = "erasures"


def note(home: Path, subject: UUID) -> None:
    """Add one subject; durable before it returns."""
    add(home, [subject])


def add(home: Path, subjects: Iterable[UUID]) -> None:
    """Add several subjects in one durable step.

    A line that a crash cut short is ended first, or it would swallow the next one.
    """
    text = "".join(f"{subject}\n" for subject in subjects)
    path = home / LIST
    if path.exists() and path.read_bytes()[-1:] not in {b"", b"\n"}:
        text = f"\n{text}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def noted(home: Path) -> set[UUID]:
    """All who were erased on this node. A line that a crash cut short was never answered."""
    path = home / LIST
    if not path.exists():
        return set()
    found = set()
    for line in path.read_text().splitlines():
        try:
            found.add(UUID(line))
        except ValueError:
            continue
    return found
