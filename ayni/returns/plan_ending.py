"""A plan whose consent is over is stopped and emptied on both sides, as after a withdrawal; but not
while somebody is on the way: then it is needed until she has arrived."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.returns import leaving, planning, plans, saying
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
    for ident, consent in rows.values_list("id", "consent_id"):
        assert consent is not None
        ended = _ended(consent, now)
        if ended is not None:
            count += _stop(ident, _WHY[ended.cause], now, by=by)
    return count


def _ended(consent_id: UUID, now: datetime) -> cooperation.Ended | None:
    consent = cases.Consent.objects.select_related("case").filter(id=consent_id).first()
    if consent is None:  # her case is blocked: the plan is emptied when its own time is over
        return None
    return cooperation.consent_ended(consent, now)


def _waits(row: TravelPlan, why: WhyStopped, now: datetime) -> bool:
    """Her own word counts at once; that a time is over waits until she has arrived."""
    on_the_way = why is WhyStopped.EXPIRED and row.standing(now) in plans.ON_THE_WAY
    return row.stopped_at is not None or on_the_way


def _stop(ident: UUID, why: WhyStopped, now: datetime, *, by: Actor) -> int:
    if _waits(TravelPlan.objects.get(id=ident), why, now):
        return 0
    try:
        with audit.act(by=by, verb="returns.stop_expired", subject=ident, reason=why) as act:
            saying.alone(TravelPlan.objects.filter(id=ident))
            row = TravelPlan.objects.select_for_update().get(id=ident)
            if _waits(row, why, now):  # somebody was faster
                return 0
            planning.stop_one(row, why, by=by, tell=not leaving.fears(row))
            act.note(case=row.case_id)
    except (exchange.NoNode, exchange.KeysExpired) as wrong:
        log.warning("stop not told", extra={"ids": {"plan": str(ident), "why": wrong.code}})
        return 0
    return 1
