"""Files of published releases, made once and kept in the node's folder until they are too many.

A name says all that a file follows from: the content, the entry that announces it, the format, the
language and the program with its words. So what is kept is never out of date, and what is not asked
for is never made. A file appears under its name whole or not at all; of many who ask at once one
makes it, and whoever would wait for long is told to come back: the threads that answer here answer
who asks for help as well. What is left of a process that was killed is removed by the next one that
makes a file.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from ayni.statistics.errors import FilesBusy

FOLDER = "downloads"
MOST_BYTES = 300_000_000
MOST_FILES = 400
WAIT = 1.0  # seconds at most for the file that another is making
AT_ONCE = 2  # of the threads of a process (`node/web.py`: 4) that make a file or wait for one
_LOOK_AGAIN = 0.05
_HALF = ".half"
_OF_RELEASE = 16  # characters of a name that say whose it is
_OF_FILE = 24
_OF_PROGRAM = frozenset({".py", ".mo", ".html", ".yaml", ".json", ".csv", ".gz"})
_threads = threading.BoundedSemaphore(AT_ONCE)


def name_of(*, sha256: str, entry: str, kind: str, language: str, program: str) -> str:
    """The name under which a file is kept: it begins with that of its release."""
    told = "\n".join((sha256, entry, kind, language, program))
    return f"{sha256[:_OF_RELEASE]}-{hashlib.sha256(told.encode()).hexdigest()[:_OF_FILE]}.zip"


@cache
def program() -> str:
    """SHA-256 of all that the words and numbers of a file are made by: another program, or the same
    with another translation, may say the same otherwise, whatever version it calls itself. Asked
    for when a web process starts (`config/wsgi.py`), while what it has loaded lies on the disk."""
    return digest_of(Path(__file__).resolve().parents[2])


def digest_of(package: Path) -> str:
    """SHA-256 over names and contents of the files of a package that a program is made of."""
    told = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.suffix in _OF_PROGRAM):
        raw = hashlib.sha256(path.read_bytes()).hexdigest()
        told.update(f"{path.relative_to(package)}\n{raw}\n".encode())
    return told.hexdigest()


def folder() -> Path:
    """Where they lie: of this node, for its account alone."""
    return Path(settings.AYNI_HOME) / FOLDER


def opened(name: str, make: Callable[[], bytes]) -> BinaryIO:
    """The file of this name, made by `make` if it is not there, and read from memory where the disk
    does not take it: a full disk keeps nobody from reading. Raises `FilesBusy` while others are
    made, and what `make` raises."""
    path = folder() / name
    if (there := _there(path)) is not None:
        return there
    with _alone() as able:
        if able and (there := _there(path)) is not None:  # another made it meanwhile
            return there
        raw = make()
        if able:
            with contextlib.suppress(OSError):
                _put(path, raw)
                tidy(path)
        return io.BytesIO(raw)


def is_kept(name: str) -> bool:
    """Whether the file of this name is there; nobody has asked for it by that."""
    return (folder() / name).exists()


def keep_only(digests: Collection[str]) -> None:
    """Remove what is kept of every release but these (SHA-256 each): it is shown no longer."""
    wanted = {each[:_OF_RELEASE] for each in digests}
    for path in folder().glob("*.zip"):
        if path.name[:_OF_RELEASE] not in wanted:
            path.unlink(missing_ok=True)


def _there(path: Path) -> BinaryIO | None:
    """The file, if it is there; then it was asked for last."""
    try:
        file = path.open("rb")
    except OSError:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return file


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """One file is made at a time over all processes of the node, so that strangers cannot fill its
    memory; the lock ends with its process. False where the disk has no place for it. Raises
    `FilesBusy` to whoever would wait for long, or for whom no thread is left."""
    if not _threads.acquire(blocking=False):
        raise FilesBusy
    try:
        with _locked() as able:
            yield able
    finally:
        _threads.release()


@contextlib.contextmanager
def _locked() -> Iterator[bool]:
    try:
        folder().mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder() / "making.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield False
        return
    try:
        _lock(handle)
        yield True
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    until = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise FilesBusy from None
            time.sleep(_LOOK_AGAIN)
        else:
            return


def _put(path: Path, raw: bytes) -> None:
    half = path.with_suffix(_HALF)
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def tidy(here: Path, *, files: int = MOST_FILES, size: int = MOST_BYTES) -> None:
    """Keep what was asked for last, up to so many files and bytes; of the others, and of what was
    broken off, nothing stays. Only for who makes a file: then no other half is under way."""
    found = sorted(
        ((path.stat().st_mtime_ns, path) for path in folder().glob("*.zip")), reverse=True
    )
    room = size
    for place, (_when, path) in enumerate(found):
        room -= path.stat().st_size
        if path != here and (place >= files or room < 0):
            path.unlink(missing_ok=True)
    for path in folder().glob(f"*{_HALF}"):
        path.unlink(missing_ok=True)
