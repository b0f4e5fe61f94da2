"""The asking side of a registered kind of question: written, agreed to by a second officer where
the person needs it, sent, withdrawn, and what its answer was worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import clocks, grants, history, leaving, limits, protection, registry, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import (
    NothingAsked,
    NothingToSend,
    NotReferredHere,
    OwnInstitution,
    SameOfficer,
)
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Referral, Request
from ayni.cooperation.registry import FREE, Inquiry
from ayni.cooperation.requests import SHARED
from ayni.cooperation.states import Move, Side, State, check_move
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, Text, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

SEND, SECOND = members.Permission.REFERRAL_SEND, members.Permission.REFERRAL_SECOND


def registered(row: Request) -> Inquiry:
    """The kind of a request. Raises `WrongState` for one of a protocol step."""
    found = registry.inquiry(row.kind)
    if found is None:
        raise WrongState(state=row.state, move=row.kind)
    return found


def recipients(case: cases.Case, kind: Inquiry) -> list[tuple[str, str]]:
    """Whom a question of this kind about this case may go to: (state, institution) each. Those
    with whom an accepted referral is shared, and, for a kind that needs none, those whom a consent
    names that is in force."""
    own = members.institution(case.institution_id).code
    found = {
        (row.counterpart_state, row.counterpart_institution)
        for row in Referral.objects.filter(case=case, state__in=SHARED)
    }
    if not kind.shared:
        found |= {
            (consent.recipient_state, consent.recipient_institution)
            for consent in cases.consent_views(case)
            if consent.purpose == "refer"
            and consent.withdrawn_at is None
            and clock.now() < consent.valid_until
        }
    feared = cases.feared_states(case.person)
    return sorted(each for each in found if each[0] not in feared and each[1] != own)


def ask_inquiry(
    *,
    by: Actor,
    case_id: UUID,
    kind: str,
    recipient_state: str,
    recipient_institution: str,
    questions: Iterable[str] = (),
    fields: Iterable[str] = (),
    free: Mapping[str, str] | None = None,
    handling: exchange.Handling | None = None,
) -> Request:
    """Put a question of a registered kind to another institution; sent at once unless a second
    officer must agree first, then it waits as a draft.

    `questions`: ids, where the kind lets choose; `fields`: what of the person goes with it, of
    those that the kind may carry; `free`: {"text", "language"}, which tells of her account. Both
    leave under a consent only. Raises `NotFound` for an unknown kind, `NothingAsked`,
    `NotReferredHere`, `OwnInstitution`, `FearedState`, `ConsentMissing`, `GuardianMissing`,
    `NotSendable`, `NoNode`.
    """
    members.check_may(by, SEND)
    known = registry.inquiry(kind)
    if known is None:
        raise NotFound
    if recipient_institution == members.institution(by.institution).code:
        raise OwnInstitution
    case = cases.case_for(by=by, case_id=case_id)
    wanted = sorted(set(fields) & set(known.fields))
    if free:
        wanted = sorted({*wanted, *registry.TOLD_BY_FREE_TEXT})
    shared = _shared(case, recipient_state, recipient_institution)
    if shared is None and (known.shared or not wanted):
        raise NotReferredHere
    now = clock.now()
    row = Request(
        institution_id=by.institution,
        subject=case.subject,
        created_at=now,
        case=case,
        direction="out",
        counterpart_state=recipient_state,
        counterpart_institution=recipient_institution,
        conversation=exchange.new_conversation(),
        state="draft",
        kind=known.name,
        questions=_chosen(known, questions),
        fields=wanted,
        written_by=by.id,
        about="" if shared is None else shared.conversation,
        handling={} if handling is None else handling.to_json(),
    )
    with audit.act(
        by=by, verb="cooperation.ask_inquiry", subject=row.id, case=case_id, kind=known.name
    ) as act:
        alone_if_feared(case)
        _check_feared(row)
        row.seal(vault.sealer(row.subject), content={FREE: dict(free)} if free else {})
        if wanted:
            row.consent_id = UUID(grants.check_draft(row, now).id)
        row.save(force_insert=True)
        waits = bool(second_missing(row))
        act.note(waits=waits)
        if not waits:
            _send(row, by=by)
    return row


def _shared(case: cases.Case, state: str, institution: str) -> Referral | None:
    return Referral.objects.filter(
        case=case,
        counterpart_state=state,
        counterpart_institution=institution,
        state__in=SHARED,
    ).first()


def _chosen(kind: Inquiry, questions: Iterable[str]) -> list[str]:
    """The questions in the order of the kind; all where it does not let choose."""
    wanted = set(questions) if kind.choose else set(kind.questions)
    found = [name for name in kind.questions if name in wanted]
    if not found or wanted - set(found):
        raise NothingAsked
    return found


def alone_if_feared(case: cases.Case | None) -> None:
    """What is sent names the states that the person fears, and reaches the cases of others: as
    every protection, one at a time and before any row is locked."""
    if case is not None and cases.feared_states(case.person):
        protection.one_at_a_time()


def _check_feared(row: Request) -> None:
    assert row.case is not None
    cases.check_feared(cases.feared_states(row.case.person), row.counterpart_state)


def second_missing(row: Request) -> Text:
    """Why a second officer must agree before this question leaves; empty if nobody need."""
    return grants.second_missing(row) if row.fields else ""


def agree_to_inquiry(*, by: Actor, request_id: UUID) -> Request:
    """Another officer agrees to exactly this question, and it is sent. Raises `SameOfficer`,
    `WrongState`, and what `ask_inquiry` raises if the ground is gone meanwhile."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="cooperation.agree_to_inquiry", subject=request_id):
        alone_if_feared(history.fetch(Request, request_id, by=by).case)
        row = history.fetch(Request, request_id, by=by, lock=True)
        kind = registered(row)
        if by.id == row.written_by:
            raise SameOfficer
        row.second_officer = by.id
        history.advance(row, kind.states, Move.APPROVE, Side.SENDER, by=by)
        _send(row, by=by)
    return row


def _send(row: Request, *, by: Actor) -> None:
    kind, case, now = registered(row), row.case, clock.now()
    assert case is not None
    _check_feared(row)
    feared = cases.feared_states(case.person)
    row.due_at = limits.due(kind.wait, "answer", case.situation, now)
    row.sent_at = now
    payload: dict[str, Any] = {"about": row.about, "questions": list(row.questions)}
    if row.handling:
        payload["handling"] = row.handling
    name, grant, consent, data = f"{kind.name}.ask", None, None, {}
    if row.fields:
        consent = grants.check_leaves(row, row.fields, now)
        data = _data(row, kind, by=by)
        name = f"{kind.name}.ask_with_data"
        grant = grants.grant_for(row, row.fields, consent)
        row.consent_id = UUID(consent.id)
        row.as_child = cases.age_status(case.person).counts_as_child
        payload["data"] = {**data, **({NEVER: sorted(feared)} if feared else {})}
        row.seal(vault.sealer(row.subject), content=data)
    history.advance(row, kind.states, Move.SEND, Side.SENDER, by=by)
    leaving.leave(
        row, by=by, kind=name, payload=payload, grant=grant, told=row.fields, report=not feared
    )


def preview_inquiry(*, by: Actor, request_id: UUID) -> list[tuple[str, Text, Any]]:
    """The values that would leave with a question that waits: (field, its words, value); the look
    is recorded. Raises `WrongState` once it was sent."""
    members.check_may(by, SECOND)
    row = history.fetch(Request, request_id, by=by)
    kind = registered(row)
    check_move(kind.states, State(row.state), Move.SEND, Side.SENDER)
    assert row.case is not None
    wanted = [name for name in row.fields if name in kind.fields]
    values = cases.disclose(by=by, case_id=row.case.id, fields=wanted, reason="preview")
    return [(name, cases.DISCLOSABLE[name][1], value) for name, value in values.items()]


def _data(row: Request, kind: Inquiry, *, by: Actor) -> dict[str, Any]:
    """The values that leave with a question: of the case as it is now, and the free text."""
    assert row.case is not None
    content = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    free = content.get(FREE) if isinstance(content, dict) else None
    wanted = [name for name in row.fields if name in kind.fields]
    data = cases.disclose(by=by, case_id=row.case.id, fields=wanted, reason="queue")
    if not data and not free:
        raise NothingToSend
    return {**data, **({FREE: free} if free else {})}


def feedback_on_inquiry(*, by: Actor, request_id: UUID, timeliness: str, effort: str) -> Request:
    """What the answer was worth (`Rating` codes), for a kind whose states have it; told to the
    other side. Raises `WrongState`."""
    members.check_may(by, SEND)
    told = {
        "timeliness": words.Rating(timeliness).value,
        "effort": words.Rating(effort).value,
    }
    with audit.act(by=by, verb="cooperation.feedback_on_inquiry", subject=request_id):
        row = history.fetch(Request, request_id, by=by, lock=True)
        history.advance(row, registered(row).states, Move.FEEDBACK, Side.SENDER, by=by, **told)
        telling.tell(row, Move.FEEDBACK, by=by, **told)
        if row.clock_id is not None:
            clocks.rate(row.clock_id, by=by, **told)
    return row
