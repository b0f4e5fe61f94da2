"""The sending side of a referral: draft, preview, second officer, send, answer, withdraw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import clocks, grants, ground, history, limits, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import NothingToSend, OwnInstitution, SameOfficer
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Referral
from ayni.cooperation.states import REFERRAL, Move, Side, State, check_move
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.vault import api as vault

SEND, SECOND = members.Permission.REFERRAL_SEND, members.Permission.REFERRAL_SECOND


def draft_referral(
    *,
    by: Actor,
    case_id: UUID,
    recipient_state: str,
    recipient_institution: str,
    fields: Iterable[str],
    provisions: Iterable[str] = (),
    handling: exchange.Handling | None = None,
) -> Referral:
    """Write a draft; nothing leaves. `provisions` are ids of the legal ground for this pair of
    states; without any, those that `norms` knows as verified on this day. `handling`: whether the
    receiver may pass it on.

    Raises `FearedState`, `ConsentMissing`, `GuardianMissing`, `NothingToSend`, `OwnInstitution`.
    """
    members.check_may(by, SEND)
    wanted = sorted(set(fields) & set(cases.DISCLOSABLE))
    if not wanted:
        raise NothingToSend
    if recipient_institution == members.institution(by.institution).code:
        raise OwnInstitution
    case = cases.case_for(by=by, case_id=case_id)
    now = clock.now()
    row = Referral(
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
        provisions=list(provisions)
        or ground.provisions_for(case.tracks, recipient_state, now.date()),
        legal_basis=ground.answered(case.tracks, recipient_state, now.date()),
        written_by=by.id,
        side=case.side,
        handling={} if handling is None else handling.to_json(),
    )
    row.consent_id = UUID(grants.check_draft(row, now).id)
    with audit.act(
        by=by, verb="cooperation.draft_referral", subject=row.id, case=case_id, to=recipient_state
    ):
        row.save(force_insert=True)
    return row


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly what would leave. `values`: (field, its words, value); `legal_basis`: what the
    register answers today, as it would be kept; `never`: states that must not receive it; `letter`:
    the recipient has no node; `or_letter`: a letter may go in any case, as the node there does not
    answer or refused; `needs_second`: why another officer must agree, empty if nobody need;
    `ask_fear`: it goes to her own state, and whether she fears it is not recorded (step 2.6).
    """

    referral: Referral
    values: list[tuple[str, Text, Any]]
    empty: list[Text]
    consent: cases.ConsentView
    provisions: list[str]
    legal_basis: list[dict[str, Any]]
    never: list[str]
    needs_second: Text
    letter: bool
    or_letter: bool
    ask_fear: bool
    due_at: datetime


def _fear_unknown(row: Referral) -> bool:
    assert row.case is not None
    hers = row.counterpart_state in cases.own_states_of(row.case.person)
    abroad = not telling.is_local(row)
    return hers and abroad and "fears_own_state" not in cases.protocol_facts(row.case)


def preview_referral(*, by: Actor, referral_id: UUID) -> Preview:
    """What would leave, under which consent and legal ground; the look is recorded.

    Raises as `draft_referral` if the ground is gone meanwhile.
    """
    members.check_may(by, SEND)
    row = history.fetch(Referral, referral_id, by=by)
    check_move(REFERRAL, State(row.state), Move.SEND, Side.SENDER)
    now = clock.now()
    consent = grants.check_draft(row, now)
    assert row.case is not None
    values = cases.disclose(by=by, case_id=row.case.id, fields=row.fields, reason="preview")
    return Preview(
        referral=row,
        values=[(n, cases.DISCLOSABLE[n][1], v) for n, v in values.items()],
        empty=[cases.DISCLOSABLE[n][1] for n in row.fields if n not in values],
        consent=consent,
        provisions=list(row.provisions),
        legal_basis=ground.answered(row.case.tracks, row.counterpart_state, now.date()),
        never=sorted(cases.feared_states(row.case.person)),
        needs_second=grants.second_missing(row),
        letter=not _reachable(row),
        or_letter=letter_may_go(row),
        ask_fear=_fear_unknown(row),
        due_at=limits.due("referral", "accept", row.case.situation, now),
    )


def _reachable(row: Referral) -> bool:
    found = members.Institution.objects.filter(code=row.counterpart_institution).first()
    if found is None:
        return False
    return telling.is_local(row) or exchange.reachable(found)


def letter_may_go(row: Referral) -> bool:
    """Whether a printed letter may take the place of a message: nobody can be reached there, the
    node does not answer, or it has refused a referral of this case."""
    if not _reachable(row):
        return True
    if telling.is_local(row):
        return False
    if any(n.node == row.counterpart_state and n.failures for n in exchange.neighbours()):
        return True
    before = Referral.objects.filter(
        case=row.case, direction="out", counterpart_institution=row.counterpart_institution
    ).exclude(id=row.id)
    return any(
        one.state == "refused" for each in before for one in exchange.deliveries(str(each.id))
    )


def second_officer(*, by: Actor, referral_id: UUID) -> Referral:
    """Another officer of the same institution agrees to exactly this draft. Raises
    `SameOfficer`, `WrongState`, and what `draft_referral` raises."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="cooperation.second_officer", subject=referral_id):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        if by.id == row.written_by:
            raise SameOfficer
        grants.check_draft(row, clock.now())
        row.second_officer = by.id
        history.advance(row, REFERRAL, Move.APPROVE, Side.SENDER, by=by)
    return row


def send_referral(*, by: Actor, referral_id: UUID) -> Referral:
    """Send it: to another node by message, inside this state into the other's inbox.

    Raises `FearedState`, `ConsentMissing`, `GuardianMissing`, `SecondOfficerMissing`,
    `NothingToSend`, `NoNode` (print a letter), `WrongState`.
    """
    members.check_may(by, SEND)
    with audit.act(by=by, verb="cooperation.send_referral", subject=referral_id) as act:
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        check_move(REFERRAL, State(row.state), Move.SEND, Side.SENDER)
        consent, data = ready(row, by=by)
        act.note(case=row.case_id, consent=consent.id)
        assert row.case is not None
        now = clock.now()
        row.due_at = limits.due("referral", "accept", row.case.situation, now)
        row.sent_at = now
        row.legal_basis = ground.answered(row.case.tracks, row.counterpart_state, now.date())
        row.seal(vault.sealer(row.subject), content=data)
        history.advance(row, REFERRAL, Move.SEND, Side.SENDER, by=by)
        payload = _payload(row, data)
        message = ""
        if telling.is_local(row):
            telling.hand_in(row, kind="referral.send", payload=payload, due_at=row.due_at)
            history.hear(row, Move.ARRIVE, by=by)
        else:
            message = telling.queue(
                row, by=by, kind="referral.send", payload=payload,
                grant=grants.grant_for(row, row.fields, consent), due_at=row.due_at,
            )  # fmt: skip
        telling.register(
            row,
            basis=f"consent:{consent.id}",
            fields=list(data),
            channel="node" if message else "local",
            message=message,
        )
        _start_clock(row, by=by)
        cases.tell_changed(row.case)
    return row


def _payload(row: Referral, data: Mapping[str, Any]) -> dict[str, Any]:
    told = {"data": data, "purpose": "refer", "provisions": row.provisions}
    return {**told, "handling": row.handling} if row.handling else told


def ready(row: Referral, *, by: Actor) -> tuple[cases.ConsentView, dict[str, Any]]:
    """The consent under which a referral leaves now, and its values; with the states that must
    never receive it, so that the receiver does not pass it on to them."""
    assert row.case is not None
    consent = grants.check_leaves(row, row.fields, clock.now())
    data = cases.disclose(by=by, case_id=row.case.id, fields=row.fields, reason="queue")
    if not data:
        raise NothingToSend
    feared = cases.feared_states(row.case.person)
    if feared:
        data = {**data, NEVER: sorted(feared)}
    row.consent_id = UUID(consent.id)
    row.as_child = cases.age_status(row.case.person).counts_as_child
    return consent, data


def _start_clock(row: Referral, *, by: Actor) -> None:
    assert row.case is not None
    assert row.due_at is not None
    flagged = bool(cases.feared_states(row.case.person))
    row.clock_id = clocks.start(
        by=by,
        kind="referral",
        owing=row.counterpart_state,
        owed=members.this_node(),
        due_at=row.due_at,
        report=not flagged and not telling.is_local(row),
    ).id
    row.save(update_fields=["clock_id"])


def answer_more(*, by: Actor, referral_id: UUID, fields: Iterable[str]) -> Referral:
    """Send further fields that the other side asked for, under the same rules.

    Raises what `send_referral` raises; what needs two officers (a child's further data, who or
    where somebody under protection is) needs both again, which the draft's second officer is only
    for what he or she saw: write a new referral then.
    """
    members.check_may(by, SEND)
    with audit.act(by=by, verb="cooperation.answer_more", subject=referral_id):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        check_move(REFERRAL, State(row.state), Move.ANSWER_MORE, Side.SENDER)
        asked = sorted(set(fields) & set(row.wanted))
        assert row.case is not None
        unseen = set(asked) - set(row.fields)
        if row.as_child and unseen:
            raise cases.SecondOfficerMissing
        grants.check_seen_by_one(row, unseen)
        consent = grants.check_leaves(row, asked, clock.now())
        data = cases.disclose(by=by, case_id=row.case.id, fields=asked, reason="queue")
        if not data:
            raise NothingToSend
        row.fields = sorted({*row.fields, *data})
        history.advance(row, REFERRAL, Move.ANSWER_MORE, Side.SENDER, by=by, fields=sorted(data))
        message = ""
        if telling.is_local(row):
            telling.give_more(row, data)
        else:
            message = telling.queue(
                row, by=by, kind="referral.more", payload={"data": data},
                grant=grants.grant_for(row, asked, consent),
            )  # fmt: skip
        telling.register(
            row,
            basis=f"consent:{consent.id}",
            fields=list(data),
            channel="node" if message else "local",
            message=message,
        )
    return row


def feedback(*, by: Actor, referral_id: UUID, timeliness: str, effort: str) -> Referral:
    """What we think of the answer (`Rating` codes); told to the other side."""
    members.check_may(by, SEND)
    told = {
        "timeliness": words.Rating(timeliness).value,
        "effort": words.Rating(effort).value,
    }
    with audit.act(by=by, verb="cooperation.feedback", subject=referral_id):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        history.advance(row, REFERRAL, Move.FEEDBACK, Side.SENDER, by=by, **told)
        telling.tell(row, Move.FEEDBACK, by=by, **told)
        if row.clock_id is not None:
            clocks.rate(row.clock_id, by=by, **told)
        if telling.by_letter(row):
            history.hear(row, Move.CLOSE, by=by)  # nobody there will do it
    return row


def withdraw_referral(*, by: Actor, referral_id: UUID, reason: str) -> Referral:
    """Withdraw it: what is queued is cancelled, what has arrived is called back."""
    members.check_may(by, SEND)
    words.WithdrawReason(reason)
    with audit.act(by=by, verb="cooperation.withdraw_referral", subject=referral_id, reason=reason):
        history.fetch(Referral, referral_id, by=by)
        # The queue first: whoever delivers locks it first, too.
        stopped = exchange.cancel(by=by, subject=str(referral_id), peers=None, reason="withdrawn")
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        unknown_there = row.state == State.SENT and stopped > 0
        move = history.advance(row, REFERRAL, Move.WITHDRAW, Side.SENDER, by=by, reason=reason)
        history.stop_clock(row, by=by)
        if move.told and not unknown_there:
            telling.tell(row, Move.WITHDRAW, by=by, reason=reason)
    return row
