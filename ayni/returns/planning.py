"""Writing a travel plan after two yes, agreeing to it as the second officer, sending it, changing
it, stopping it.

It travels in the conversation of the joint assessment, so that it never overtakes a signature. It
leaves under her consent that names the travel plan, and of somebody who is or may be a child with
two officers. When she withdraws it, whatever has not left does not leave, and whoever has it is
told and empties it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused, WrongState
from ayni.members import api as members
from ayni.returns import assessing, leaving, plan_kinds, plans, rules, saying, stopping
from ayni.returns.errors import NotBothYes, NotTheSendingSide, WaitsAlready
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.plans import Arrival, Standing, WhyStopped
from ayni.vault import api as vault

SEND, SECOND = members.Permission.REFERRAL_SEND, members.Permission.REFERRAL_SECOND
STOP = stopping.STOP
_LEFT = ("queued", "delivered")  # once what waited was stopped, what is queued is on its way
SENDING_SIDE = "host"
_CONSENT_ENDED = (WhyStopped.WITHDRAWN, WhyStopped.EXPIRED)


def digest(travel: Mapping[str, Any], number: int) -> str:
    """What an answer is given under: SHA-256 of the plan and its number as JSON, names sorted, no
    spaces, UTF-8."""
    told = {"travel": travel, "number": number}
    raw = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(raw.encode()).hexdigest()


def write_plan(
    *, by: Actor, assessment_id: UUID, travel: Mapping[str, Any], voluntary: bool
) -> TravelPlan:
    """Write a travel plan, or a changed one, and send it; unless a second officer must agree first:
    then it is a draft. `travel`: names of `plan_kinds.PLAN` under data/travel, times as
    `clock.isoformat`. The one before is replaced when this one is sent, and must be accepted anew.

    Raises `NotBothYes`, `NotTheSendingSide`, `NotVoluntary`, `ChildNeverAlone`, `NotAPlan`,
    `LeavesTooLate`, `WaitsAlready`, `WrongState` once she has left, `FearedState`,
    `ConsentMissing`, `GuardianMissing`, `cooperation.NotOnward`, `cooperation.NotSendable`,
    `NoNode`, `NotFound`, `NotAllowed`.
    """
    members.check_may(by, SEND)
    with audit.act(by=by, verb="returns.write_plan", subject=assessment_id) as act:
        seen = assessing.fetch(assessment_id, by=by, lock=True)
        case, now = seen.case, clock.now()
        if case.side != SENDING_SIDE:
            raise NotTheSendingSide
        child = cases.age_status(case.person).counts_as_child
        plans.check_person(
            voluntary=voluntary, counts_as_child=child, escort=str(travel.get("escort", ""))
        )
        before = _before(seen, now)
        number = max((each.number for each in before), default=0) + 1
        departs, arrives = clock.parse(travel["departs_at"]), clock.parse(travel["arrives_at"])
        row = TravelPlan(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            assessment=seen,
            direction="out",
            counterpart_state=seen.counterpart_state,
            counterpart_institution=seen.counterpart_institution,
            conversation=seen.conversation,
            number=number,
            created_at=now,
            departs_at=departs,
            arrives_at=arrives,
            kept_until=arrives + plans.KEPT,
            digest=digest(travel, number),
            alone=not travel.get("escort"),
            written_by=by.id,
            as_child=child,
        )
        _check_open(row, now)
        row.seal(vault.sealer(case.subject), content=dict(travel))
        row.save(force_insert=True)
        try:
            _send(row, by=by)
        except cases.SecondOfficerMissing:
            act.note(waits=True)
        act.note(plan=row.id, number=number, case=case.id)
    return row


def _before(seen: Assessment, now: datetime) -> list[TravelPlan]:
    """The versions before this one, where one more may be written."""
    rows = list(TravelPlan.objects.select_for_update().filter(assessment=seen))
    standings = {row.standing(now) for row in rows}
    if Standing.DRAFT in standings:
        raise WaitsAlready
    if standings - plans.CHANGEABLE - {Standing.REPLACED, Standing.STOPPED}:
        raise WrongState
    return rows


def _check_open(row: TravelPlan, now: datetime) -> None:
    if row.assessment.standing(now) is not rules.Standing.BOTH_YES:
        raise NotBothYes
    plans.check_times(
        departs_at=row.departs_at, arrives_at=row.arrives_at, until=row.assessment.until, now=now
    )


def fetch(plan_id: UUID, *, by: Actor, lock: bool = False) -> TravelPlan:
    """A plan of the actor's institution. Raises `NotFound`, `cases.CaseClosed`."""
    found = TravelPlan.objects.filter(id=plan_id, institution_id=by.institution)
    if lock:
        saying.alone(found)
    row = found.select_for_update().first() if lock else found.first()
    if row is None:
        raise NotFound
    if by.kind is ActorKind.USER:
        cases.fetch(cases.Case, row.case_id, by=by)
    return row


def travel_of(row: TravelPlan) -> dict[str, Any]:
    """What a plan says; nothing once it was emptied or her data were erased."""
    try:
        content = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    except vault.Erased:
        return {}
    return content if isinstance(content, dict) else {}


def agree_plan(*, by: Actor, plan_id: UUID) -> TravelPlan:
    """Agree to a draft as the second officer; it is sent. Raises `SameOfficer`, `WrongState`, and
    what `write_plan` raises if the ground is gone meanwhile."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="returns.agree_plan", subject=plan_id):
        row = fetch(plan_id, by=by, lock=True)
        if row.standing(clock.now()) is not Standing.DRAFT:
            raise WrongState
        if row.written_by == by.id:
            raise cooperation.SameOfficer
        row.second_officer = by.id
        _send(row, by=by)
    return row


def _send(row: TravelPlan, *, by: Actor) -> None:
    now = clock.now()
    _check_open(row, now)
    consent = leaving.covered(row, plan_kinds.FIELD, now, tells=plan_kinds.tells(travel_of(row)))
    child = cases.age_status(row.case.person).counts_as_child
    plans.check_person(
        voluntary=True, counts_as_child=child, escort="" if row.alone else "somebody"
    )
    row.as_child, row.consent_id, row.sent_at = child, UUID(consent.id), now
    for old in _standing_now(row):
        exchange.cancel(by=by, subject=str(old.id), peers=None, reason="replaced")
        old.replaced_at = now
        old.save(update_fields=["replaced_at"])
    grant = exchange.Grant(
        id=str(row.id),
        recipient=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        purpose="refer",
        fields=frozenset({plan_kinds.FIELD}),
        basis=f"consent:{consent.id}",
        valid_until=min(consent.valid_until, row.departs_at),
        never=cases.feared_states(row.case.person),
    )
    handling = exchange.Handling(
        see=exchange.See.INSTITUTION, onward=exchange.Onward.NONE, until=row.kept_until
    )
    told = {
        "at": clock.isoformat(now),
        "number": row.number,
        "data": {plan_kinds.FIELD: travel_of(row)},
        "handling": handling.to_json(),
    }
    message = saying.say(
        row, "travel.plan", told, by=by, grant=grant, valid_until=grant.valid_until
    )
    row.save()
    cooperation.register_transfer(
        by=by,
        institution_code=members.institution(row.institution_id).code,
        about=row.case_id,
        recipient_state=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        purpose="refer",
        fields=[plan_kinds.FIELD],
        basis=grant.basis,
        channel=saying.channel(row),
        message=message,
    )


def _standing_now(row: TravelPlan) -> Iterable[TravelPlan]:
    """Versions of this plan that were sent and stand."""
    return TravelPlan.objects.select_for_update().filter(
        institution_id=row.institution_id,
        conversation=row.conversation,
        sent_at__isnull=False,
        replaced_at__isnull=True,
        stopped_at__isnull=True,
    )


def still_allowed_plan(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver a plan or what was said of it; a reason cancels it."""
    row = TravelPlan.objects.get(id=UUID(subject.removeprefix(STOP)))
    if leaving.fears(row):
        return "feared_state"
    if grant is None:
        return None
    if row.replaced_at or row.stopped_at:
        return row.why_stopped or "replaced"
    if cases.is_hidden(row):
        return leaving.CASE_HIDDEN
    try:
        leaving.covered(row, plan_kinds.FIELD, now, tells=plan_kinds.tells(travel_of(row)))
    except Refused as refusal:
        return refusal.code
    return None


# -- stopping


def stop_plan(*, by: Actor, plan_id: UUID, reason: str) -> TravelPlan:
    """Stop a plan, or throw a draft away: what has not left does not leave, and whoever has it
    empties it. `reason`: one of `plans.BY_HAND`; it stays here. Raises `WrongState` for one of the
    other side, that is over, or of somebody who did not arrive; `NoNode`, `NotFound`,
    `NotAllowed`, ValueError."""
    members.check_may(by, SEND)
    why = WhyStopped(reason)
    if why not in plans.BY_HAND:
        raise ValueError(reason)
    with audit.act(by=by, verb="returns.stop_plan", subject=plan_id, reason=why) as act:
        row = fetch(plan_id, by=by, lock=True)
        found = row.standing(clock.now())
        never_left = found is Standing.UNCONFIRMED and row.boarded_at is None
        open_still = never_left or found in plans.CHANGEABLE | {Standing.DRAFT}
        if row.direction == "in" or not open_still:
            raise WrongState
        stop_one(row, WhyStopped.DROPPED if found is Standing.DRAFT else why, by=by)
        act.note(case=row.case_id)
    return row


def stop_one(
    row: TravelPlan,
    why: WhyStopped,
    *,
    by: Actor,
    tell: bool = True,
    ended: cooperation.Ended | None = None,
) -> int:
    """Stop one plan, inside the verb that decided; how many messages were stopped. `ended`: how its
    consent did; then the other side says what it destroyed. Raises what is in
    `stopping.UNTELLABLE` unless her consent ended: whoever cannot be told keeps no consent from
    ending, and is told by the job."""
    now = clock.now()
    stopped = exchange.cancel(by=by, subject=str(row.id), peers=None, reason=why.value)
    row.stopped_at, row.why_stopped = now, why.value
    if why in (*_CONSENT_ENDED, WhyStopped.DROPPED):
        empty(row, now)
    row.save(update_fields=["stopped_at", "why_stopped", "content", "told", "emptied_at"])
    if tell and row.sent_at is not None:
        for version, is_there in _held_there(row):
            if row.replaced_at is None or version.id == row.id:
                stopping.tell(version, ended, by=by, answered=is_there)
    return stopped


def _held_there(row: TravelPlan) -> list[tuple[TravelPlan, bool]]:
    """The versions that the other side may have and was not told to empty: the latest that left,
    and any later one that was stopped after an attempt, of which nobody knows; whether it is known
    to have it. A newer one replaced the earlier ones there."""
    if saying.is_here(row):
        return [] if row.replaced_at else [(row, True)]
    found = []
    versions = TravelPlan.objects.filter(
        institution_id=row.institution_id, conversation=row.conversation, direction="out"
    ).exclude(sent_at=None)
    for version in versions.order_by("-number"):
        queued = [q for q in exchange.deliveries(str(version.id)) if q.kind == "travel.plan"]
        is_there = any(each.state in _LEFT for each in queued)
        if is_there or any(each.attempts for each in queued if each.state == "cancelled"):
            told = any(q.kind == "travel.stop" for q in exchange.deliveries(f"{STOP}{version.id}"))
            if not told:
                found.append((row if version.id == row.id else version, is_there))
        if is_there:
            break
    return found


def empty(row: TravelPlan, now: datetime) -> None:
    """Take out what a plan says; what remains are its times and what became of it."""
    row.content, row.told, row.emptied_at = None, None, now


def take_back_from(*, by: Actor, case: cases.Case, states: Iterable[str]) -> int:
    """She named states that must not learn of her: plans with them are stopped, and nobody there is
    told any more; how many messages were stopped."""
    count = 0
    rows = TravelPlan.objects.filter(
        case=case, counterpart_state__in=sorted(states), stopped_at__isnull=True
    )
    saying.alone(rows)
    for row in rows.select_for_update():
        with audit.act(by=by, verb="returns.take_back", subject=row.id, case=case.id):
            count += stop_one(row, WhyStopped.FEARED, by=by, tell=False)
    return count


def forget_over(*, now: datetime) -> int:
    """Empty every plan of this node whose journey was `plans.KEPT` ago, and what was noted at the
    arrival; how many. Somebody who did not arrive is still looked for: hers stays."""
    count = 0
    for institution in members.institutions(state=members.this_node()):
        by = audit.job("returns.forget_over", str(institution.id))
        with members.acting(institution.id):
            over = TravelPlan.objects.filter(
                institution_id=institution.id, emptied_at__isnull=True, kept_until__lte=now
            ).exclude(arrival=Arrival.MISSING)
            for ident in over.values_list("id", flat=True):
                with audit.act(by=by, verb="returns.forget_plan", subject=ident):
                    row = TravelPlan.objects.select_for_update().get(id=ident)
                    empty(row, now)
                    row.save(update_fields=["content", "told", "emptied_at"])
                    count += 1
    return count
