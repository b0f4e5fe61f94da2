"""Notices that could not be handed up at once wait here, sealed, and are never lost.

One file per notice in AYNI_HOME/help/waiting, sealed under a key of its own; the key goes when the
notice has been handed up. AYNI_HOME/help/taken remembers for a day which form was sent, so that a
double click makes one notice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from ayni.vault import api as vault

_PLACE = "help.waiting"
_DAY = 24 * 60 * 60


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


def first_time(form_id: UUID) -> bool:
    """Whether this form was not sent before; remembers it for a day."""
    folder = _folder("taken")
    oldest = time.time() - _DAY
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    try:
        os.close(os.open(folder / str(form_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def remember(form_id: UUID, reference: str) -> None:
    """Keep the code that was told for this form."""
    (_folder("taken") / str(form_id)).write_text(reference, "utf-8")


def reference_of(form_id: UUID) -> str:
    """The code that was told for a form sent before; empty if there is none."""
    path = _folder("taken") / str(form_id)
    return path.read_text("utf-8") if path.is_file() else ""
