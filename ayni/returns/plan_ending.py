"""A plan whose consent has ended is stopped and emptied on both sides; that its time is over waits
while somebody is on the way: then it is needed until she has arrived. Whoever received it says what
it destroyed, or what its case keeps of it and why."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import handing_over, plan_settling, planning, plans, stopping
from ayni.returns.models import TravelPlan
from ayni.returns.plans import WhyStopped

_Ending = cooperation.vocabulary.Ending
_WHY = {_Ending.WITHDRAWN: WhyStopped.WITHDRAWN, _Ending.EXPIRED: WhyStopped.EXPIRED}


def stop_withdrawn(*, by: Actor, consent: cases.Consent) -> int:
    """She withdrew the consent under which plans left: they are stopped and emptied on both sides;
    how many. One whose end is known already is emptied, too. A draft that waits finds no consent
    any more when it is to leave."""
    rows = stopping.withdrawn_rows(_SORT, consent)
    for row in rows:
        with audit.act(by=by, verb="returns.stop_withdrawn", subject=row.id, case=row.case_id):
            _stop(row, cooperation.Ended(clock.now(), _Ending.WITHDRAWN), by=by)
    return len(rows)


def stop_expired(*, by: Actor, now: datetime) -> int:
    """Stop and empty every plan of the actor's institution that left under a consent which nothing
    renewed in time, and tell whoever could not be told before; how many. By a job."""
    return stopping.stop_all_over(_SORT, by=by, now=now)


def _waits(row: TravelPlan, ended: cooperation.Ended, now: datetime) -> bool:
    """Her own word counts at once; that a time is over waits until she has arrived."""
    on_the_way = ended.cause is _Ending.EXPIRED and row.standing(now) in plans.ON_THE_WAY
    return row.stopped_at is not None or on_the_way


def _stop(row: TravelPlan, ended: cooperation.Ended, *, by: Actor) -> None:
    planning.stop_one(row, _WHY[ended.cause], by=by, ended=ended)


_SORT = stopping.Sort(TravelPlan, "returns.stop_expired", _waits, _stop)


# -- what arrives


def hear_stop(*, by: Actor, received: exchange.Received) -> None:
    """The sending side stops a plan: it is emptied here. That she did not arrive stays. Where her
    consent ended the sender says by when it wants to know what became of it; what the case recorded
    when it was accepted stays. Raises `NotTheirs`."""
    row, now = handing_over.plan_of(received, "in", by=by), clock.now()
    with audit.act(by=by, verb="returns.hear_stop", subject=row.id, case=row.case_id):
        planning.empty(row, now)
        new = row.stopped_at is None
        if new:
            row.stopped_at, row.why_stopped = now, WhyStopped.BY_SENDER.value
        row.save()
        if new and received.due is not None:
            stopping.hear_end(row, received, stays=plan_settling.is_recorded(row), by=by)


def tell_effect(*, by: Actor, about: UUID, effect: str, reason: str, at: datetime) -> None:
    """Tell the other side what became of its plan, inside the verb that decided. Raises
    `NoNode`."""
    row = TravelPlan.objects.get(id=about)
    stopping.tell_effect(row, by=by, effect=effect, reason=reason, at=at)


def still_allowed_stopped(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver that word; a reason cancels it."""
    row = TravelPlan.objects.get(id=UUID(subject.removeprefix(stopping.STOP)))
    return stopping.still_allowed(row)


def hear_stopped(*, by: Actor, received: exchange.Received) -> None:
    """What the other side did with the plan it had. Raises `NotTheirs`, also where nobody waits for
    that."""
    stopping.hear_effect(handing_over.plan_of(received, "out", by=by), received, by=by)
