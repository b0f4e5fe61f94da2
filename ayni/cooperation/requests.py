"""Requests of the protocol to another institution (step 2.3), with a clock of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import asking, grants, history, leaving, steps, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import NotReferredHere, OtherStateOnly, OwnInstitution
from ayni.cooperation.inquired import PLAIN
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Referral, Request
from ayni.cooperation.states import REQUEST, Move, Side, State
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.vault import api as vault

SHARED = (State.ACCEPTED, State.FIRST_ACTION, State.OUTCOME, State.FEEDBACK, State.DONE)


def who_may_be_asked(case: cases.Case, step: str = "2.3") -> list[Referral]:
    """Accepted referrals of a case whose other institution a request for this step may go to.

    Where the step is ours and another side of the case answers it, those are institutions of the
    state where the person is, and never of our own: 2.3 asks the prosecutor of that state.
    """
    shared = list(Referral.objects.filter(case=case, state__in=SHARED).order_by("created_at"))
    if not steps.asks_another_side(case, step):
        return shared
    own, host = members.this_node(), case.host_country.lower()
    others = [row for row in shared if row.counterpart_state != own]
    if host == own or host not in members.states():
        return others
    return [row for row in others if row.counterpart_state == host]


def shared_here(case: cases.Case) -> list[Referral]:
    """Accepted referrals of a case with other institutions of this node, the oldest first."""
    shared = Referral.objects.filter(
        case=case, state__in=SHARED, counterpart_state=members.this_node()
    )
    return list(shared.order_by("created_at"))


def send_request(
    *,
    by: Actor,
    case_id: UUID,
    recipient_state: str,
    recipient_institution: str,
    step: str = "2.3",
    matter: str = "prosecutor_intervenes",
    fields: Iterable[str] = (),
    answers: Mapping[str, Any] | None = None,
) -> Request:
    """Ask another institution to act.

    `answers` are those of our own step (2.3: her safety and will); they stay here and are recorded
    with the step once the other side takes it on. It is due when the protocol says so (`asking`).

    Without `fields` the request names only the referral that both already share and carries no
    personal data; with `fields` a consent must cover them. Raises `NotReferredHere`,
    `OtherStateOnly`, `FearedState`, `ConsentMissing`, `GuardianMissing`, `SecondOfficerMissing`,
    `NoNode`.
    """
    members.check_may(by, members.Permission.REFERRAL_SEND)
    own = members.institution(by.institution)
    if recipient_institution == own.code:
        raise OwnInstitution
    case = cases.case_for(by=by, case_id=case_id)
    wanted = sorted(set(fields) & set(cases.DISCLOSABLE))
    shared = Referral.objects.filter(
        case=case,
        counterpart_state=recipient_state,
        counterpart_institution=recipient_institution,
        state__in=SHARED,
    ).first()
    if shared is None and not wanted:
        raise NotReferredHere
    if recipient_state == members.this_node() and steps.asks_another_side(case, step):
        raise OtherStateOnly
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
        state=State.DRAFT.value,
        fields=wanted,
        written_by=by.id,
        step=step,
        matter=words.Matter(matter).value,
        about="" if shared is None else shared.conversation,
        due_at=asking.due(case_id=case.id, step=step, situation=case.situation, now=now),
        sent_at=now,
    )
    kept = dict(answers or {})
    if kept:
        kept["request"] = asking.of(row).matter  # the form of the step asks what was asked for
    with audit.act(by=by, verb="cooperation.send_request", subject=row.id, case=case_id, step=step):
        row.seal(vault.sealer(row.subject), content={steps.ANSWERS: kept})
        row.save(force_insert=True)
        history.advance(row, REQUEST, Move.SEND, Side.SENDER, by=by)
        _send(row, by=by)
    return row


def _send(row: Request, *, by: Actor) -> None:
    assert row.case is not None
    assert row.due_at is not None
    feared = cases.feared_states(row.case.person)
    cases.check_feared(feared, row.counterpart_state)
    payload: dict[str, Any] = {"step": row.step, "matter": row.matter, "about": row.about}
    kind, grant, data = "request.ask", None, {}
    if row.fields:
        consent = grants.check_leaves(row, row.fields, clock.now())
        data = cases.disclose(by=by, case_id=row.case.id, fields=row.fields, reason="queue")
        kind = "request.ask_with_data"
        grant = grants.grant_for(row, row.fields, consent)
        row.consent_id = UUID(consent.id)
        payload["data"] = {**data, **({NEVER: sorted(feared)} if feared else {})}
        sealer = vault.sealer(row.subject)
        kept = row.unseal(sealer, ["content"])["content"]
        row.seal(sealer, content={**(kept if isinstance(kept, dict) else {}), **data})
    leaving.leave(row, by=by, kind=kind, payload=payload, grant=grant, told=data, report=not feared)


def accept_request(*, by: Actor, request_id: UUID) -> Request:
    """We take it on."""
    return _step(by, request_id, Move.ACCEPT)


def decline_request(*, by: Actor, request_id: UUID, reason: str) -> Request:
    """Decline with a reason (`DeclineReason`)."""
    return _step(by, request_id, Move.DECLINE, reason=words.DeclineReason(reason).value)


def answer_request(*, by: Actor, request_id: UUID, outcome: str) -> Request:
    """Answer it (`Outcome`); the clock stops."""
    return _step(by, request_id, Move.OUTCOME, outcome=words.Outcome(outcome).value)


def _step(by: Actor, request_id: UUID, move: Move, **told: Any) -> Request:
    members.check_may(by, members.Permission.REFERRAL_ANSWER)
    with audit.act(by=by, verb=f"cooperation.{move.value}_request", subject=request_id):
        row = history.fetch(Request, request_id, by=by, lock=True)
        if move is Move.OUTCOME and row.kind != PLAIN:
            raise WrongState(state=row.state, move=move.value)  # its questions are answered
        if move is Move.ACCEPT and by.kind is ActorKind.USER:
            row.taken_by = by.id
        history.advance(row, history.table_of(row), move, Side.RECEIVER, by=by, **told)
        history.stop_clock_for(row, move, by=by)
        steps.settle(row, move, by=by, outcome=told.get("outcome", ""))
        telling.tell(row, move, by=by, **told)
    return row


def withdraw_request(*, by: Actor, request_id: UUID, reason: str) -> Request:
    """Withdraw a request: cancelled if it had not left, else called back."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    words.WithdrawReason(reason)
    with audit.act(by=by, verb="cooperation.withdraw_request", subject=request_id, reason=reason):
        history.fetch(Request, request_id, by=by)
        stopped = exchange.cancel(by=by, subject=str(request_id), peers=None, reason="withdrawn")
        row = history.fetch(Request, request_id, by=by, lock=True)
        unknown_there = row.state == State.SENT and stopped > 0
        table = history.table_of(row)
        move = history.advance(row, table, Move.WITHDRAW, Side.SENDER, by=by, reason=reason)
        history.stop_clock(row, by=by)
        if move.told and not unknown_there:
            telling.tell(row, Move.WITHDRAW, by=by, reason=reason)
    return row
