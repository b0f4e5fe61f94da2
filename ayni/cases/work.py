"""A case: opening, assigning, handing over, closing, opening again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import closing, notices, persons
from ayni.cases import vocabulary as words
from ayni.cases.access import check_open, check_version, fetch, fetch_to_change, lock
from ayni.cases.errors import (
    AccusedPerson,
    CaseOpenAlready,
    OpenDuties,
    ReadOnly,
    RiskTooHigh,
    SearchFirst,
)
from ayni.cases.heard import tell_changed
from ayni.cases.models import Case, HandOver, Notice
from ayni.cases.notices import ReasonMissing
from ayni.cases.states import CASE_OPEN, NoticeState, case_may_go
from ayni.cases.steps import agenda_of, keep_form, protocol_facts, record_event
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, WrongState
from ayni.lib.identifiers import new_id, spoken_code
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

CLOSING = "7.5"
REOPENED = "reopened"  # a form without a step: why
RISKS_THAT_KEEP_OPEN = frozenset({"", words.Risk.HIGH.value, words.Risk.VERY_HIGH.value})


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is known when a case is opened. `person` has the fields of `persons.IDENTITY`;
    `facts` are answers that decide conditions of the protocol."""

    side: str
    tracks: tuple[str, ...]
    person: Mapping[str, Any]
    host_country: str = ""
    situation: str = ""
    feared_states: tuple[str, ...] = ()
    narrative: str = ""
    needs: tuple[Any, ...] = ()  # as `needs.joined` makes them
    facts: Mapping[str, Any] = field(default_factory=dict)


def _place_country(by: Actor) -> str:
    return members.institution(by.institution).stands_in


def open_case(
    *, by: Actor, notice_id: UUID | None, new: NewCase, form_id: UUID | None = None
) -> Case:
    """Open a case, from a notice that was searched for antecedents and decided, or directly.

    The case keeps the version of the protocol that this node's state has adopted, and takes over
    what the notice established. A second call with the same `form_id` gives the same case. Raises
    `SearchFirst`, `ReadOnly`, `AccusedPerson`, `CaseOpenAlready`, `WrongState`.
    """
    members.check_may(by, members.Permission.CASE_OPEN)
    with audit.act(by=by, verb="cases.open_case", subject=notice_id or "") as act:
        notice = None
        known: dict[str, Any] = {}
        if notice_id is not None:
            notice = lock(Notice, notice_id, by=by)
            there = Case.objects.filter(notice=notice).first()
            if there is not None and there.id == form_id:
                return there
            _check_openable(notice, new, there)
            known = notices.facts_of_notice(notice)
        case = _write_case(by=by, notice=notice, new=new, known=known, form_id=form_id)
        act.note(case=case.id)
        protocol.open_subject(
            by=by,
            subject=case.id,
            institution=case.institution_id,
            definition=case.definition,
            version=case.definition_version,
            side=case.side,
            opened_at=case.opened_at,
            after_notice=None if notice is None else notice.id,
            facts=protocol_facts(case),
        )
        tell_changed(case)
    return case


def _check_openable(notice: Notice, new: NewCase, there: Case | None) -> None:
    if notice.state == NoticeState.HISTORICAL:
        raise ReadOnly
    if there is not None:
        raise CaseOpenAlready
    if notice.searched_at is None:
        raise SearchFirst
    if notice.outcome != words.NoticeOutcome.OPEN_CASE:
        raise WrongState
    if Case.objects.filter(notice=notice).exists():
        raise CaseOpenAlready
    written = new.person.get("name_as_written")
    for named in notice.persons.filter(role="accused"):
        details = named.unseal(vault.sealer(notice.subject))["details"]
        if isinstance(details, dict) and written and details.get("name") == written:
            raise AccusedPerson


def _write_case(
    *,
    by: Actor,
    notice: Notice | None,
    new: NewCase,
    known: Mapping[str, Any],
    form_id: UUID | None,
) -> Case:
    subject = vault.new_subject() if notice is None else notice.subject
    adopted = protocol.adopted()
    now = clock.now()
    person = persons.create(
        institution_id=by.institution,
        subject=subject,
        details=new.person,
        feared_states=list(new.feared_states),
    )
    case = Case(
        id=form_id or new_id(),
        institution_id=by.institution,
        subject=subject,
        created_at=now,
        reference=f"{members.this_node()[:2].upper()}-{spoken_code()}",
        person=person,
        notice=notice,
        side=words.Side(new.side).value,
        tracks=sorted(words.Track(track).value for track in new.tracks),
        status=words.CaseStatus.ACTIVE.value,
        definition=adopted.key,
        definition_version=adopted.version,
        host_country=new.host_country or _place_country(by),
        situation=_situation(new, notice),
        opened_at=now,
        # Need to know: who opens a case works on it, until it is handed over.
        assigned_to_id=by.id if by.kind is ActorKind.USER else None,
    )
    case.seal(
        vault.sealer(subject),
        facts={**known, **new.facts},
        narrative=new.narrative,
        needs=list(new.needs),
    )
    case.save(force_insert=True)
    return case


def _situation(new: NewCase, notice: Notice | None) -> str:
    told = new.situation or (notice.situation if notice is not None else "")
    return words.Situation(told).value if told else ""


def assign_case(*, by: Actor, case_id: UUID, version: int, to_user: UUID | None) -> Case:
    """Give a case to an officer of the same institution, or to nobody. Who gives it away can open
    it no longer, unless every case is her or his work or somebody lets her or him in.

    Raises `CaseClosed` unless it stands open to the actor (a broken glass does not suffice) or
    nobody has it and the actor takes it.
    """
    members.check_may(by, members.Permission.CASE_ASSIGN)
    with audit.act(by=by, verb="cases.assign_case", subject=case_id, to=to_user or ""):
        case = lock(Case, case_id, by=by, unopened=True)
        if case.assigned_to_id is not None or str(to_user) != by.id:
            check_open(case, by=by, standing=True)
        check_version(case, version)
        case.version += 1
        if to_user is not None:
            officer = members.user(to_user)
            if str(officer.institution_id) != by.institution:
                raise NotAllowed
        case.assigned_to_id = to_user
        with members.acting(case.institution_id):  # the row may be closed to the actor from now on
            case.save()
    return case


def take_case(*, by: Actor, case_id: UUID) -> Case:
    """Take a case that nobody has. Raises `WrongState` if somebody took it meanwhile."""
    with audit.act(by=by, verb="cases.take_case", subject=case_id):
        case = lock(Case, case_id, by=by, unopened=True)
        if case.assigned_to_id is not None:
            raise WrongState
        return assign_case(by=by, case_id=case_id, version=case.version, to_user=UUID(by.id))


def hand_over(*, by: Actor, case_id: UUID, version: int, to_user: UUID, note: str) -> Case:
    """Give a case to the next officer with a note at the end of a shift. Raises `ReasonMissing`."""
    if not note.strip():
        raise ReasonMissing
    with audit.act(by=by, verb="cases.hand_over", subject=case_id, to=to_user):
        case = assign_case(by=by, case_id=case_id, version=version, to_user=to_user)
        row = HandOver(
            institution_id=case.institution_id,
            subject=case.subject,
            created_at=clock.now(),
            case=case,
            from_user=by.id,
            to_user=to_user,
        )
        row.seal(vault.sealer(case.subject), note=note)
        row.save(force_insert=True)
    return case


def hand_over_shift(
    *, by: Actor, versions: Mapping[UUID, int], to_user: UUID, note: str
) -> list[Case]:
    """Give several cases (id -> the version that was read) to the next officer, all or none.

    Raises `ReasonMissing`, and `Conflict` if one of them was changed meanwhile.
    """
    with audit.act(by=by, verb="cases.hand_over_shift", subject=to_user, cases=len(versions)):
        # In one order for everybody, so that two officers never wait for each other.
        return [
            hand_over(by=by, case_id=id, version=versions[id], to_user=to_user, note=note)
            for id in sorted(versions)  # noqa: A001
        ]


def check_closable(case: Case, now: datetime) -> None:
    """Raise `RiskTooHigh` or `OpenDuties` (step 7.5)."""
    if case.risk in RISKS_THAT_KEEP_OPEN:
        raise RiskTooHigh
    if not agenda_of(case, now).closing.allowed:
        raise OpenDuties


def close_case(*, by: Actor, case_id: UUID, version: int, reason: str, note: str) -> Case:
    """Close a case with a reason; its retention clock and its record for statistics begin.

    Raises `RiskTooHigh`, `OpenDuties`, `WrongState`.
    """
    members.check_may(by, members.Permission.CASE_CLOSE)
    words.ClosureReason(reason)
    status = "ClosedReferred" if reason == words.ClosureReason.REFERRED else "Closed"
    with audit.act(by=by, verb="cases.close_case", subject=case_id, reason=reason) as act:
        case = fetch_to_change(Case, case_id, by=by, version=version)
        check_open(case, by=by, standing=True)
        if not case_may_go(case.status, status):
            raise WrongState
        now = clock.now()
        check_closable(case, now)
        case.status, case.closure_reason, case.closed_at = status, reason, now
        case.seal(vault.sealer(case.subject), closure_note=note)
        closing.begin(case, now)
        case.save()
        act.note(kept_until=case.kept_until)
        told = {
            "closure_reason": reason,
            "case_status": status,
            "statistics_recorded": True,
            "details": note,
        }
        form = keep_form(case, by=by, step=CLOSING, answers=told)
        record_event(case, by=by, step=CLOSING, kind="done", at=now, event_id=form.id)
        for path in settings.AYNI_CASE_CLOSED:
            import_string(path)(by=by, case=case)
    return case


def follow_up(*, by: Actor, case_id: UUID, version: int, active: bool) -> Case:
    """Assistance has ended and only contacts remain (HTCDS `FollowUp`), or it goes on again."""
    members.check_may(by, members.Permission.CASE_WRITE)
    status = words.CaseStatus.ACTIVE if active else words.CaseStatus.FOLLOW_UP
    with audit.act(by=by, verb="cases.follow_up", subject=case_id, status=status.value):
        case = fetch_to_change(Case, case_id, by=by, version=version)
        if case.status not in CASE_OPEN or not case_may_go(case.status, status.value):
            raise WrongState
        case.status = status.value
        case.save()
    return case


def reopen_case(*, by: Actor, case_id: UUID, version: int, reason: str) -> Case:
    """Open a closed case again; its version of the protocol stays, its retention clock and its
    record for statistics are withdrawn. Raises `ReasonMissing`."""
    members.check_may(by, members.Permission.CASE_CLOSE)
    if not reason.strip():
        raise ReasonMissing
    with audit.act(by=by, verb="cases.reopen_case", subject=case_id):
        case = fetch_to_change(Case, case_id, by=by, version=version)
        check_open(case, by=by, standing=True)
        if case.status in CASE_OPEN or not case_may_go(case.status, "Active"):
            raise WrongState
        case.status, case.closure_reason, case.closed_at = "Active", "", None
        closing.withdraw(case)
        case.save()
        form = keep_form(case, by=by, step=REOPENED, answers={"note": reason})
        record_event(case, by=by, kind="reopened", event_id=form.id)
    return case


def move_case(*, by: Actor, case_id: UUID, version: int) -> Case:
    """Let an open case follow from now on what this node's state has adopted. Raises
    `protocol.NothingToMoveTo`, `protocol.WithoutNextStep`, `WrongState` once it is closed, `Stale`.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.move_case", subject=case_id) as act:
        case = fetch_to_change(Case, case_id, by=by, version=version)
        if case.status not in CASE_OPEN:
            raise WrongState
        protocol.move_subject(by=by, subject=case.id, facts=protocol_facts(case))
        follows = protocol.definition_for(case.id)
        case.definition, case.definition_version = follows.key, follows.version
        case.save()
        tell_changed(case)
        act.note(version=follows.version)
    return case


def open_form(*, by: Actor, case_id: UUID, form: str) -> Case:
    """A case for one of its forms, which shows something of it; the opening is recorded first.

    `form`: a code that says which one. Raises as `case_for`.
    """
    case = case_for(by=by, case_id=case_id)
    audit.read(by=by, verb="cases.open_form", subject=case_id, form=form)
    return case


def case_for(*, by: Actor, case_id: UUID) -> Case:
    """A case without opening it: for forms, and for verbs of other rooms that audit themselves.

    Raises `NotAllowed` for a role that works on no case, `NotFound` for another's or none.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    return fetch(Case, case_id, by=by)
