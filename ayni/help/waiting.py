"""Notices that could not be handed up at once wait here, sealed, and are never lost.

One file per notice in AYNI_HOME/help/waiting, sealed under a key of its own; the key goes when the
notice has been handed up. AYNI_HOME/help/taken remembers for a day which form was sent, so that a
double click makes one notice and is told the same code. The number of the notice comes from what
was sent, so that the room that takes it knows it again where this memory failed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from ayni.vault import api as vault

_PLACE = "help.waiting"
_DAY = 24 * 60 * 60
_WAITS = "waits"  # no code of a notice looks like this


def _folder(name: str) -> Path:
    folder = vault.home() / "help" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep(payload: vault.Json) -> None:
    """Seal a notice and write it to disk, durable before this returns."""
    subject = vault.new_subject()
    sealed = vault.sealer(subject).seal(_PLACE, payload)
    target = _folder("waiting") / str(subject)
    unfinished = target.with_suffix(".part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(target)


def waiting() -> Iterator[tuple[UUID, vault.Json]]:
    """The notices that wait, oldest first."""
    files = [path for path in _folder("waiting").iterdir() if not path.suffix]
    for path in sorted(files, key=lambda path: path.stat().st_mtime_ns):
        subject = UUID(path.name)
        yield subject, vault.sealer(subject).open(_PLACE, path.read_bytes())


def done(subject: UUID) -> None:
    """Forget a notice that was handed up, and its key."""
    (_folder("waiting") / str(subject)).unlink(missing_ok=True)
    vault.erase_subject(subject)


@dataclass(slots=True)
class Form:
    """A form in the hands of one process alone. `answer`: what was told the person when it was sent
    before ("" if the notice had to wait); None if it never came to an end."""

    answer: str | None
    _file: TextIO

    def remember(self, answer: str) -> None:
        """Keep what is told the person: from now on the form counts as sent."""
        self._file.write(answer or _WAITS)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.answer = answer


def number_of(form_id: UUID, told: Mapping[str, Any]) -> UUID:
    """The number of the notice that this form with this content makes, the same each time.

    SHA-256 over a number that only the sender's browser knows and what was told: who reads the
    number here learns neither.
    """
    sent = json.dumps([str(form_id), dict(told)], sort_keys=True, ensure_ascii=False)
    return UUID(bytes=hashlib.sha256(sent.encode()).digest()[:16], version=4)


@contextmanager
def alone_with(number: UUID) -> Iterator[Form]:
    """Hold a form: who sends it a second time waits until the first time has ended.

    A process that is killed meanwhile leaves the form as never sent: the person who sends it again
    is heard, and the room that takes notices knows one that it has written already.
    """
    folder = _folder("taken")
    oldest = time.time() - _DAY
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    handle = os.open(folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = file.read()
        yield Form({"": None, _WAITS: ""}.get(told, told), file)
