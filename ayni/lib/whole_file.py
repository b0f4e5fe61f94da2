"""A new file of its owner alone that is there whole, or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

_HALF = ".half"


def put_new(to: Path, content: bytes) -> None:
    """Write a file that nobody but its owner can read (0600), durably.

    It is written beside its place under another name and moved there when the disk has it, so that
    a full disk leaves nothing. Its name is taken first: what is there already, or comes meanwhile,
    is never written over. What a process that was killed meanwhile left of the same file, its half
    and the empty file that held its name, is removed by the next one that writes it. Raises
    FileExistsError, OSError (nothing stays).
    """
    _clear_broken_off(to)
    half = to.with_name(f".{to.name}.{secrets.token_hex(4)}{_HALF}")
    with os.fdopen(_opened(half), "wb") as file:
        try:
            with contextlib.suppress(OSError):  # a disk without locks: then nobody clears it
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(_opened(to))
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                half.replace(to)
            except BaseException:  # also where somebody ends the command by hand
                to.unlink(missing_ok=True)
                raise
        finally:
            half.unlink(missing_ok=True)
    folder = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _clear_broken_off(to: Path) -> None:
    """Remove the halves of this file whose process is gone, and with them the name that it took;
    not while another process is writing it."""
    start = f".{to.name}."
    halves = [
        each for each in to.parent.iterdir()
        if each.name.startswith(start) and each.name.endswith(_HALF)
    ]  # fmt: skip
    cleared = [_cleared(half) for half in halves]
    taken = to.is_file() and not to.is_symlink() and to.stat().st_size == 0
    if cleared and all(cleared) and taken:
        to.unlink(missing_ok=True)


def _cleared(half: Path) -> bool:
    """Whether a half was nobody's and is gone."""
    try:
        handle = os.open(half, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # ended meanwhile, or not ours
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        half.unlink(missing_ok=True)
    except OSError:  # it is being written
        return False
    finally:
        os.close(handle)
    return True


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
