"""Reading cases: the list, and one case as its page shows it. Every opening is recorded first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import birth as births
from ayni.cases.access import fetch
from ayni.cases.facts import facts_from
from ayni.cases.models import Case, Consent, HandOver, Notice, StepForm
from ayni.cases.states import CASE_OPEN, NoticeState
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

PAGE = 50
NOTICE_WAITS = (NoticeState.RECEIVED, NoticeState.TRIAGED)


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What the case list shows. `assigned`: "me", "nobody" or "" for all; `after`: the last
    `opened_at` and id of the page before."""

    status: str = "open"
    assigned: str = ""
    risk: str = ""
    track: str = ""
    reference: str = ""
    after: tuple[datetime, UUID] | None = None


def case_list(*, by: Actor, query: CaseQuery) -> list[Case]:
    """One page of the institution's cases, newest first; no names (they are hidden by default)."""
    members.check_may(by, members.Permission.CASE_READ)
    found = Case.objects.filter(institution_id=by.institution).select_related("assigned_to")
    if query.status == "open":
        found = found.filter(status__in=sorted(CASE_OPEN))
    elif query.status:
        found = found.filter(status=query.status)
    if query.assigned == "me":
        found = found.filter(assigned_to_id=UUID(by.id))
    elif query.assigned == "nobody":
        found = found.filter(assigned_to__isnull=True)
    if query.risk:
        found = found.filter(risk=query.risk)
    if query.track:
        found = found.filter(tracks__contains=[query.track])
    if query.reference:
        found = found.filter(reference__iexact=query.reference.strip())
    if query.after is not None:
        opened_at, last = query.after
        found = found.filter(opened_at__lte=opened_at).exclude(opened_at=opened_at, id__gte=last)
    return list(found.order_by("-opened_at", "-id")[:PAGE])


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the page of one case shows. The name is not in it: it is opened by itself."""

    case: Case
    opened: dict[str, Any]
    age: births.AgeStatus
    feared_states: frozenset[str]
    agenda: protocol.Agenda
    consents: list[Consent]
    forms: list[tuple[StepForm, dict[str, Any]]]
    hand_overs: list[tuple[HandOver, dict[str, Any]]]


def open_case_page(*, by: Actor, case_id: UUID) -> CasePage:
    """Everything of a case but the identity; the opening is recorded before anything is shown."""
    members.check_may(by, members.Permission.CASE_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.open_case_page", subject=case_id)
    now = clock.now()
    sealer = vault.sealer(case.subject)
    opened = case.unseal(sealer)
    person = case.person.unseal(sealer, ["birth", "feared_states", "citizenships"])
    age = births.age_status(births.from_json(person["birth"]), now.date())
    feared = person["feared_states"] if isinstance(person["feared_states"], list) else []
    consents = list(case.consents.order_by("-given_at"))
    facts = facts_from(
        case,
        opened["facts"],
        age=age,
        citizenships=person["citizenships"],
        fears=bool(feared),
        consents=consents,
        now=now,
    )
    return CasePage(
        case=case,
        opened=opened,
        age=age,
        feared_states=frozenset(str(code) for code in feared),
        agenda=protocol.agenda(subject=case.id, facts=facts, now=now),
        consents=consents,
        forms=[(form, form.unseal(sealer)) for form in case.forms.order_by("-created_at")[:100]],
        hand_overs=[
            (note, note.unseal(sealer)) for note in case.hand_overs.order_by("-created_at")[:20]
        ],
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """For whom work waits: officers' ids, and whether something is nobody's yet."""

    officers: frozenset[UUID]
    nobodys: bool


def work_waiting(*, by: Actor, subjects: Iterable[UUID]) -> Waiting:
    """Who works on the cases and notices among `subjects`, on which something is due; ids only."""
    members.check_may(by, members.Permission.REMINDER_SEND)
    due = list(subjects)
    own = Case.objects.filter(institution_id=by.institution, id__in=due, status__in=CASE_OPEN)
    assigned = set(own.values_list("assigned_to_id", flat=True))
    notices = Notice.objects.filter(institution_id=by.institution, state__in=NOTICE_WAITS)
    return Waiting(frozenset(assigned - {None}), None in assigned or notices.exists())


def case_by_reference(*, by: Actor, reference: str) -> UUID:
    """The id of the case with this reference (data protection officer). Raises `NotFound`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = Case.objects.filter(institution_id=by.institution, reference__iexact=reference.strip())
    known = found.values_list("id", flat=True).first()
    if known is None:
        raise NotFound
    return known


def who_opened(*, by: Actor, case_id: UUID) -> list[Any]:
    """Who opened or changed a case, its notice, its person or a consent of it, newest first (data
    protection officer). Raises `NotFound` for a case of another institution."""
    members.check_may(by, members.Permission.AUDIT_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.who_opened", subject=case_id)
    consents = case.consents.values_list("id", flat=True)
    about = {case.id, case.person_id, case.notice_id, *consents} - {None}
    return list(audit.entries_about(*about))


def references(*, by: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """References of cases and notices of the actor's institution, for lists."""
    members.check_may(by, members.Permission.CASE_READ)
    wanted = list(ids)
    own = {"institution_id": by.institution, "id__in": wanted}
    found = dict(Notice.objects.filter(**own).values_list("id", "reference"))
    found.update(Case.objects.filter(**own).values_list("id", "reference"))
    return found


def case_of_notice(*, by: Actor, notice_id: UUID) -> Case | None:
    """The case that was opened from a notice, if any."""
    members.check_may(by, members.Permission.CASE_READ)
    return Case.objects.filter(institution_id=by.institution, notice_id=notice_id).first()
