"""A joint assessment whose consent has ended, withdrawn or over, is stopped and emptied on both
sides; the other one confirms what it destroyed, and the time until then is measured.

Signatures and their times stay, and a no stays a no: they say nothing of her risk. Two yes under
it are none any more. That the time of a consent is over waits while somebody is on the way, as with
a travel plan; her own word counts at once.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import assessing, plans, stopping
from ayni.returns.errors import NotTheirs
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.rules import Answer, WhyStopped

_Ending = cooperation.vocabulary.Ending
_WHY = {_Ending.WITHDRAWN: WhyStopped.WITHDRAWN, _Ending.EXPIRED: WhyStopped.EXPIRED}
_PROPOSE = "assessment.propose"
_QUEUED, _CANCELLED = "queued", "cancelled"  # states of a message of ours


def stop_withdrawn(*, by: Actor, consent: cases.Consent) -> int:
    """She withdrew the consent under which assessments left: each is stopped and emptied, and the
    other side told; how many. A draft finds no consent any more when it is to leave."""
    rows = stopping.withdrawn_rows(_SORT, consent)
    for row in rows:
        with audit.act(by=by, verb="returns.stop_assessment", subject=row.id, case=row.case_id):
            _stop(row, cooperation.Ended(clock.now(), _Ending.WITHDRAWN), by=by)
    return len(rows)


def stop_expired(*, by: Actor, now: datetime) -> int:
    """Stop every assessment of the actor's institution that left under a consent which nothing
    renewed in time, and tell whoever could not be told before; how many. By a job."""
    return stopping.stop_all_over(_SORT, by=by, now=now)


def _waits(row: Assessment, ended: cooperation.Ended, now: datetime) -> bool:
    if row.stopped_at is not None or ended.cause is not _Ending.EXPIRED:
        return row.stopped_at is not None
    on_the_way = TravelPlan.objects.filter(assessment=row, stopped_at__isnull=True)
    return any(plan.standing(now) in plans.ON_THE_WAY for plan in on_the_way)


def _stop(row: Assessment, ended: cooperation.Ended, *, by: Actor) -> None:
    """Stop and empty one, inside the verb that decided, and tell the other side what it has."""
    never_left = _called_back(row, _WHY[ended.cause].value, by=by)
    row.stopped_at, row.why_stopped = clock.now(), _WHY[ended.cause].value
    row.content = None
    row.save()
    if not never_left:
        stopping.tell(row, ended, by=by)


_SORT = stopping.Sort(Assessment, "returns.stop_assessment", _waits, _stop)


def _called_back(row: Assessment, reason: str, *, by: Actor) -> bool:
    """Whether the proposal had not left yet, and does not leave any more."""
    if _state(row) == _QUEUED:
        exchange.cancel(by=by, subject=str(row.id), peers=None, reason=reason)
    return _state(row) == _CANCELLED


def _state(row: Assessment) -> str:
    """How it went with our proposal; empty inside one node."""
    queued = exchange.deliveries(str(row.id))
    return next((each.state for each in queued if each.kind == _PROPOSE), "")


# -- what arrives


def _assessment(received: exchange.Received, direction: str, *, by: Actor) -> Assessment:
    """The assessment that a word is about. Raises `NotTheirs`."""
    row = assessing.assessment_of(received, by=by)
    if row is None or row.direction != direction or row.digest != received.payload["over"]:
        raise NotTheirs("assessment")
    return row


def hear_stop(*, by: Actor, received: exchange.Received) -> None:
    """The consent under which the other side proposed it has ended: what both looked at is
    destroyed here at once. If nothing was signed here, that is all there was; else the signatures,
    and what they settled in the case, stay on record. Raises `NotTheirs`."""
    row = _assessment(received, "in", by=by)
    if row.stopped_at is not None:
        return
    with audit.act(by=by, verb="returns.hear_assessment_stop", subject=row.id, case=row.case_id):
        row.stopped_at, row.why_stopped = clock.now(), WhyStopped.BY_SENDER.value
        row.content = None
        row.save()
        stays = bool(row.ours) or row.theirs == Answer.NO
        stopping.hear_end(row, received, stays=stays, by=by)


def tell_effect(*, by: Actor, about: UUID, effect: str, reason: str, at: datetime) -> None:
    """Tell the other side what became of its proposal, inside the verb that decided. Raises
    `NoNode`."""
    row = Assessment.objects.get(id=about)
    stopping.tell_effect(row, by=by, effect=effect, reason=reason, at=at)


def still_allowed_stopped(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver that word; a reason cancels it."""
    row = Assessment.objects.get(id=UUID(subject.removeprefix(stopping.STOP)))
    return stopping.still_allowed(row)


def hear_stopped(*, by: Actor, received: exchange.Received) -> None:
    """What the other side did with what it had. Raises `NotTheirs`, also for one that was not
    stopped here."""
    stopping.hear_effect(_assessment(received, "out", by=by), received, by=by)
