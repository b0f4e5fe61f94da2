"""A plan whose consent is over is stopped and emptied on both sides, as after a withdrawal; but not
while somebody is on the way: then it is needed until she has arrived. Whoever received it says what
it destroyed, or what its case keeps of it and why."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import handing_over, leaving, plan_settling, planning, plans, saying
from ayni.returns.models import TravelPlan
from ayni.returns.plans import WhyStopped

log = logging.getLogger("ayni.returns")
_Ending = cooperation.vocabulary.Ending
_WHY = {_Ending.WITHDRAWN: WhyStopped.WITHDRAWN, _Ending.EXPIRED: WhyStopped.EXPIRED}


def stop_expired(*, by: Actor, now: datetime) -> int:
    """Stop and empty every plan of the actor's institution that left under a consent which nothing
    renewed in time; how many. By a job. Each in a transaction of its own: a receiver that cannot be
    told now holds up nobody, and has its next round."""
    rows = TravelPlan.objects.filter(
        institution_id=by.institution,
        direction="out",
        consent_id__isnull=False,
        stopped_at__isnull=True,
    )
    count = 0
    for ident in rows.values_list("id", flat=True):
        ended = _ended(ident, now)
        if ended is not None:
            count += _stop(ident, ended, now, by=by)
    _tell_untold(now, by=by)
    return count


def _tell_untold(now: datetime, *, by: Actor) -> None:
    """Tell whoever could not be told before."""
    rows = TravelPlan.objects.filter(
        institution_id=by.institution, direction="out", untold=True, consent_id__isnull=False
    )
    for ident in rows.values_list("id", flat=True):
        ended = _ended(ident, now)
        if ended is None:
            continue
        with audit.act(by=by, verb="returns.tell_stop", subject=ident) as act:
            saying.alone(TravelPlan.objects.filter(id=ident))
            row = TravelPlan.objects.select_for_update().get(id=ident)
            planning.tell_stop(row, ended, by=by)
            act.note(case=row.case_id, told=not row.untold)


def _ended(ident: UUID, now: datetime) -> cooperation.Ended | None:
    row = TravelPlan.objects.get(id=ident)
    assert row.consent_id is not None
    return cooperation.ended_of(
        consent_id=row.consent_id, case_id=row.case_id, institution=row.institution_id, now=now
    )


def _waits(row: TravelPlan, why: WhyStopped, now: datetime) -> bool:
    """Her own word counts at once; that a time is over waits until she has arrived."""
    on_the_way = why is WhyStopped.EXPIRED and row.standing(now) in plans.ON_THE_WAY
    return row.stopped_at is not None or on_the_way


def _stop(ident: UUID, ended: cooperation.Ended, now: datetime, *, by: Actor) -> int:
    why = _WHY[ended.cause]
    if _waits(TravelPlan.objects.get(id=ident), why, now):
        return 0
    try:
        with audit.act(by=by, verb="returns.stop_expired", subject=ident, reason=why) as act:
            saying.alone(TravelPlan.objects.filter(id=ident))
            row = TravelPlan.objects.select_for_update().get(id=ident)
            if _waits(row, why, now):  # somebody was faster
                return 0
            planning.stop_one(row, why, by=by, tell=not leaving.fears(row), ended=ended)
            act.note(case=row.case_id)
    except (exchange.NoNode, exchange.KeysExpired) as wrong:
        log.warning("stop not told", extra={"ids": {"plan": str(ident), "why": wrong.code}})
        return 0
    return 1


# -- what arrives


def hear_stop(*, by: Actor, received: exchange.Received) -> None:
    """The sending side stops a plan: it is emptied here. That she did not arrive stays. Where her
    consent ended the sender says by when it wants to know what became of it: what is destroyed is
    told at once; of what the case recorded when it was accepted an officer says why it is kept.
    Nothing is told to a state that she fears. Raises `NotTheirs`."""
    row, now = handing_over.plan_of(received, "in", by=by), clock.now()
    with audit.act(by=by, verb="returns.hear_stop", subject=row.id, case=row.case_id):
        planning.empty(row, now)
        new = row.stopped_at is None
        if new:
            row.stopped_at, row.why_stopped = now, WhyStopped.BY_SENDER.value
        row.save()
        if not new or received.due is None:
            return
        effect = cooperation.hear_end_of(
            by=by,
            what=cooperation.vocabulary.What.TRAVEL_PLAN,
            about=row.id,
            case_id=row.case_id,
            subject=row.subject,
            counterpart=(row.counterpart_state, row.counterpart_institution),
            ended_at=clock.parse(received.payload["at"]),
            due_at=received.due,
            stays=plan_settling.is_recorded(row),
            silent=not cooperation.may_hear(row),
        )
        if effect.effect:
            cooperation.tell_effect_of(effect, by=by)


def tell_effect(*, by: Actor, about: UUID, effect: str, reason: str, at: datetime) -> None:
    """Tell the other side what became of its plan, inside the verb that decided. Raises
    `NoNode`."""
    row = TravelPlan.objects.get(id=about)
    told = {"at": clock.isoformat(at), "over": row.digest, "effect": effect, "reason": reason}
    saying.say(row, "travel.stopped", told, by=by, subject=f"{planning.STOP}{row.id}")


def still_allowed_stopped(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver that word; a reason cancels it."""
    row = TravelPlan.objects.get(id=UUID(subject.removeprefix(planning.STOP)))
    return None if cooperation.may_hear(row) else "feared_state"


def hear_stopped(*, by: Actor, received: exchange.Received) -> None:
    """What the other side did with the plan it had. Raises `NotTheirs`, also where nobody waits for
    that."""
    row, told = handing_over.plan_of(received, "out", by=by), received.payload
    with audit.act(by=by, verb="returns.hear_stopped", subject=row.id, effect=told["effect"]):
        cooperation.hear_effect_of(
            by=by,
            about=row.id,
            effect=told["effect"],
            reason=told["reason"],
            at=clock.parse(told["at"]),
        )
