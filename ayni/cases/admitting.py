"""Letting colleagues into a case, and breaking the glass: the way into a closed case in an
emergency, with a reason, for three hours at most, seen afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases.access import accesses_now, check_open, fetch, lock, sees_all
from ayni.cases.admitted import LONGEST_EMERGENCY, Admitted, CaseAccess
from ayni.cases.erasing import seeing_blocked
from ayni.cases.errors import CaseClosed
from ayni.cases.models import Case
from ayni.cases.notices import ReasonMissing
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Refused, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

SHORTEST_REASON = 10
# The person is told the next day, unless the data protection officer wrote down why not yet.
TOLD_AFTER = timedelta(hours=24)
SHOWN = 200


class ReasonTooShort(Refused):
    """A glass is not broken with a word."""

    code = "reason_too_short"
    reason = _("Write in a sentence what happened and why it cannot wait.")


class OpenAnyway(Refused):
    """The case is open to this officer already."""

    code = "open_anyway"
    reason = _("This case is open to you already.")


def let_in(*, by: Actor, case_id: UUID, officer_id: UUID) -> CaseAccess:
    """Open a case to a colleague of the same institution as well, until that is ended; twice
    changes nothing. Raises `CaseClosed` unless it stands open to the actor, `NotAllowed` for
    somebody of another institution or whose role works on no case."""
    members.check_may(by, members.Permission.CASE_ASSIGN)
    with audit.act(by=by, verb="cases.let_in", subject=case_id, officer=officer_id):
        case = lock(Case, case_id, by=by)
        check_open(case, by=by, standing=True)
        officer = members.user(officer_id)
        if str(officer.institution_id) != by.institution:
            raise NotAllowed
        members.check_may(members.actor_of(officer), members.Permission.CASE_READ)
        there = CaseAccess.objects.filter(
            case=case, officer_id=officer_id, kind=Admitted.COLLEAGUE, ended_at__isnull=True
        ).first()
        return there or CaseAccess.objects.create(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            officer_id=officer_id,
            kind=Admitted.COLLEAGUE.value,
            at=clock.now(),
            by=by.id,
        )


def let_out(*, by: Actor, case_id: UUID, officer_id: UUID) -> None:
    """The case is open to this colleague no longer; an emergency of hers or his ends too.

    Raises `CaseClosed` unless it stands open to the actor, or the actor goes by herself; `NotFound`
    for somebody who was never let into this very case, or is out already.
    """
    members.check_may(by, members.Permission.CASE_READ)
    with audit.act(by=by, verb="cases.let_out", subject=case_id, officer=officer_id):
        case = lock(Case, case_id, by=by)
        if str(officer_id) != by.id:
            check_open(case, by=by, standing=True)
        there = CaseAccess.objects.filter(case=case, officer_id=officer_id, ended_at__isnull=True)
        if not there.update(ended_at=clock.now()):
            raise NotFound


def let_in_to(*, by: Actor, case_id: UUID) -> list[CaseAccess]:
    """Colleagues to whom a case is open beside its officer, for its page; nothing is opened."""
    members.check_may(by, members.Permission.CASE_READ)
    found = CaseAccess.objects.filter(
        institution_id=by.institution, case_id=case_id, kind=Admitted.COLLEAGUE, ended_at=None
    )
    return list(found.select_related("officer").order_by("at"))


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed case, as the page says it: which, who works on it (None: nobody), and whether this
    officer may break the glass."""

    case_id: UUID
    reference: str
    officer: members.User | None
    may_break: bool
    may_take: bool


def why_closed(*, by: Actor, case_id: UUID) -> Closed:
    """Why a case is closed to the actor; that somebody stood before it is recorded. Raises
    `NotFound`."""
    members.check_may(by, members.Permission.CASE_READ)
    case = fetch(Case, case_id, by=by, unopened=True)
    audit.read(by=by, verb="cases.why_closed", subject=case_id)
    taken = case.assigned_to_id is not None
    return Closed(
        case_id=case.id,
        reference=case.reference,
        officer=case.assigned_to,
        may_break=members.may(by, members.Permission.CASE_EMERGENCY) and taken,
        may_take=members.may(by, members.Permission.CASE_ASSIGN) and not taken,
    )


def break_glass(*, by: Actor, case_id: UUID, reason: str) -> CaseAccess:
    """Open a closed case in an emergency: for three hours, with a written reason, every reading
    recorded as such; the data protection officer is shown it, and the person the next day.

    Raises `NotAllowed`, `ReasonMissing`, `ReasonTooShort`, `OpenAnyway`, `NotFound`.
    """
    members.check_may(by, members.Permission.CASE_EMERGENCY)
    written = reason.strip()
    if not written:
        raise ReasonMissing
    if len(written) < SHORTEST_REASON:
        raise ReasonTooShort
    with audit.act(by=by, verb="cases.break_glass", subject=case_id) as act:
        case = lock(Case, case_id, by=by, unopened=True)
        try:
            check_open(case, by=by)
            raise OpenAnyway
        except CaseClosed:
            pass
        now = clock.now()
        access = CaseAccess(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            officer_id=by.id,
            kind=Admitted.EMERGENCY.value,
            at=now,
            by=by.id,
            until=now + LONGEST_EMERGENCY,
        )
        access.seal(vault.sealer(case.subject), reason=written)
        access.save(force_insert=True)
        act.note(access=access.id, until=access.until)
    return access


def glass_broken(*, by: Actor, case_id: UUID) -> CaseAccess | None:
    """Under which emergency the actor has this case open, for the banner of its page; None if it is
    open to her or him anyway."""
    if sees_all(by):
        return None
    now = list(accesses_now(by).filter(case_id=case_id).order_by("kind"))
    if not now or now[0].kind == Admitted.COLLEAGUE:
        return None
    assigned = Case.objects.filter(id=case_id, assigned_to_id=UUID(by.id)).exists()
    return None if assigned else now[-1]


@dataclass(frozen=True, slots=True)
class Emergency:
    """A broken glass for the data protection officer. `reason` is empty if the person was erased
    meanwhile; `withheld` says on which legal ground she is not told yet; `openings`: how often
    something was opened under it."""

    access: CaseAccess
    reference: str
    reason: str
    withheld: str
    openings: int


def emergencies(*, by: Actor, only_unseen: bool = False) -> list[Emergency]:
    """Broken glasses of the actor's institution, those nobody has looked at first, then the newest;
    the looking is recorded (data protection officer)."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = CaseAccess.objects.filter(institution_id=by.institution, kind=Admitted.EMERGENCY)
    if only_unseen:
        found = found.filter(seen_at__isnull=True)
    with seeing_blocked():
        rows = list(found.select_related("case", "officer").order_by("-at")[:SHOWN])
    audit.read(by=by, verb="cases.emergencies", subject=by.institution, shown=len(rows))
    return sorted(_counted(rows), key=lambda one: one.access.seen_at is not None)


def emergency(*, by: Actor, access_id: UUID) -> Emergency:
    """One broken glass (data protection officer); the looking is recorded. Raises `NotFound`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = CaseAccess.objects.filter(id=access_id, institution_id=by.institution)
    with seeing_blocked():
        row = found.filter(kind=Admitted.EMERGENCY).select_related("case", "officer").first()
    if row is None:
        raise NotFound
    audit.read(by=by, verb="cases.emergencies", subject=access_id, case=row.case_id)
    return _counted([row])[0]


def _counted(rows: list[CaseAccess]) -> list[Emergency]:
    used = audit.entries_of(
        verb="cases.use_broken_glass", subjects={row.case_id for row in rows}, limit=5000
    )
    times = Counter(entry.detail.get("access", "") for entry in used)
    return [_told(row, times[str(row.id)]) for row in rows]


def _told(row: CaseAccess, openings: int) -> Emergency:
    opened: dict[str, Any] = {"reason": "", "withheld": ""}
    if row.reason is not None:
        opened = row.unseal(vault.sealer(row.subject))
    return Emergency(
        access=row,
        reference=row.case.reference,
        reason=str(opened["reason"] or ""),
        withheld=str(opened["withheld"] or ""),
        openings=openings,
    )


def emergencies_waiting(*, by: Actor) -> int:
    """How many broken glasses nobody has looked at, for the data protection officer's first page;
    0 for everybody else."""
    if not members.may(by, members.Permission.AUDIT_READ):
        return 0
    found = CaseAccess.objects.filter(institution_id=by.institution, kind=Admitted.EMERGENCY)
    return found.filter(seen_at__isnull=True).count()


def see_emergency(*, by: Actor, access_id: UUID, withheld: str = "") -> None:
    """The data protection officer has looked at a broken glass. `withheld`: the legal ground on
    which the person is not told yet; empty tells her from now on. What is said last counts.

    Raises `NotAllowed`, `NotFound`, `WrongState` to one who broke it herself.
    """
    members.check_may(by, members.Permission.AUDIT_READ)
    with audit.act(by=by, verb="cases.see_emergency", subject=access_id) as act:
        found = CaseAccess.objects.select_for_update().filter(
            id=access_id, institution_id=by.institution, kind=Admitted.EMERGENCY
        )
        row = found.first()
        if row is None:
            raise NotFound
        if str(row.officer_id) == by.id:
            raise WrongState
        act.note(case=row.case_id, told="no" if withheld.strip() else "yes")
        row.seen_at, row.seen_by = clock.now(), UUID(by.id)
        if row.reason is not None:
            row.seal(vault.sealer(row.subject), withheld=withheld.strip())
        row.save(update_fields=["seen_at", "seen_by", "withheld"])


@dataclass(frozen=True, slots=True)
class ToldEmergency:
    """A broken glass as the person reads it: when, until when, of which institution (its id). No
    officer is named, and the reason is the data protection officer's: it may name others."""

    at: datetime
    until: datetime
    institution: UUID


def emergencies_told(*, by: Actor, case_id: UUID) -> list[ToldEmergency]:
    """Broken glasses of her case, for the person: a day after each at the latest, unless a legal
    ground against it is written down."""
    members.check_may(by, members.Permission.OWN_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.emergencies_told", subject=case_id)
    found = CaseAccess.objects.filter(case=case, kind=Admitted.EMERGENCY, withheld__isnull=True)
    now = clock.now()
    return [
        ToldEmergency(row.at, row.ended_at or row.until or row.at, row.institution_id)
        for row in found.order_by("-at")
        if row.seen_at is not None or now - row.at >= TOLD_AFTER
    ]
