"""A release is made again from what was kept of its inputs, and compared byte by byte.

Its inputs are as they were: the counts that are sealed, the lists that are kept with it, and what
it was checked beside, by the hashes in the headers. Which numbers it does not show stands in what
was signed: it is checked that they protect, and not sought anew, so that no solver makes a
difference. What is not here any more, or is another one, is named.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import F

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.privacy.errors import MeasurementsRefused
from ayni.statistics.releasing import content, kept, making
from ayni.statistics.releasing.errors import (
    BesideGone,
    CountsGone,
    EarlierProgram,
    OtherDomain,
    RebuildingBroken,
    RefusedToday,
    UnknownRelease,
)
from ayni.statistics.releasing.proposing import check_observatory
from ayni.statistics.releasing.reviewing import locked
from ayni.statistics.releasing.states import ENDED
from ayni.statistics.releasing.tables import Release, ReleaseTask, TaskKind
from ayni.statistics.tasks import ask_for_task

MOST_TRIES = 5
_STEPS = 2  # opened, made and compared
# Findings that say that something beside which it was checked cannot be opened here any more.
_NOT_HERE = ("earlier_forgotten", "states_not_here")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`sha256` of what was checked, reviewed and published, and of what came out now; `raw`: what
    came out; `differs`: the first byte that is another one, -1 if all are the same."""

    sha256: str
    now: str
    raw: bytes
    differs: int

    @property
    def same(self) -> bool:
        """Byte for byte."""
        return self.sha256 == self.now and self.differs < 0


def ask_to_rebuild(*, by: Actor, release_id: UUID) -> None:
    """Have a job make a release again; one that is under way is not asked for twice. Raises as
    `rebuild_release`."""
    row = _check(by, release_id)
    with audit.act(by=by, verb="statistics.ask_to_rebuild", subject=row.id) as act:
        locked(row.id)
        asked = ReleaseTask.objects.filter(release=row, kind=TaskKind.REBUILD, ended_at=None)
        act.note(known=asked.exists())
        if not asked.exists():
            ReleaseTask.objects.create(
                release=row, kind=TaskKind.REBUILD, asked_by=by.id, asked_at=clock.now(),
                steps=_STEPS,
            )  # fmt: skip
        ask_for_task(str(row.id), TaskKind.REBUILD)


def rebuild_asked(*, release_id: UUID) -> None:
    """Make a release again that somebody has asked for, and keep what came of it; nothing where
    that is done. A job that was killed is done again."""
    task = ReleaseTask.objects.filter(
        release=release_id, kind=TaskKind.REBUILD, ended_at=None
    ).first()
    if task is None:
        return
    ReleaseTask.objects.filter(id=task.id).update(tries=F("tries") + 1, done=1)
    task.refresh_from_db()
    try:
        if task.tries > MOST_TRIES:
            raise RebuildingBroken
        try:
            by = members.actor_of(members.user(task.asked_by))
        except NotFound:
            raise NotAllowed from None
        found = rebuild_release(by=by, release_id=release_id)
    except Refused as refused:
        _end(task, problem=refused.code)
    else:
        _end(task, sha256=found.now, differs=found.differs)


def _end(task: ReleaseTask, **told: Any) -> None:
    """Once: what another job has found meanwhile stays."""
    rows = ReleaseTask.objects.filter(id=task.id, ended_at=None)
    rows.update(done=_STEPS, ended_at=clock.now(), **told)


def _check(by: Actor, release_id: UUID) -> Release:
    members.check_may(by, Permission.RELEASE_PROPOSE)
    check_observatory()
    row = Release.objects.filter(id=release_id).exclude(sha256="").first()
    if row is None:
        raise UnknownRelease
    if row.mode != Mode.DIFFERENTIAL_PRIVACY and row.state in ENDED:
        raise CountsGone
    return row


def rebuild_release(*, by: Actor, release_id: UUID) -> Rebuilt:
    """Make a release again; no noise is drawn and nothing is charged. Raises `NotAllowed`,
    `UnknownRelease` for one without a result, `CountsGone` for one that will not come out,
    `NoObservatory`, `EarlierProgram`; `OtherDomain`, `BesideGone`, `RefusedToday` with what it is.
    """
    row = _check(by, release_id)
    before = kept.raw_content(row.id)
    audit.read(by=by, verb="statistics.rebuild_release", subject=row.id)
    if domain := kept.changed_domain(row):
        raise OtherDomain.of(domain)
    if row.mode == Mode.DIFFERENTIAL_PRIVACY:
        return _compared(row, before, _private(row, before))
    made = _classical(row, before)
    raw = b"" if made.content is None else made.content.to_bytes()
    found = _compared(row, before, raw)
    if gone := [each for each in made.verdict.refusals if each.code in _NOT_HERE]:
        raise BesideGone.of([each.where for each in gone])
    if not found.same and row.declared.get("way", 1) < making.WAY:
        raise EarlierProgram
    if found.same and not made.verdict.allowed:
        raise RefusedToday.of(made.verdict.refusals)
    return found


def _compared(row: Release, before: bytes, raw: bytes) -> Rebuilt:
    return Rebuilt(row.sha256, content.digest_of(raw), raw, _first(before, raw))


def _classical(row: Release, before: bytes) -> making.Made:
    inputs = kept.inputs_of(row, row.seen, row.beside)
    with suppress(content.NotAContent):  # then there is nothing to be seen of what was not shown
        cells = making.cells(content.content_of(before))
        inputs = replace(inputs, gaps=frozenset(place for place, value in cells if value is None))
    return making.make(inputs)


def _private(row: Release, before: bytes) -> bytes:
    from ayni.statistics.releasing import private

    domain, here = kept.population_of(row).domain, kept.opened(row.id)
    assert domain is not None
    published = content.content_of(before)
    try:
        again = private.rebuilt(domain, here.noisy, here.secret, published, row.about)
    except MeasurementsRefused:
        return b""
    return again.to_bytes()


def _first(one: bytes, other: bytes) -> int:
    if one == other:
        return -1
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
