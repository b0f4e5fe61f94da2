"""What an officer does with a file of HTCDS records at a page: gives it, looks what became of it,
takes its good rows, lets it be forgotten (ADR 0083). A job reads it (`upload_job.py`).

The file is sealed under a key of its own before it is written anywhere, and is nobody else's: not a
colleague's, not a supervisor's.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.statistics.errors import UploadUnderWay
from ayni.statistics.htcds.guard import HeldFile
from ayni.statistics.htcds.upload_states import (
    MAY_BE_FORGOTTEN,
    WAYS,
    WORKING,
    UploadAct,
    UploadState,
)
from ayni.statistics.htcds.upload_tables import HtcdsFile, HtcdsUpload
from ayni.statistics.tasks import ask_to_import
from ayni.vault import api as vault

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """How it stands with a file. `done` of `of`: records written so far. When it has ended, `told`
    says what became of it: `read`, `added`, `same`, `differs` (counts of records), `problems` (the
    first: [sheet, row, column, value, expected]), `more` (how many others), `changes` ([sheet, row,
    column, found, became]); `rows`: how many can still be kept without those that have problems."""

    state: UploadState
    uploaded_at: datetime
    done: int
    of: int
    rows: int
    problem: str
    told: Mapping[str, Any]


def _own(by: Actor) -> Any:
    """The actor's own file, whatever her or his institution has besides. Raises `NotAllowed`."""
    if by.kind is not ActorKind.USER:
        raise NotAllowed
    members.check_may(by, members.Permission.NOTICE_TAKE)
    return HtcdsUpload.objects.filter(institution_id=by.institution, uploaded_by=by.id)


def upload_htcds(*, by: Actor, file: HeldFile, now: datetime, partial: bool, sheet: str) -> None:
    """Keep a file sealed, and have a job read it and take its records in as `import_htcds` does.

    It takes the place of the officer's file before, if that one has ended. Raises `UploadUnderWay`,
    `NotAllowed`.
    """
    own = _own(by)
    key_of_told, key_of_file = vault.new_subjects(2)
    row = HtcdsUpload(
        institution_id=by.institution,
        subject=key_of_told,
        uploaded_by=by.id,
        uploaded_at=now,
        language=get_language() or "es",
        partial=partial,
        state=UploadState.WAITING,
    )
    content = HtcdsFile(upload=row, institution_id=by.institution, subject=key_of_file)
    raw = base64.b64encode(file.content).decode()
    content.seal(vault.sealer(key_of_file), content={"name": file.name, "sheet": sheet, "raw": raw})
    try:
        _put(by, own, row, content)
    except UploadUnderWay:  # nothing was sealed under them that stands anywhere
        for key in (key_of_told, key_of_file):
            vault.erase_subject(key)
        raise


def _put(by: Actor, own: Any, row: HtcdsUpload, content: HtcdsFile) -> None:
    with audit.act(by=by, verb="statistics.upload_htcds", subject=row.id) as act:
        earlier = own.select_for_update().first()
        if earlier is not None:
            if earlier.state in WORKING and earlier.uploaded_at > row.uploaded_at - KEPT:
                raise UploadUnderWay
            destroy(by=by, upload=earlier)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:  # sent twice at the same moment
            raise UploadUnderWay from None
        content.save(force_insert=True)
        act.note(partial=row.partial)
        ask_to_import(str(row.institution_id), str(row.id))


def open_htcds(*, by: Actor, now: datetime) -> OpenUpload | None:
    """How it stands with the officer's own file; None if there is none, or if its key is gone (a
    backup was brought back). What became of it is opened with an entry. Raises `NotAllowed`."""
    row = _own(by).filter(uploaded_at__gt=now - KEPT).first()
    if row is None:
        return None
    told: Any = None
    if row.told is not None:
        try:
            sealer = vault.sealer(row.subject)
        except vault.Erased:
            return None
        audit.read(by=by, verb="statistics.open_htcds", subject=row.id)
        told = row.unseal(sealer)["told"]
    return OpenUpload(
        state=UploadState(row.state),
        uploaded_at=row.uploaded_at,
        done=row.done,
        of=row.of,
        rows=row.rows,
        problem=row.problem,
        told=told or {},
    )


def take_htcds_rows(*, by: Actor, now: datetime) -> None:
    """Have the rows without a problem taken in, of the officer's own file that was refused for the
    others. Raises `NotFound`, `WrongState`, `NotAllowed`."""
    row = _own(by).filter(uploaded_at__gt=now - KEPT).first()
    if row is None:
        raise NotFound
    with audit.act(by=by, verb="statistics.take_htcds_rows", subject=row.id):
        # Without rows there is no file any more.
        can = HtcdsUpload.objects.filter(id=row.id, rows__gt=0)
        if not move(can, UploadAct.TAKE_ROWS, partial=True, rows=0, tries=0, told=None):
            raise WrongState
        ask_to_import(str(row.institution_id), str(row.id))


def forget_htcds(*, by: Actor) -> None:
    """Destroy the officer's own file and what was told of it; nothing where there is none. Raises
    `WrongState` while a job reads it, `NotAllowed`."""
    row = _own(by).first()
    if row is None:
        return
    with audit.act(by=by, verb="statistics.forget_htcds", subject=row.id):
        locked = HtcdsUpload.objects.select_for_update().filter(id=row.id).first()
        if locked is None:
            return
        if locked.state not in MAY_BE_FORGOTTEN:
            raise WrongState
        destroy(by=by, upload=locked)


def move(uploads: Any, act: UploadAct, **told: Any) -> bool:
    """Let an upload go on as `WAYS` says; False, and nothing changed, where it cannot. One
    statement: of two that try only one does."""
    sources, to = WAYS[act]
    told["ended_at"] = None if to in WORKING else told.pop("now")
    return bool(uploads.filter(state__in=sources).update(state=to, **told))


def destroy(*, by: Actor, upload: HtcdsUpload) -> None:
    """Destroy a file and all that is known of it, in the caller's transaction. The keys first: if
    what follows is undone, the rows hold what nobody can read."""
    destroy_file(by=by, upload=upload)
    with audit.act(by=by, verb="statistics.destroy_htcds_upload", subject=upload.id):
        vault.erase_subject(upload.subject)
        upload.delete()


def destroy_file(*, by: Actor, upload: HtcdsUpload) -> None:
    """Destroy the file alone, for nobody waits for it any more; again it does nothing."""
    held = HtcdsFile.objects.filter(upload=upload).only("subject").first()
    if held is None:
        return
    with audit.act(by=by, verb="statistics.destroy_htcds_file", subject=upload.id):
        vault.erase_subject(held.subject)
        held.delete()
