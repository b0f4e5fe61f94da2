"""A new file of its owner alone that is there whole, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def put_new(to: Path, content: bytes) -> None:
    """Write a file that nobody but its owner can read (0600), durably.

    It is written beside its place under another name and moved there when the disk has it, so that
    a full disk leaves nothing. Its name is taken first: what is there already, or comes meanwhile,
    is never written over. Raises FileExistsError, OSError (nothing stays).
    """
    os.close(_opened(to))
    half = to.with_name(f".{to.name}.{secrets.token_hex(4)}.half")
    try:
        with os.fdopen(_opened(half), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(to)
    except BaseException:  # also where somebody ends the command by hand
        half.unlink(missing_ok=True)
        to.unlink(missing_ok=True)
        raise
    folder = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
