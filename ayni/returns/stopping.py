"""The consent under which a row of a return left has ended, withdrawn or over: what is the same of
a joint assessment and of a travel plan.

The other side is told once by when it says what became of it; a state that she fears is told
nothing. Whoever cannot be told now keeps no consent from ending and holds up nobody else: the job
tells it later. What comes back is measured from the end of the consent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import leaving, saying
from ayni.returns.errors import NotTakenThere
from ayni.returns.models import Assessment, TravelPlan

log = logging.getLogger("ayni.returns")
STOP = "stop:"  # before an id: what tells that it is stopped is never stopped itself
Row = Assessment | TravelPlan
# Nobody there can take that word now; it may be taken later.
UNTELLABLE = (
    exchange.NoNode,
    exchange.KeysExpired,
    exchange.NotTrusted,
    cooperation.NotSendable,
    NotTakenThere,
)


@dataclass(frozen=True, slots=True)
class Sort:
    """In what the two differ. `waits`: whether the end has no effect yet, or has had it; `stop`:
    stop one, inside the verb of the caller."""

    model: type[Assessment] | type[TravelPlan]
    verb: str
    waits: Callable[[Any, cooperation.Ended, datetime], bool]
    stop: Callable[..., object]


_What = cooperation.vocabulary.What
_SAYS = {
    Assessment: (_What.ASSESSMENT, "assessment.stop", "assessment.stopped"),
    TravelPlan: (_What.TRAVEL_PLAN, "travel.stop", "travel.stopped"),
}


def _rows(sort: Sort, **which: Any) -> QuerySet[Any]:
    return sort.model._default_manager.filter(**which)


def alone(sort: Sort, ident: UUID) -> Any:
    """One row, locked, the other side's within one node kept off before."""
    found = _rows(sort, id=ident)
    saying.alone(found)
    return found.select_for_update().get()


def withdrawn_rows(sort: Sort, consent: cases.Consent) -> list[Any]:
    """What left under a consent that is being withdrawn, the newest first, locked."""
    found = _rows(
        sort,
        institution_id=consent.case.institution_id,
        consent_id=consent.id,
        direction="out",
        stopped_at__isnull=True,
    )
    saying.alone(found)
    return list(found.select_for_update())


# -- the job


def stop_all_over(sort: Sort, *, by: Actor, now: datetime) -> int:
    """Stop every row of the actor's institution that left under a consent which nothing renewed in
    time, and tell whoever could not be told before; how many. Each in a transaction of its own."""
    _tell_untold(sort, now, by=by)
    out = _rows(
        sort, institution_id=by.institution, direction="out", stopped_at__isnull=True
    ).exclude(consent_id=None)
    count = 0
    over = cases.ended_consents(
        institution=UUID(by.institution), under=[out.values("consent_id")], now=now
    )
    for consent_id, case_id in over:
        ended = _ended(consent_id, case_id, now, by=by)
        if ended is not None:
            for ident in out.filter(consent_id=consent_id).values_list("id", flat=True):
                count += _stop(sort, ident, ended, now, by=by)
    return count


def _ended(
    consent_id: UUID, case_id: UUID, now: datetime, *, by: Actor
) -> cooperation.Ended | None:
    return cooperation.ended_of(
        consent_id=consent_id, case_id=case_id, institution=UUID(by.institution), now=now
    )


def _stop(sort: Sort, ident: UUID, ended: cooperation.Ended, now: datetime, *, by: Actor) -> int:
    if sort.waits(_rows(sort).get(id=ident), ended, now):
        return 0
    try:
        with audit.act(by=by, verb=sort.verb, subject=ident, reason=ended.cause.value) as act:
            row = alone(sort, ident)
            if sort.waits(row, ended, now):  # somebody was faster
                return 0
            sort.stop(row, ended, by=by)
            act.note(case=row.case_id)
    except UNTELLABLE as wrong:
        log.warning("not stopped", extra={"ids": {"about": str(ident), "why": wrong.code}})
        return 0
    return 1


def _tell_untold(sort: Sort, now: datetime, *, by: Actor) -> None:
    rows = _rows(sort, institution_id=by.institution, direction="out", untold=True)
    for ident in rows.exclude(consent_id=None).values_list("id", flat=True):
        seen = _rows(sort).get(id=ident)
        ended = _ended_of_versions(sort, seen, now, by=by)
        if ended is None:
            continue
        with audit.act(by=by, verb="returns.tell_stop", subject=ident) as act:
            row = alone(sort, ident)
            if row.untold:  # nobody was faster
                tell(row, ended, by=by)
            act.note(case=row.case_id, told=not row.untold)


def _ended_of_versions(
    sort: Sort, seen: Any, now: datetime, *, by: Actor
) -> cooperation.Ended | None:
    """How the consent of a row ended, or that of a newer version which never left."""
    newer = _rows(sort, institution_id=by.institution, conversation=seen.conversation)
    known = newer.filter(direction="out").exclude(consent_id=None).order_by("created_at")
    for consent_id in known.values_list("consent_id", flat=True):
        ended = _ended(consent_id, seen.case_id, now, by=by)
        if ended is not None:
            return ended
    return None


def tell(row: Row, ended: cooperation.Ended | None, *, by: Actor, answered: bool = True) -> None:
    """Tell the other side that a row is stopped, inside the verb of the caller; a state that she
    fears is told nothing. Where its consent has `ended` and it may have the row (`answered`), it is
    waited for what it says, by a time that both know, and the job tells it if it cannot be told
    now. Raises what is in `UNTELLABLE` where nothing ended."""
    row.untold = False
    if not leaving.fears(row):
        what, kind, _stopped = _SAYS[type(row)]
        due_at = None
        if ended is not None and answered:
            due_at = _await(row, what, ended, by=by)
        at = clock.now() if ended is None else ended.at
        told = {"at": clock.isoformat(at), "over": row.digest}
        try:
            with transaction.atomic():
                saying.say(row, kind, told, by=by, subject=f"{STOP}{row.id}", due_at=due_at)
        except UNTELLABLE as wrong:
            if ended is None:
                raise
            row.untold = True
            log.warning("stop not told", extra={"ids": {"about": str(row.id), "why": wrong.code}})
    row.save(update_fields=["untold"])


def _await(
    row: Row, what: cooperation.vocabulary.What, ended: cooperation.Ended, *, by: Actor
) -> datetime | None:
    assert row.consent_id is not None
    return cooperation.await_effect(
        by=by,
        what=what,
        about=row.id,
        institution=row.institution_id,
        case_id=row.case_id,
        consent_id=row.consent_id,
        counterpart=(row.counterpart_state, row.counterpart_institution),
        ended=ended,
    ).due_at


# -- what arrives


def hear_end(row: Row, received: exchange.Received, *, stays: bool, by: Actor) -> None:
    """The consent under which the other side sent a row, stopped here in the verb of the caller,
    has ended: what is destroyed is told at once; of what `stays` an officer says why. Nothing is
    told to a state that she fears."""
    effect = cooperation.hear_end_of(
        by=by,
        what=_SAYS[type(row)][0],
        about=row.id,
        case_id=row.case_id,
        subject=row.subject,
        counterpart=(row.counterpart_state, row.counterpart_institution),
        ended_at=clock.parse(received.payload["at"]),
        due_at=received.due,
        stays=stays,
        silent=not cooperation.may_hear(row),
    )
    if effect.effect:
        cooperation.tell_effect_of(effect, by=by)


def tell_effect(row: Row, *, by: Actor, effect: str, reason: str, at: datetime) -> None:
    """Tell the other side what became of its row, inside the verb that decided. Raises what is in
    `UNTELLABLE`."""
    told = {"at": clock.isoformat(at), "over": row.digest, "effect": effect, "reason": reason}
    saying.say(row, _SAYS[type(row)][2], told, by=by, subject=f"{STOP}{row.id}")


def still_allowed(row: Row) -> str | None:
    """Asked before every attempt to deliver that word; a reason cancels it."""
    return None if cooperation.may_hear(row) else "feared_state"


def hear_effect(row: Row, received: exchange.Received, *, by: Actor) -> None:
    """What the other side did with the row it had. Raises `NotTheirs` where nobody waits for it."""
    told = received.payload
    with audit.act(by=by, verb="returns.hear_stopped", subject=row.id, effect=told["effect"]):
        cooperation.hear_effect_of(
            by=by,
            about=row.id,
            effect=told["effect"],
            reason=told["reason"],
            at=clock.parse(told["at"]),
        )
