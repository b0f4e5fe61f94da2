"""The receiving side: take or change a plan, acknowledge the arrival; and what both sides hear of
each other.

An acknowledgement of an arrival needs one officer whoever she is, and tells times and codes only:
it must never wait. What the officer notes beside it stays where it was written.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.returns import assessing, plan_kinds, plan_settling, planning, plans, rules, saying
from ayni.returns.errors import NotAPlan, NotBothYes, NotTheirs
from ayni.returns.models import TravelPlan
from ayni.returns.plans import Arrival, Reply, Standing
from ayni.vault import api as vault

ANSWER = members.Permission.REFERRAL_ANSWER
SEND = members.Permission.REFERRAL_SEND


def answer_plan(
    *, by: Actor, plan_id: UUID, answer: str, change: list[str] | None = None
) -> TravelPlan:
    """Accept the plan that another institution sent, or ask for a change (codes `plans.CHANGES`).
    Who has asked can still accept, and who has accepted can still ask until she has left.

    Raises `WrongState` unless it stands and is theirs, `NotBothYes`, `NotAPlan`, `FearedState`,
    `NoNode`, `NotFound`, `NotAllowed`; ValueError."""
    members.check_may(by, ANSWER)
    reply, wanted = Reply(answer), sorted(set(change or []))
    plans.check_reply(reply, wanted)
    with audit.act(by=by, verb="returns.answer_plan", subject=plan_id, answer=reply) as act:
        row = planning.fetch(plan_id, by=by, lock=True)
        now = clock.now()
        if row.direction == "out" or row.standing(now) not in plans.CHANGEABLE:
            raise WrongState
        if row.departs_at <= now:
            raise WrongState
        if row.assessment.standing(now) is not rules.Standing.BOTH_YES:
            raise NotBothYes
        cases.check_feared(cases.feared_states(row.case.person), row.counterpart_state)
        _replied(row, reply, wanted, now, who=by.id)
        told = {
            "at": clock.isoformat(now),
            "over": row.digest,
            "answer": reply.value,
            "change": wanted,
        }
        saying.say(row, "travel.answer", told, by=by)
        plan_settling.settle_answer(row, by=by)
        act.note(case=row.case_id)
    return row


def _replied(
    row: TravelPlan, reply: Reply, change: list[str], now: datetime, *, who: str = ""
) -> None:
    row.reply, row.change, row.replied_at, row.replied_by = reply.value, change, now, who
    row.save(update_fields=["reply", "change", "replied_at", "replied_by"])


def tell_boarded(*, by: Actor, plan_id: UUID, at: datetime) -> TravelPlan:
    """Tell the receiving side that she has boarded. Raises `WrongState` unless the plan is ours and
    was accepted, `NotAPlan` for a time ahead, `NotBothYes`, `FearedState`, `NoNode`, `NotFound`,
    `NotAllowed`."""
    members.check_may(by, SEND)
    with audit.act(by=by, verb="returns.tell_boarded", subject=plan_id) as act:
        row = planning.fetch(plan_id, by=by, lock=True)
        now = clock.now()
        accepted = row.standing(now) in (Standing.ACCEPTED, Standing.UNCONFIRMED)
        if row.direction == "in" or not accepted or row.boarded_at:
            raise WrongState
        if at > now or at < (row.replied_at or now):
            raise NotAPlan
        if row.assessment.standing(now) is not rules.Standing.BOTH_YES:
            raise NotBothYes
        cases.check_feared(cases.feared_states(row.case.person), row.counterpart_state)
        row.boarded_at = at
        row.save(update_fields=["boarded_at"])
        told = {"at": clock.isoformat(at), "over": row.digest}
        saying.say(row, "travel.boarded", told, by=by)
        plan_settling.settle_boarded(row, by=by)
        act.note(case=row.case_id)
    return row


def tell_arrival(
    *, by: Actor, plan_id: UUID, arrival: str, at: datetime, condition: str = "", note: str = ""
) -> TravelPlan:
    """Acknowledge that she arrived (when, `plans.CONDITIONS`), or report that she did not: an alarm
    on both sides, until she does. `note` stays here, sealed.

    Raises `NotExpected`, `ToldAlready`, `NotAPlan`, `WrongState` for a plan of ours or a report of
    somebody missing before she was to arrive, `NoNode`, `NotFound`, `NotAllowed`; ValueError."""
    members.check_may(by, ANSWER)
    what = Arrival(arrival)
    with audit.act(by=by, verb="returns.tell_arrival", subject=plan_id, arrival=what) as act:
        row = planning.fetch(plan_id, by=by, lock=True)
        now = clock.now()
        if row.direction == "out":
            raise WrongState
        plans.check_arrival(row.known(), what, condition)
        early = what is Arrival.MISSING and now < row.arrives_at
        if at > now or early or len(note) > plans.LONGEST_NOTE:
            raise NotAPlan
        if note:
            row.seal(vault.sealer(row.subject), told={"note": note})
        _arrived(row, what, at, condition, by.role)
        if row.counterpart_state not in cases.feared_states(row.case.person):
            told = {
                "at": clock.isoformat(at),
                "over": row.digest,
                "arrival": what.value,
                "role": by.role,
                "condition": condition,
            }
            saying.say(row, "travel.arrival", told, by=by)
        plan_settling.settle_arrival(row, by=by)
        act.note(case=row.case_id)
    return row


def _arrived(row: TravelPlan, what: Arrival, at: datetime, condition: str, role: str) -> None:
    row.arrival, row.arrival_at = what.value, at
    row.condition, row.arrival_role = condition, role
    row.save(update_fields=["arrival", "arrival_at", "condition", "arrival_role", "told"])


# -- what arrives


def receive_plan(*, by: Actor, received: exchange.Received) -> None:
    """A plan, or a changed one, from the other side of an assessment with two yes. What was there
    before is replaced and emptied. Raises `NotTheirs` for another sender, without two yes here, or
    under a number that came before."""
    told, now = received.payload, clock.now()
    seen = assessing.assessment_of(received, by=by)
    if seen is None or cases.is_hidden(seen):
        raise NotTheirs("travel plan")
    if seen.standing(now) is not rules.Standing.BOTH_YES:
        raise NotTheirs("travel plan")
    before = list(TravelPlan.objects.select_for_update().filter(assessment=seen))
    if any(each.direction == "out" or each.number >= told["number"] for each in before):
        raise NotTheirs("travel plan")
    if any(each.boarded_at or each.arrival for each in before):
        raise NotTheirs("travel plan")
    travel = dict(told["data"][plan_kinds.FIELD])
    arrives = clock.parse(travel["arrives_at"])
    row = TravelPlan(
        institution_id=by.institution,
        subject=seen.subject,
        case=seen.case,
        assessment=seen,
        direction="in",
        counterpart_state=received.sender,
        counterpart_institution=received.sender_institution,
        conversation=received.conversation,
        number=told["number"],
        created_at=now,
        sent_at=now,
        departs_at=clock.parse(travel["departs_at"]),
        arrives_at=arrives,
        kept_until=arrives + plans.KEPT,
        digest=planning.digest(travel, told["number"]),
        alone=not travel.get("escort"),
    )
    with audit.act(by=by, verb="returns.receive_plan", subject=row.id, case=seen.case_id):
        for old in before:
            if old.stopped_at is None and old.replaced_at is None:
                old.replaced_at = now
                planning.empty(old, now)
                old.save(update_fields=["replaced_at", "content", "told", "emptied_at"])
        row.seal(vault.sealer(row.subject), content=travel)
        row.save(force_insert=True)


def plan_of(received: exchange.Received, direction: str, *, by: Actor) -> TravelPlan:
    """The plan that a word is about. Raises `NotTheirs`."""
    row = (
        TravelPlan.objects.select_for_update()
        .filter(
            institution_id=by.institution,
            conversation=received.conversation,
            counterpart_state=received.sender,
            counterpart_institution=received.sender_institution,
            digest=received.payload["over"],
            direction=direction,
            sent_at__isnull=False,
        )
        .first()
    )
    if row is None:
        raise NotTheirs("travel plan")
    return row


def hear_answer(*, by: Actor, received: exchange.Received) -> None:
    """The receiving side accepts or asks for a change; of a plan that does not stand any more it is
    noted and changes nothing. Raises `NotTheirs`."""
    row, told = plan_of(received, "out", by=by), received.payload
    now = clock.now()
    with audit.act(by=by, verb="returns.hear_answer", subject=row.id, answer=told["answer"]):
        if row.standing(now) in plans.CHANGEABLE:
            _replied(row, Reply(told["answer"]), sorted(told["change"]), now)
            plan_settling.settle_answer(row, by=by)


def hear_boarded(*, by: Actor, received: exchange.Received) -> None:
    """She has boarded. Raises `NotTheirs` for a plan that was not accepted here."""
    row = plan_of(received, "in", by=by)
    if row.reply != Reply.ACCEPT:
        raise NotTheirs("travel plan")
    with audit.act(by=by, verb="returns.hear_boarded", subject=row.id, case=row.case_id):
        if row.boarded_at is None:
            row.boarded_at = min(clock.parse(received.payload["at"]), clock.now())
            row.save(update_fields=["boarded_at"])
            plan_settling.settle_boarded(row, by=by)


def hear_arrival(*, by: Actor, received: exchange.Received) -> None:
    """She arrived, or did not; an arrival is final. Raises `NotTheirs` for a plan that was not
    accepted."""
    row, told = plan_of(received, "out", by=by), received.payload
    if row.reply != Reply.ACCEPT:
        raise NotTheirs("travel plan")
    with audit.act(by=by, verb="returns.hear_arrival", subject=row.id, arrival=told["arrival"]):
        if row.arrival in (Arrival.ARRIVED, told["arrival"]):
            return
        at = min(clock.parse(told["at"]), clock.now())
        _arrived(row, Arrival(told["arrival"]), at, told["condition"], told["role"])
        plan_settling.settle_arrival(row, by=by)
