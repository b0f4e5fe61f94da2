"""Blocking and erasing what is no longer kept, holds, and the list of what comes next.

`apply_retention` takes what is due, every day by a job; `retention_due` is the same without doing
it. What is blocked is seen in here only: row-level security hides it from every other query.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import expiry, persons, retention
from ayni.cases.access import fetch, lock
from ayni.cases.expiry import Next, Step
from ayni.cases.models import (
    AntecedentLink,
    Case,
    CaseAccess,
    Consent,
    HandOver,
    Notice,
    NoticePerson,
    Person,
    SearchToken,
    StepForm,
)
from ayni.cases.notices import ReasonMissing
from ayni.cases.states import CASE_OPEN, NoticeState
from ayni.cases.vocabulary import CaseStatus
from ayni.lib import clock
from ayni.lib.errors import Refused, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

CASE, NOTICE = "case", "notice"
_MODELS: dict[str, type[Case] | type[Notice]] = {CASE: Case, NOTICE: Notice}
_BATCH = 200  # records in one transaction
LONGEST_HOLD = timedelta(days=3660)


class HoldTooLong(Refused):
    """A hold ends within ten years, and not in the past."""

    code = "hold_day"
    reason = _("Choose a day from today on, within ten years.")


class OnHold(Refused):
    """Nothing is erased while a hold lasts."""

    code = "on_hold"
    reason = _("This record is held back until a day. End the hold first.")


class HoldFirst(Refused):
    """Without a hold the next night would block it again."""

    code = "hold_first"
    reason = _("Hold this record back until a day first. On the day after it is blocked again.")


@dataclass(frozen=True, slots=True)
class Due:
    """One record and what comes next for it. `kind`: `case` or `notice`. `standing`: `kept`,
    `blocked` or `erased` now."""

    kind: str
    id: UUID
    reference: str
    next: Next
    held_until: date | None
    standing: str


@contextmanager
def seeing_blocked() -> Iterator[None]:
    """What is blocked is seen for the time of the body; one inside another changes nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select coalesce(current_setting('ayni.blocked', true), '')")
            (before,) = cursor.fetchone()
            cursor.execute("select set_config('ayni.blocked', 'seen', true)")
        yield
        with connection.cursor() as cursor:
            cursor.execute("select set_config('ayni.blocked', %s, true)", [before])


def _is(row: Case | Notice) -> str:
    if row.erased_at is not None:
        return "erased"
    return "kept" if row.blocked_at is None else "blocked"


def _zone(institution: UUID | str) -> ZoneInfo:
    return ZoneInfo(members.institution(institution).time_zone)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _next(row: Case | Notice, zone: ZoneInfo) -> Next:
    if isinstance(row, Case):
        last_kept = row.kept_until
    else:
        decided = _day(row.decided_at, zone)
        months = retention.months("notice_months")
        last_kept = None if decided is None else retention.kept_until(decided, months)
    return expiry.following(
        last_kept=last_kept,
        blocked_on=_day(row.blocked_at, zone),
        erased=row.erased_at is not None,
        held_until=row.held_until,
        blocked_months=retention.months("blocked_months"),
    )


def _candidates(institution: UUID | str) -> Iterator[tuple[str, Case | Notice]]:
    """Every record of the institution that can expire: closed cases, notices that led to none."""
    own = {"institution_id": institution, "erased_at": None}
    closed = Case.objects.filter(**own, closed_at__isnull=False)
    for case in closed.only("id", "reference", "kept_until", *_TIMES).iterator():
        yield CASE, case
    alone = Notice.objects.filter(**own, state=NoticeState.DECIDED, case=None)
    for notice in alone.only("id", "reference", "decided_at", *_TIMES).iterator():
        yield NOTICE, notice


_TIMES = ("blocked_at", "erased_at", "held_until")


def retention_due(*, by: Actor, until: date) -> list[Due]:
    """What will be blocked or erased up to a day, and every hold, the nearest first; nothing is
    done. Raises `NotAllowed`. The looking is recorded."""
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    zone = _zone(by.institution)
    with audit.act(by=by, verb="cases.retention_due", subject=by.institution), seeing_blocked():
        found = [
            Due(kind, row.id, row.reference, following, row.held_until, _is(row))
            for kind, row in _candidates(by.institution)
            if (following := _next(row, zone)).on is not None
            and (following.on <= until or following.held)
        ]
    return sorted(found, key=lambda due: (due.next.on or until, due.reference))


def apply_retention(*, by: Actor, now: datetime) -> tuple[int, int]:
    """Block and erase what is due for the actor's institution; how many of each. A record that
    was changed meanwhile is looked at again under its lock. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    zone = _zone(by.institution)
    today = now.astimezone(zone).date()
    with seeing_blocked():
        due = [
            (kind, row.id)
            for kind, row in _candidates(by.institution)
            if expiry.is_due(_next(row, zone), today)
        ]
    done = {Step.BLOCK: 0, Step.ERASE: 0}
    for start in range(0, len(due), _BATCH):
        with transaction.atomic(), seeing_blocked():
            for kind, ident in due[start : start + _BATCH]:
                row = lock(_MODELS[kind], ident, by=by, unopened=True)
                following = _next(row, zone)
                if expiry.is_due(following, today):
                    _take(row, kind, following.step, by=by, now=now)
                    done[following.step] += 1
    return done[Step.BLOCK], done[Step.ERASE]


def _take(row: Case | Notice, kind: str, step: Step, *, by: Actor, now: datetime) -> None:
    if step is Step.BLOCK:
        with audit.act(by=by, verb=f"cases.block_{kind}", subject=row.id):
            _block(row, now)
    else:
        with audit.act(by=by, verb=f"cases.erase_{kind}", subject=row.id):
            _erase(row, now, by=by)


def _notices_of(row: Case | Notice) -> list[UUID]:
    """The notice that led to a case, or the notice itself."""
    ident = row.notice_id if isinstance(row, Case) else row.id
    return [] if ident is None else [ident]


def _block(row: Case | Notice, now: datetime) -> None:
    """Together with the notice that led to a case; nobody finds either by a search."""
    Notice.objects.filter(id__in=_notices_of(row)).update(blocked_at=now)
    if isinstance(row, Case):
        Case.objects.filter(id=row.id).update(blocked_at=now)
    SearchToken.objects.filter(subject=row.subject).delete()


def _erase(row: Case | Notice, now: datetime, *, by: Actor) -> None:
    """The key first: if what follows is undone, the next day erases again what is erased. Rooms
    above note before it what must be known afterwards."""
    if isinstance(row, Case):
        for path in settings.AYNI_CASE_ERASING:
            import_string(path)(by=by, case=row)
    vault.erase_subject(row.subject)
    _empty(row, now)


def _empty(row: Case | Notice, now: datetime) -> None:
    """Whatever was sealed or named in the rows of one whose key is gone."""
    notices = _notices_of(row)
    CaseAccess.objects.filter(subject=row.subject, ended_at=None).update(ended_at=now)
    for model in (Person, Case, Notice, Consent, HandOver, CaseAccess):
        emptied = dict.fromkeys(model.sealed_names())
        model._default_manager.filter(subject=row.subject).update(**emptied)
    StepForm.objects.filter(subject=row.subject).delete()
    NoticePerson.objects.filter(notice_id__in=notices).delete()
    SearchToken.objects.filter(subject=row.subject).delete()
    AntecedentLink.objects.filter(about_id__in=[row.id, *notices]).delete()
    AntecedentLink.objects.filter(notice_id__in=notices).delete()
    Notice.objects.filter(id__in=notices).update(
        erased_at=now, blocked_at=now, track="", situation="", age_group="", language="",
        informant="", informant_body="", subject_matter="", imminent_danger=None,
        person_missing=None, interpreter=None, safe_to_talk=None,
    )  # fmt: skip
    if isinstance(row, Case):
        Case.objects.filter(id=row.id).update(
            erased_at=now, tracks=[], host_country="", situation="", risk="", assigned_to=None
        )


def erase_again(*, by: Actor, erased: Set[UUID], now: datetime) -> int:
    """After a restore: mark as erased, in the actor's institution, each record whose subject's key
    was removed after the backup; how many. Doing it again does nothing.

    A case that was open in the backup is closed: why it was closed is in the backup no more, and
    its reason stays empty. A hold ends with the record. Raises `NotAllowed`.
    """
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    own = {"institution_id": by.institution, "erased_at": None}
    with seeing_blocked():
        # A case takes its notice along; a notice is alone if its case began after the backup.
        found: list[tuple[str, UUID, UUID]] = [
            (kind, ident, subject)
            for kind, model, more in ((CASE, Case, {}), (NOTICE, Notice, {"case": None}))
            for ident, subject in model._default_manager.filter(**own, **more)
            .values_list("id", "subject")
            .iterator()
        ]
    rows = [(kind, ident) for kind, ident, subject in found if subject in erased]
    for start in range(0, len(rows), _BATCH):
        with transaction.atomic(), seeing_blocked():
            for kind, ident in rows[start : start + _BATCH]:
                _empty_again(kind, ident, by=by, now=now)
    return len(rows)


def _empty_again(kind: str, ident: UUID, *, by: Actor, now: datetime) -> None:
    row = lock(_MODELS[kind], ident, by=by, unopened=True)
    with audit.act(by=by, verb=f"cases.erase_{kind}", subject=row.id, again="yes") as act:
        if isinstance(row, Case) and row.status in CASE_OPEN:
            today = now.astimezone(_zone(by.institution)).date()
            Case.objects.filter(id=row.id).update(
                status=CaseStatus.CLOSED, closed_at=now, blocked_at=now, erased_at=now,
                kept_until=today,
            )  # fmt: skip
            act.note(closed="yes")
        elif row.blocked_at is None:
            _block(row, now)
        _empty(row, now)
        if isinstance(row, Case):
            for path in settings.AYNI_CASE_ERASED_AGAIN:
                import_string(path)(by=by, case=row)


def erase_case(*, by: Actor, case_id: UUID, reason: str) -> None:
    """Erase a closed case now, because the person asked for it and that was granted.

    Raises `ReasonMissing`, `WrongState` for one that is open, `OnHold`, `NotFound`.
    """
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    if not reason.strip():
        raise ReasonMissing
    now = clock.now()
    with audit.act(by=by, verb="cases.erase_case", subject=case_id, early="yes"):
        with seeing_blocked():
            case = lock(Case, case_id, by=by, unopened=True)
            if case.erased_at is not None:
                return
            if case.status in CASE_OPEN:
                raise WrongState
            today = now.astimezone(_zone(by.institution)).date()
            if case.held_until is not None and case.held_until >= today:
                raise OnHold
            if case.blocked_at is None:
                _block(case, now)
            _erase(case, now, by=by)


def check_hold(until: date, reason: str, *, today: date) -> None:
    """Raise `ReasonMissing` or `HoldTooLong` unless something may be held back so long."""
    if not reason.strip():
        raise ReasonMissing
    if not today <= until <= today + LONGEST_HOLD:
        raise HoldTooLong


def hold(*, by: Actor, kind: str, ident: UUID, until: date, reason: str) -> None:
    """Neither block nor erase a record before the day after `until`; also once it is blocked.

    Raises `ReasonMissing`, `HoldTooLong`, `WrongState` for an erased one, `NotFound`.
    """
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    check_hold(until, reason, today=clock.now().astimezone(_zone(by.institution)).date())
    with audit.act(by=by, verb="cases.hold", subject=ident, until=until), seeing_blocked():
        row = lock(_MODELS[kind], ident, by=by, unopened=True)
        if row.erased_at is not None:
            raise WrongState
        row.held_until = until
        row.seal(vault.sealer(row.subject), hold_reason=reason.strip())
        row.save(update_fields=["held_until", "hold_reason"])


def end_hold(*, by: Actor, kind: str, ident: UUID) -> None:
    """From now on the record goes its way again. Raises `NotFound`."""
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    with audit.act(by=by, verb="cases.end_hold", subject=ident), seeing_blocked():
        row = lock(_MODELS[kind], ident, by=by, unopened=True)
        row.held_until, row.hold_reason = None, None
        row.save(update_fields=["held_until", "hold_reason"])


def unblock(*, by: Actor, case_id: UUID) -> None:
    """Show a blocked case to its institution again until its hold ends, for a proceeding or the
    person herself. Raises `HoldFirst` without a hold, `WrongState` for one that is not blocked or
    is erased, `NotFound`."""
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    today = clock.now().astimezone(_zone(by.institution)).date()
    with audit.act(by=by, verb="cases.unblock", subject=case_id), seeing_blocked():
        case = lock(Case, case_id, by=by, unopened=True)
        if case.blocked_at is None or case.erased_at is not None:
            raise WrongState
        if case.held_until is None or case.held_until < today:
            raise HoldFirst
        Notice.objects.filter(id__in=_notices_of(case)).update(blocked_at=None)
        Case.objects.filter(id=case.id).update(blocked_at=None)
        persons.index_again(case.person)


def retention_of(*, by: Actor, kind: str, ident: UUID) -> tuple[Due, str]:
    """What comes next for one record, blocked or not, and why it is held back (empty: it is not,
    or its key is gone). The reading is recorded. Raises `NotFound`."""
    members.check_may(by, members.Permission.RETENTION_DECIDE)
    zone = _zone(by.institution)
    with audit.act(by=by, verb="cases.retention_of", subject=ident), seeing_blocked():
        row = fetch(_MODELS[kind], ident, by=by, unopened=True)
        found = Due(kind, row.id, row.reference, _next(row, zone), row.held_until, _is(row))
        reason = None
        if row.hold_reason is not None and row.erased_at is None:
            reason = row.unseal(vault.sealer(row.subject), ["hold_reason"])["hold_reason"]
    return found, str(reason or "")
