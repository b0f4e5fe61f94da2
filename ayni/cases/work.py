"""A case: opening, working, assigning, handing over, closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import persons
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch, fetch_to_change
from ayni.cases.errors import (
    AccusedPerson,
    CaseOpenAlready,
    OpenDuties,
    ReadOnly,
    RiskTooHigh,
    SearchFirst,
)
from ayni.cases.facts import facts_of
from ayni.cases.models import Case, HandOver, Notice, StepForm
from ayni.cases.notices import ReasonMissing
from ayni.cases.states import CASE_OPEN, NoticeState, case_may_go
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, WrongState
from ayni.lib.identifiers import spoken_code
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

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
    needs: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def _place_country(by: Actor) -> str:
    return members.institution(by.institution).stands_in


def open_case(*, by: Actor, notice_id: UUID | None, new: NewCase) -> Case:
    """Open a case, from a notice that was searched for antecedents and decided, or directly.

    The case keeps the version of the protocol that this node's state has adopted. Raises
    `SearchFirst`, `ReadOnly`, `AccusedPerson`, `CaseOpenAlready`, `WrongState`.
    """
    members.check_may(by, members.Permission.CASE_OPEN)
    with audit.act(by=by, verb="cases.open_case", subject=notice_id or "") as act:
        notice = None
        if notice_id is not None:
            notice = fetch_to_change(Notice, notice_id, by=by, version=None)
            _check_openable(notice, new)
        case = _write_case(by=by, notice=notice, new=new)
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
    return case


def _check_openable(notice: Notice, new: NewCase) -> None:
    if notice.state == NoticeState.HISTORICAL:
        raise ReadOnly
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


def _write_case(*, by: Actor, notice: Notice | None, new: NewCase) -> Case:
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
        situation=words.Situation(new.situation).value if new.situation else "",
        opened_at=now,
    )
    case.seal(
        vault.sealer(subject),
        facts=dict(new.facts),
        narrative=new.narrative,
        needs=list(new.needs),
    )
    case.save(force_insert=True)
    return case


def assign_case(*, by: Actor, case_id: UUID, version: int, to_user: UUID | None) -> Case:
    """Give a case to an officer of the same institution, or to nobody."""
    members.check_may(by, members.Permission.CASE_ASSIGN)
    with audit.act(by=by, verb="cases.assign_case", subject=case_id, to=to_user or ""):
        case = fetch_to_change(Case, case_id, by=by, version=version)
        if to_user is not None:
            officer = members.user(to_user)
            if str(officer.institution_id) != by.institution:
                raise NotAllowed
        case.assigned_to_id = to_user
        case.save()
    return case


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


def set_risk(*, by: Actor, case_id: UUID, version: int, level: str, reason: str) -> Case:
    """Record the level of risk (step 4.1); it is assessed again after every change."""
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.set_risk", subject=case_id, level=level):
        case = fetch_to_change(Case, case_id, by=by, version=version)
        case.risk = words.Risk(level).value
        case.save()
        _keep_form(case, by=by, step="4.1", answers={"level": level, "reason": reason})
        _event(case, by=by, step="4.1", kind="done")
    return case


def record_step(
    *,
    by: Actor,
    case_id: UUID,
    step: str,
    kind: str,
    answers: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Case:
    """Record that a step was done, declined or waived, with what was written down.

    Answers that establish facts of the protocol join those known already. Raises what
    `protocol.record_event` raises, and `WrongState` for a closed case.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.record_step", subject=case_id, step=step, kind=kind):
        case = fetch_to_change(Case, case_id, by=by, version=None)
        if case.status not in CASE_OPEN:
            raise WrongState
        if answers:
            _keep_form(case, by=by, step=step, answers=answers)
            _learn_facts(case, step, answers)
        case.save()
        _event(case, by=by, step=step, kind=kind, reason=reason)
    return case


def _learn_facts(case: Case, step: str, answers: Mapping[str, Any]) -> None:
    definition = protocol.definition(case.definition, case.definition_version)
    learned = protocol.facts_from_answers(definition, {step: answers})
    if learned:
        sealer = vault.sealer(case.subject)
        known = case.unseal(sealer, ["facts"])["facts"]
        case.seal(sealer, facts={**(known if isinstance(known, dict) else {}), **learned})


def _keep_form(case: Case, *, by: Actor, step: str, answers: Mapping[str, Any]) -> None:
    form = StepForm(
        institution_id=case.institution_id,
        subject=case.subject,
        created_at=clock.now(),
        case=case,
        step=step,
        written_by=by.id,
    )
    form.seal(vault.sealer(case.subject), answers=dict(answers))
    form.save(force_insert=True)


def _event(case: Case, *, by: Actor, step: str, kind: str, reason: str = "") -> None:
    protocol.record_event(
        by=by,
        subject=case.id,
        institution=case.institution_id,
        step=step,
        kind=kind,
        at=clock.now(),
        side=case.side,
        reason=reason,
        facts=protocol_facts(case),
    )


def protocol_facts(case: Case, now: datetime | None = None) -> dict[str, Any]:
    """What this case tells the conditions of the protocol. A fact that is absent is unknown."""
    return facts_of(case, now or clock.now())


def check_closable(case: Case, now: datetime) -> None:
    """Raise `RiskTooHigh` or `OpenDuties` (step 7.5)."""
    if case.risk in RISKS_THAT_KEEP_OPEN:
        raise RiskTooHigh
    agenda = agenda_of(case, now)
    if not agenda.closing.allowed:
        raise OpenDuties


def agenda_of(case: Case, now: datetime) -> protocol.Agenda:
    """What the protocol says about this case now."""
    return protocol.agenda(subject=case.id, facts=protocol_facts(case, now), now=now)


def close_case(*, by: Actor, case_id: UUID, version: int, reason: str, note: str) -> Case:
    """Close a case with a reason. Raises `RiskTooHigh`, `OpenDuties`, `WrongState`."""
    members.check_may(by, members.Permission.CASE_CLOSE)
    words.ClosureReason(reason)
    status = "ClosedReferred" if reason == words.ClosureReason.REFERRED else "Closed"
    with audit.act(by=by, verb="cases.close_case", subject=case_id, reason=reason):
        case = fetch_to_change(Case, case_id, by=by, version=version)
        if not case_may_go(case.status, status):
            raise WrongState
        now = clock.now()
        check_closable(case, now)
        case.status, case.closure_reason, case.closed_at = status, reason, now
        case.seal(vault.sealer(case.subject), closure_note=note)
        case.save()
        _event(case, by=by, step="7.5", kind="done")
    return case


def reopen_case(*, by: Actor, case_id: UUID, version: int, reason: str) -> Case:
    """Open a closed case again; its version of the protocol stays. Raises `ReasonMissing`."""
    members.check_may(by, members.Permission.CASE_CLOSE)
    if not reason.strip():
        raise ReasonMissing
    with audit.act(by=by, verb="cases.reopen_case", subject=case_id):
        case = fetch_to_change(Case, case_id, by=by, version=version)
        if case.status in CASE_OPEN or not case_may_go(case.status, "Active"):
            raise WrongState
        case.status, case.closure_reason, case.closed_at = "Active", "", None
        case.save()
        _keep_form(case, by=by, step="reopened", answers={"reason": reason})
        protocol.record_event(by=by, subject=case.id, kind="reopened", facts=protocol_facts(case))
    return case


def case_for(*, by: Actor, case_id: UUID) -> Case:
    """A case without opening it: for verbs of other rooms that audit themselves."""
    return fetch(Case, case_id, by=by)
