"""A joint assessment whose consent has ended, withdrawn or over, is stopped and emptied on both
sides; the other one confirms what it destroyed, and the time until then is measured.

Signatures and their times stay, and a no stays a no: they say nothing of her risk. Two yes under
it are none any more. That the time of a consent is over waits while somebody is on the way, as with
a travel plan; her own word counts at once.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import assessing, leaving, plans, saying
from ayni.returns.errors import NotTheirs
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.rules import Answer, WhyStopped

log = logging.getLogger("ayni.returns")
_Ending = cooperation.vocabulary.Ending
_WHY = {_Ending.WITHDRAWN: WhyStopped.WITHDRAWN, _Ending.EXPIRED: WhyStopped.EXPIRED}
_PROPOSE = "assessment.propose"
_QUEUED, _CANCELLED = "queued", "cancelled"  # states of a message of ours


def stop_withdrawn(*, by: Actor, consent: cases.Consent) -> int:
    """She withdrew the consent under which assessments left: each is stopped and emptied, and the
    other side told; how many. A draft finds no consent any more when it is to leave."""
    found = Assessment.objects.filter(
        institution_id=consent.case.institution_id,
        consent_id=consent.id,
        direction="out",
        stopped_at__isnull=True,
    )
    saying.alone(found)
    rows = list(found.select_for_update())
    for row in rows:
        with audit.act(by=by, verb="returns.stop_assessment", subject=row.id, case=row.case_id):
            _stop(row, cooperation.Ended(clock.now(), _Ending.WITHDRAWN), by=by)
    return len(rows)


def stop_expired(*, by: Actor, now: datetime) -> int:
    """Stop every assessment of the actor's institution that left under a consent which nothing
    renewed in time, and tell whoever could not be told before; how many. By a job. Each in a
    transaction of its own."""
    over = cases.Consent.objects.filter(
        Q(withdrawn_at__isnull=False) | Q(valid_until__lte=now), institution_id=by.institution
    )
    rows = Assessment.objects.filter(
        institution_id=by.institution, direction="out", consent_id__in=over.values("id")
    )
    count = 0
    for ident in rows.filter(untold=True).values_list("id", flat=True):
        ended = _ended(Assessment.objects.get(id=ident), now)
        if ended is None:
            continue
        with audit.act(by=by, verb="returns.tell_stop", subject=ident) as act:
            row = _alone(ident)
            _tell(row, ended, by=by)
            act.note(case=row.case_id, told=not row.untold)
    for ident in rows.filter(stopped_at__isnull=True).values_list("id", flat=True):
        count += _stop_expired(ident, now, by=by)
    return count


def _alone(ident: UUID) -> Assessment:
    found = Assessment.objects.filter(id=ident)
    saying.alone(found)
    return found.select_for_update().get()


def _ended(row: Assessment, now: datetime) -> cooperation.Ended | None:
    assert row.consent_id is not None
    return cooperation.ended_of(
        consent_id=row.consent_id, case_id=row.case_id, institution=row.institution_id, now=now
    )


def _waits(row: Assessment, now: datetime) -> bool:
    on_the_way = TravelPlan.objects.filter(assessment=row, stopped_at__isnull=True)
    return any(plan.standing(now) in plans.ON_THE_WAY for plan in on_the_way)


def _stop_expired(ident: UUID, now: datetime, *, by: Actor) -> int:
    seen = Assessment.objects.get(id=ident)
    ended = _ended(seen, now)
    if ended is None or ended.cause is _Ending.EXPIRED and _waits(seen, now):
        return 0
    with audit.act(by=by, verb="returns.stop_assessment", subject=ident) as act:
        row = _alone(ident)
        if row.stopped_at is not None:  # somebody was faster
            return 0
        _stop(row, ended, by=by)
        act.note(case=row.case_id)
    return 1


def _stop(row: Assessment, ended: cooperation.Ended, *, by: Actor) -> None:
    """Stop and empty one, inside the verb that decided, and tell the other side what it has."""
    never_left = _called_back(row, _WHY[ended.cause].value, by=by)
    row.stopped_at, row.why_stopped = clock.now(), _WHY[ended.cause].value
    row.content = None
    row.save()
    if not never_left:
        _tell(row, ended, by=by)


def _called_back(row: Assessment, reason: str, *, by: Actor) -> bool:
    """Whether the proposal had not left yet, and does not leave any more."""
    if _state(row) == _QUEUED:
        exchange.cancel(by=by, subject=str(row.id), peers=None, reason=reason)
    return _state(row) == _CANCELLED


def _state(row: Assessment) -> str:
    """How it went with our proposal; empty inside one node."""
    queued = exchange.deliveries(str(row.id))
    return next((each.state for each in queued if each.kind == _PROPOSE), "")


def _tell(row: Assessment, ended: cooperation.Ended, *, by: Actor) -> None:
    """Tell the other side, who answers by a time that both know; a state that she fears is told
    nothing. Whoever cannot be reached now keeps no consent from ending, and is told by the job."""
    assert row.consent_id is not None
    row.untold = False
    row.save(update_fields=["untold"])
    if leaving.fears(row):
        return
    effect = cooperation.await_effect(
        by=by,
        what=cooperation.vocabulary.What.ASSESSMENT,
        about=row.id,
        institution=row.institution_id,
        case_id=row.case_id,
        consent_id=row.consent_id,
        counterpart=(row.counterpart_state, row.counterpart_institution),
        ended=ended,
    )
    told = {"at": clock.isoformat(ended.at), "over": row.digest}
    subject = f"{assessing.STOP}{row.id}"
    try:
        saying.say(row, "assessment.stop", told, by=by, subject=subject, due_at=effect.due_at)
    except exchange.NoNode as wrong:
        row.untold = True
        row.save(update_fields=["untold"])
        log.warning("stop not told", extra={"ids": {"about": str(row.id), "why": wrong.code}})


# -- what arrives


def _assessment(received: exchange.Received, direction: str, *, by: Actor) -> Assessment:
    """The assessment that a word is about. Raises `NotTheirs`."""
    row = assessing.assessment_of(received, by=by)
    if row is None or row.direction != direction or row.digest != received.payload["over"]:
        raise NotTheirs("assessment")
    return row


def hear_stop(*, by: Actor, received: exchange.Received) -> None:
    """The consent under which the other side proposed it has ended: what both looked at is
    destroyed here at once. If nothing was signed here, that is all there was, and it is told; else
    the signatures, and what they settled in the case, stay on record, and an officer says why.
    Nothing is told to a state that she fears. Raises `NotTheirs`."""
    row = _assessment(received, "in", by=by)
    if row.stopped_at is not None:
        return
    with audit.act(by=by, verb="returns.hear_assessment_stop", subject=row.id, case=row.case_id):
        row.stopped_at, row.why_stopped = clock.now(), WhyStopped.BY_SENDER.value
        row.content = None
        row.save()
        effect = cooperation.hear_end_of(
            by=by,
            what=cooperation.vocabulary.What.ASSESSMENT,
            about=row.id,
            case_id=row.case_id,
            subject=row.subject,
            counterpart=(row.counterpart_state, row.counterpart_institution),
            ended_at=clock.parse(received.payload["at"]),
            due_at=received.due,
            stays=bool(row.ours) or row.theirs == Answer.NO,
            silent=not cooperation.may_hear(row),
        )
        if effect.effect:
            cooperation.tell_effect_of(effect, by=by)


def tell_effect(*, by: Actor, about: UUID, effect: str, reason: str, at: datetime) -> None:
    """Tell the other side what became of its proposal, inside the verb that decided. Raises
    `NoNode`."""
    row = Assessment.objects.get(id=about)
    told = {
        "at": clock.isoformat(at),
        "over": row.digest,
        "effect": effect,
        "reason": reason,
    }
    saying.say(row, "assessment.stopped", told, by=by, subject=f"{assessing.STOP}{row.id}")


def still_allowed_stopped(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before every attempt to deliver that word; a reason cancels it."""
    row = Assessment.objects.get(id=UUID(subject.removeprefix(assessing.STOP)))
    return None if cooperation.may_hear(row) else "feared_state"


def hear_stopped(*, by: Actor, received: exchange.Received) -> None:
    """What the other side did with what it had. Raises `NotTheirs`, also for one that was not
    stopped here."""
    row, told = _assessment(received, "out", by=by), received.payload
    with audit.act(by=by, verb="returns.hear_stopped", subject=row.id, effect=told["effect"]):
        cooperation.hear_effect_of(
            by=by,
            about=row.id,
            effect=told["effect"],
            reason=told["reason"],
            at=clock.parse(told["at"]),
        )
