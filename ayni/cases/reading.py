"""Reading cases: the list, and one case as its page shows it. Every opening is recorded first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import birth as births
from ayni.cases import circumstances, closing, persons, vulnerable
from ayni.cases import needs as coded
from ayni.cases.access import accesses_now, fetch, sees_all, which_open
from ayni.cases.facts import facts_from
from ayni.cases.models import AntecedentLink, Case, Consent, HandOver, Notice, StepForm
from ayni.cases.states import CASE_OPEN, NoticeState
from ayni.cases.steps import forms_of
from ayni.cases.trail import subjects_of
from ayni.cases.wording import without_numbers
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

PAGE = 50
FEW = 1000
NOTICE_WAITS = (NoticeState.RECEIVED, NoticeState.TRIAGED)


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What the case list shows. `assigned`: "me", "nobody" or "" for all; `after`: the last
    `opened_at` and id of the page before."""

    status: str = "open"
    assigned: str = ""
    risk: str = ""
    track: str = ""
    situation: str = ""
    overdue: bool = False
    reference: str = ""
    after: tuple[datetime, UUID] | None = None


def case_list(*, by: Actor, query: CaseQuery) -> list[Case]:
    """One page of the institution's cases and one case more if there is a next page, newest first;
    no names (they are hidden by default). An officer sees her or his own, those to which she or he
    was let in, and those that nobody has taken."""
    members.check_may(by, members.Permission.CASE_READ)
    found = Case.objects.filter(institution_id=by.institution).select_related("assigned_to")
    if query.status == "open":
        found = found.filter(status__in=sorted(CASE_OPEN))
    elif query.status:
        found = found.filter(status=query.status)
    if query.risk:
        found = found.filter(risk=query.risk)
    if query.track:
        found = found.filter(tracks__contains=[query.track])
    if query.situation:
        found = found.filter(situation=query.situation)
    if query.overdue:
        found = found.filter(id__in=protocol.overdue_subjects(institution=by.institution))
    if query.reference:
        found = found.filter(reference__iexact=query.reference.strip())
    if query.after is not None:
        opened_at, last = query.after
        found = found.filter(opened_at__lte=opened_at).exclude(opened_at=opened_at, id__gte=last)
    # Each part by itself is read newest first by its index, however many cases there are.
    rows = {row.id: row for part in _parts(found, by, query) for row in part[: PAGE + 1]}
    return sorted(rows.values(), key=lambda row: (row.opened_at, row.id), reverse=True)[: PAGE + 1]


def _parts(found: QuerySet[Case], by: Actor, query: CaseQuery) -> Iterator[QuerySet[Case]]:
    newest = found.order_by("-opened_at", "-id")
    if sees_all(by) and query.assigned not in ("me", "nobody"):
        yield newest
        return
    if query.assigned != "nobody":
        yield newest.filter(assigned_to_id=UUID(by.id))
    if query.assigned != "me":
        yield newest.filter(assigned_to__isnull=True)
    if query.assigned not in ("me", "nobody"):
        yield newest.filter(id__in=accesses_now(by).values("case_id"))


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the page of one case shows. The name is not in it: it is opened by itself.

    `safe_contact`: the rules of a safe contact (how, when, never), without number or address.
    `counted`: of a closed case, what was written down for statistics. `safeguards`: what her
    situation obliges to, as far as it is known without the identity.
    """

    case: Case
    opened: dict[str, Any]
    age: births.AgeStatus
    feared_states: frozenset[str]
    fears_unplaced: bool
    safe_contact: dict[str, Any]
    agenda: protocol.Agenda
    definition: protocol.Definition
    consents: list[Consent]
    hand_overs: list[tuple[HandOver, dict[str, Any]]]
    links: list[AntecedentLink]
    counted: dict[str, Any]
    safeguards: tuple[vulnerable.Safeguard, ...]


def open_case_page(*, by: Actor, case_id: UUID) -> CasePage:
    """Everything of a case but the identity; the opening is recorded before anything is shown."""
    members.check_may(by, members.Permission.CASE_READ)
    case = fetch(Case, case_id, by=by, joined=("person", "assigned_to", "notice"))
    audit.read(by=by, verb="cases.open_case_page", subject=case_id)
    now = clock.now()
    sealer = vault.sealer(case.subject)
    opened = case.unseal(sealer)
    person = case.person.unseal(sealer, ["birth", "feared_states", "citizenships", "contact"])
    age = births.age_status(births.from_json(person["birth"]), now.date())
    feared = person["feared_states"] if isinstance(person["feared_states"], list) else []
    consents = list(case.consents.order_by("-given_at"))
    facts = facts_from(
        case,
        opened["facts"],
        age=age,
        citizenships=person["citizenships"],
        feared_states=feared,
        consents=consents,
        now=now,
    )
    agenda, definition = protocol.standing(subject=case.id, facts=facts, now=now)
    return CasePage(
        case=case,
        opened=opened,
        age=age,
        feared_states=frozenset(str(code) for code in feared),
        fears_unplaced=persons.fears_unplaced(case.person),
        safe_contact=_rules(person["contact"]),
        agenda=agenda,
        definition=definition,
        consents=consents,
        hand_overs=[
            (note, note.unseal(sealer)) for note in case.hand_overs.order_by("-created_at")[:20]
        ],
        links=_links(case),
        counted={} if case.closed_at is None else closing.recorded(case),
        safeguards=vulnerable.safeguards(
            vulnerable.Known(
                age=age,
                guardian_appointed=_told(facts, "guardian_appointed"),
                fears_own_state=_told(facts, "fears_own_state"),
                feared_states=frozenset(str(code) for code in feared),
                languages=_languages(case, consents),
                needs=frozenset(coded.coded(opened["needs"])),
                answers=circumstances.answered(opened["circumstances"]),
            ),
            vulnerable.shipped(),
        ),
    )


def _told(facts: Mapping[str, Any], name: str) -> bool | None:
    value = facts.get(name)
    return value if isinstance(value, bool) else None


def _languages(case: Case, consents: Iterable[Consent]) -> frozenset[str]:
    """Languages that are recorded outside the identity: of the notice, and of what she signed."""
    of_notice = case.notice.language if case.notice is not None else ""
    return frozenset({of_notice, *(consent.language for consent in consents)} - {""})


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


def own_case(*, by: Actor, case_id: UUID) -> Case:
    """A case for the person whom it is about, who came with a code for it; nothing is opened.
    Raises `NotAllowed` for everybody else."""
    members.check_may(by, members.Permission.OWN_READ)
    return fetch(Case, case_id, by=by)


def case_by_reference(*, by: Actor, reference: str) -> UUID:
    """The id of the case with this reference (data protection officer); the search is recorded,
    found or not. Raises `NotFound`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    found = Case.objects.filter(institution_id=by.institution, reference__iexact=reference.strip())
    known = found.values_list("id", flat=True).first()
    audit.read(by=by, verb="cases.case_by_reference", subject=known or "")
    if known is None:
        raise NotFound
    return known


def who_opened(*, by: Actor, case_id: UUID) -> list[Any]:
    """Who opened or changed a case, its notice, its person or a consent of it, newest first (data
    protection officer). Raises `NotFound` for a case of another institution."""
    members.check_may(by, members.Permission.AUDIT_READ)
    case = fetch(Case, case_id, by=by, unopened=True)
    audit.read(by=by, verb="cases.who_opened", subject=case_id)
    return list(audit.entries_about(*subjects_of(case)))


def _rules(contact: Any) -> dict[str, Any]:
    known = contact if isinstance(contact, dict) else {}
    return {
        name: without_numbers(known[name])
        for name in ("method", "note", "hours", "never")
        if known.get(name)
    }


def _links(case: Case) -> list[AntecedentLink]:
    """What officers linked to the notice of this case, and notices linked to this case."""
    about = Q(about="case", about_id=case.id)
    if case.notice_id is not None:
        about |= Q(notice_id=case.notice_id)
    return list(AntecedentLink.objects.filter(about).order_by("linked_at"))


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """What happened in a case, oldest first in each list; `forms` with their answers in clear."""

    case: Case
    definition: protocol.Definition
    events: list[protocol.RecordedEvent]
    forms: list[tuple[StepForm, dict[str, Any]]]
    consents: list[Consent]
    hand_overs: list[tuple[HandOver, dict[str, Any]]]


def open_history(*, by: Actor, case_id: UUID) -> CaseHistory:
    """Everything that was recorded and written down about a case; the opening is recorded first."""
    members.check_may(by, members.Permission.CASE_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.open_history", subject=case_id)
    sealer = vault.sealer(case.subject)
    return CaseHistory(
        case=case,
        definition=protocol.definition_for(case.id),
        events=protocol.events_of(case.id),
        forms=[(form, _answers(form, sealer)) for form in forms_of(case)],
        consents=list(case.consents.order_by("given_at")),
        hand_overs=[(note, note.unseal(sealer)) for note in case.hand_overs.order_by("created_at")],
    )


def answers_of_step(*, by: Actor, case_id: UUID, step: str) -> dict[str, Any]:
    """The latest answers of one step's form, for writing down more; empty if there are none."""
    members.check_may(by, members.Permission.CASE_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.answers_of_step", subject=case_id, step=step)
    about = Q(case=case) | Q(notice_id=case.notice_id) if case.notice_id else Q(case=case)
    form = StepForm.objects.filter(about, step=step).order_by("-created_at").first()
    return {} if form is None else _answers(form, vault.sealer(case.subject))


def _answers(form: StepForm, sealer: vault.Sealer) -> dict[str, Any]:
    told = form.unseal(sealer)["answers"]
    return told if isinstance(told, dict) else {}


def references(*, by: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """References of cases and notices of the actor's institution, for lists; also of those that are
    not open to the actor, for a reference says nothing of anybody."""
    members.check_may(by, members.Permission.CASE_READ)
    wanted = list(ids)
    own = {"institution_id": by.institution, "id__in": wanted}
    with members.acting(by.institution):
        found = dict(Notice.objects.filter(**own).values_list("id", "reference"))
        found.update(Case.objects.filter(**own).values_list("id", "reference"))
    return found


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list may say of a case: of one that is closed to the reader only that it is there.
    `taken`: somebody works on it."""

    reference: str
    open: bool
    taken: bool


def listed(*, by: Actor, ids: Iterable[UUID]) -> dict[UUID, Listed]:
    """What lists may say of cases and notices of the actor's institution; of a colleague's case
    there may be nothing here."""
    members.check_may(by, members.Permission.CASE_READ)
    wanted = list(ids)
    own = {"institution_id": by.institution, "id__in": wanted}
    notices = Notice.objects.filter(**own).values_list("id", "reference")
    found = {id_: Listed(reference, open=True, taken=True) for id_, reference in notices}
    opened = ExpressionWrapper(which_open(by), output_field=BooleanField())
    rows = Case.objects.filter(**own).annotate(opened=opened)
    for id_, reference, officer, is_open in rows.values_list(
        "id", "reference", "assigned_to_id", "opened"
    ):
        found[id_] = Listed(reference, open=bool(is_open), taken=officer is not None)
    return found


def cases_of(*, by: Actor, ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Cases of the actor's institution by id, for lists; nothing is opened."""
    members.check_may(by, members.Permission.CASE_READ)
    found = Case.objects.filter(which_open(by), institution_id=by.institution, id__in=list(ids))
    return {case.id: case for case in found}


def my_cases(*, by: Actor) -> Iterable[UUID]:
    """The ids of the actor's own open cases, or a query of them if they are very many."""
    return _few_or_query(assigned_to_id=UUID(by.id), institution_id=by.institution)


def free_cases(institution: UUID | str) -> Iterable[UUID]:
    """The ids of an institution's open cases that nobody has taken, or a query of them if they are
    very many."""
    return _few_or_query(assigned_to__isnull=True, institution_id=institution)


def _few_or_query(**which: Any) -> Iterable[UUID]:
    """Few ids are asked for by name: the database would else walk through every due step of the
    institution to find theirs. Very many are found soon on that walk."""
    query = Case.objects.filter(status__in=sorted(CASE_OPEN), **which).values("id")
    ids = [row["id"] for row in query[: FEW + 1]]
    return ids if len(ids) <= FEW else cast(Iterable[UUID], query)


def case_of_notice(*, by: Actor, notice_id: UUID) -> Case | None:
    """The case that was opened from a notice, if any."""
    members.check_may(by, members.Permission.CASE_READ)
    return Case.objects.filter(institution_id=by.institution, notice_id=notice_id).first()
