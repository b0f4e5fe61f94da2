"""The job that takes in a file which an officer gave at a page, and what destroys such files.

The records and "done" are written in one transaction: a job that was killed has kept nothing and
begins again, and one that finds "done" has nothing to do. How far it is is told meanwhile in a
session of its own, for nobody sees what a transaction has not ended with.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, Self
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils import translation

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.statistics.htcds import guard, importing
from ayni.statistics.htcds.importing import Imported
from ayni.statistics.htcds.records import Problem, shown
from ayni.statistics.htcds.upload_states import WORKING, UploadAct, UploadState, WhyStopped
from ayni.statistics.htcds.upload_tables import HtcdsFile, HtcdsUpload
from ayni.statistics.htcds.uploads import KEPT, destroy, destroy_file, move
from ayni.vault import api as vault

log = logging.getLogger(__name__)
MOST_TRIES = 5
_NAME = "statistics.import_upload"
_WAIT = "2s"  # for a row that something else holds; to tell how far it is is not worth more


def import_upload(*, institution: UUID, upload: UUID) -> None:
    """Take in a file in the name of who gave it, and keep what became of it for her or him; nothing
    where that is done or the file is gone."""
    with members.acting(institution):
        row = _begun(upload)
        if row is None:
            return
        with translation.override(row.language):
            _import(row)
        destroy_files_that_ended(by=_job(row.institution_id), only=upload)


def _job(institution: UUID | str) -> Actor:
    return audit.job(_NAME, str(institution))


def _rows(upload: UUID) -> Any:
    return HtcdsUpload.objects.filter(id=upload)


def _begun(upload: UUID) -> HtcdsUpload | None:
    with transaction.atomic():
        found = _rows(upload).select_for_update().filter(state__in=WORKING)
        row: HtcdsUpload | None = found.first()
        if row is None:
            return None
        move(_rows(upload), UploadAct.BEGIN, tries=row.tries + 1, done=0, of=0)
        row.refresh_from_db()
    return row


def _import(row: HtcdsUpload) -> None:
    if row.tries > MOST_TRIES:
        _stop(row, WhyStopped.BROKEN)
        return
    try:
        by = _who(row)
        held, sheet = _file(row)
        vault.sealer(row.subject)  # under which what becomes of it is told
    except NotAllowed:
        _stop(row, WhyStopped.NOT_ALLOWED)
        return
    except vault.Erased:
        _stop(row, WhyStopped.GONE)
        return
    try:
        _take(row, by, held, sheet)
    except vault.Erased:  # meanwhile the key of what would be told; nothing was kept
        _stop(row, WhyStopped.GONE)


def _take(row: HtcdsUpload, by: Actor, held: guard.HeldFile, sheet: str) -> None:
    """Read and keep it. Raises `vault.Erased`."""
    now = clock.now()
    try:
        checked = importing.check_file(by=by, path=held, now=now, sheet=sheet)
    except guard.Refused as refused:
        _refuse(row, refused.problems)
        return
    if wrong := checked.in_the_way(partial=row.partial):
        _refuse(row, wrong, rows=len(checked.numbered))
        return
    try:
        with Telling(row) as telling:
            importing.keep(
                by=by,
                checked=checked,
                now=now,
                progress=telling,
                ended=partial(_finish, row),
                waits=telling.waits,
            )
    except WrongState:  # destroyed or done by another meanwhile: nothing of this one was kept
        log.info("an upload had ended meanwhile", extra={"ids": {"upload": str(row.id)}})


def _who(row: HtcdsUpload) -> Actor:
    """Who gave the file, as she or he stands now. Raises `NotAllowed`."""
    try:
        by = members.actor_of(members.user(row.uploaded_by))
    except NotFound:
        raise NotAllowed from None
    if by.institution != str(row.institution_id):
        raise NotAllowed
    importing.check_may_import(by)
    return by


def _file(row: HtcdsUpload) -> tuple[guard.HeldFile, str]:
    """The file and the name of its sheet. Raises `vault.Erased`."""
    held = HtcdsFile.objects.filter(upload=row).first()
    if held is None:
        raise vault.Erased(f"file of upload {row.id}")
    told: Any = held.unseal(vault.sealer(held.subject))["content"]
    return guard.HeldFile(told["name"], base64.b64decode(told["raw"])), told["sheet"]


class Telling:
    """Tells how many records are written, in a thread of its own and so in a session of its own."""

    def __init__(self, row: HtcdsUpload) -> None:
        self._row = row
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="htcds-upload")

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, of: int) -> None:
        """Written when this returns."""
        self._thread.submit(self._tell, UploadAct.KEEP, done=done, of=of).result()

    def waits(self) -> None:
        """Written when this returns: records of another file are being taken in."""
        self._thread.submit(self._tell, UploadAct.WAIT).result()

    def __exit__(self, *_error: object) -> None:
        self._thread.submit(_hang_up).result()
        self._thread.shutdown()

    def _tell(self, act: UploadAct, **told: int) -> None:
        try:
            with members.acting(self._row.institution_id), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("select set_config('lock_timeout', %s, true)", [_WAIT])
                move(_rows(self._row.id), act, **told)
        except DatabaseError as error:  # what is told is worth less than what is done
            found = {"upload": str(self._row.id), "error": type(error).__name__}
            log.warning("how far an upload is was not told", extra={"ids": found})


def _hang_up() -> None:
    connection.close()  # of the thread that calls


def _finish(row: HtcdsUpload, imported: Imported) -> None:
    """In the transaction that keeps the records. Raises `WrongState`, which undoes it."""
    told = {
        **_wrong(imported.problems),
        "read": imported.read,
        "added": imported.added,
        "same": imported.same,
        "differs": imported.differs,
        "own": imported.own,
        "changes": [
            [each.sheet, each.row, each.column, shown(each.found), shown(each.became)]
            for each in imported.changes[: importing.MOST_PROBLEMS]
        ],
    }
    _seal(row, told)
    written = imported.added + imported.same + imported.differs + imported.own
    if not move(
        _rows(row.id), UploadAct.FINISH, told=row.told, done=written, of=written, now=clock.now()
    ):
        raise WrongState


def _refuse(row: HtcdsUpload, problems: Sequence[Problem], *, rows: int = 0) -> None:
    with audit.act(
        by=_job(row.institution_id), verb="statistics.refuse_htcds", subject=row.id
    ) as act:
        _seal(row, _wrong(problems))
        move(_rows(row.id), UploadAct.REFUSE, told=row.told, rows=rows, now=clock.now())
        act.note(problems=len(problems), rows=rows)


def _stop(row: HtcdsUpload, why: WhyStopped) -> None:
    with audit.act(
        by=_job(row.institution_id), verb="statistics.stop_htcds", subject=row.id
    ) as act:
        move(_rows(row.id), UploadAct.STOP, problem=why, now=clock.now())
        act.note(why=why)


def _wrong(problems: Sequence[Problem]) -> dict[str, Any]:
    first = problems[: importing.MOST_PROBLEMS]
    return {
        "problems": [
            [p.sheet, p.row, p.column, shown(p.value) if p.value else "", str(p.expected)]
            for p in first
        ],
        "more": len(problems) - len(first),
    }


def _seal(row: HtcdsUpload, told: dict[str, Any]) -> None:
    row.seal(vault.sealer(row.subject), told=told)


def unfinished() -> list[UUID]:
    """Files of the institution at hand for which a job must work."""
    found = HtcdsUpload.objects.filter(state__in=WORKING).order_by("uploaded_at")
    return list(found.values_list("id", flat=True))


def destroy_files_that_ended(*, by: Actor, only: UUID | None = None) -> int:
    """Destroy each file of the institution at hand that nobody waits for: it was taken in, or can
    not be, not even in part; how many."""
    ended = HtcdsUpload.objects.filter(file__isnull=False).exclude(state__in=WORKING)
    ended = ended.exclude(state=UploadState.REFUSED, rows__gt=0)
    if only is not None:
        ended = ended.filter(id=only)
    found = list(ended)
    for row in found:
        destroy_file(by=by, upload=row)
    return len(found)


def destroy_what_is_over(*, by: Actor, now: datetime) -> int:
    """Destroy every file of the institution at hand `KEPT` after it came, whatever became of it,
    and what is known of it; how many."""
    count = 0
    for ident in HtcdsUpload.objects.filter(uploaded_at__lte=now - KEPT).values_list(
        "id", flat=True
    ):
        with transaction.atomic():
            row = _rows(ident).select_for_update().first()
            if row is not None:
                destroy(by=by, upload=row)
                count += 1
    return count
