"""What a travel plan settles in the protocol, on both sides: 6.1, 6.2 and 6.2.a when it is
accepted, 6.2.b when she has boarded, 6.3 when she has arrived. That she did not arrive is a change
of the situation: the risk must be assessed anew, and the clock of that step runs on both sides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid5

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.protocol import api as protocol
from ayni.returns import planning, plans, settling
from ayni.returns.errors import PlanNotAccepted
from ayni.returns.models import TravelPlan
from ayni.returns.plans import Arrival, Reply, Standing

log = logging.getLogger("ayni.returns")
_CHANGED = "situation_changed"  # a reason of the protocol's list


def settle_answer(row: TravelPlan, *, by: Actor) -> None:
    """An accepted plan: agreed, told to whoever receives her, who expects her. A change that is
    asked for after that: not expected any more."""
    if cases.is_hidden(row):
        return
    travel = planning.travel_of(row)
    if row.reply != Reply.ACCEPT:
        known = cases.protocol_facts(row.case).get("reception_acknowledged")
        if known:
            _record(row, "6.2.a", {"reception_acknowledged": False}, f"answer/{_when(row)}", by=by)
        return
    mark = f"accepted/{_when(row)}"
    agreed = {
        "return_voluntary": True,
        "escort_arranged": not row.alone,
        "travels_at": clock.isoformat(row.departs_at),
        "route": f"{travel.get('from_place', '')} - {travel.get('to_place', '')}",
    }
    _record(row, "6.1", agreed, mark, by=by)
    office = f"{travel.get('met_by', '')}, {travel.get('met_office', '')}"
    _record(row, "6.2", {"hand_over": office}, mark, by=by)
    _record(row, "6.2.a", {"reception_acknowledged": True}, mark, by=by)


def is_recorded(row: TravelPlan) -> bool:
    """Whether the case here has recorded what a version of this plan said: route, times and office
    stand in its steps once one was accepted."""
    versions = TravelPlan.objects.filter(
        institution_id=row.institution_id, conversation=row.conversation
    )
    if versions.filter(reply=Reply.ACCEPT).exists():
        return True
    if cases.is_hidden(row):  # what was answered before the last answer is not known any more
        return versions.exclude(reply="").exists()
    return cases.protocol_facts(row.case).get("reception_acknowledged") is not None


def _when(row: TravelPlan) -> str:
    return "" if row.replied_at is None else clock.isoformat(row.replied_at)


def settle_boarded(row: TravelPlan, *, by: Actor) -> None:
    """She has left."""
    if row.boarded_at is not None:
        told = {"boarded_at": clock.isoformat(row.boarded_at)}
        _record(row, "6.2.b", told, "boarded", by=by)


def settle_arrival(row: TravelPlan, *, by: Actor) -> None:
    """She has arrived, or has not."""
    if row.arrival_at is None:
        return
    if row.arrival == Arrival.ARRIVED:
        told = {"arrived_at": clock.isoformat(row.arrival_at), "sender_told": True}
        _record(row, "6.3", told, "arrived", by=by)
        return
    told = {"reason": _CHANGED, "note": Arrival.MISSING.value}
    _quietly(row, cases.record_change, "", by=by, form_id=uuid5(row.id, "missing"), **told)


def _record(
    row: TravelPlan, step: str, answers: Mapping[str, Any], mark: str, *, by: Actor
) -> None:
    """Record one step for the side whose it is, or write down more about it once it was."""
    if cases.is_hidden(row):
        return
    known = protocol.definition_for(row.case_id).steps.get(step)
    if known is None:
        return
    entry = cases.agenda_of(row.case, clock.now()).steps.get(step)
    told: dict[str, Any] = {"by": by, "step": step, "answers": answers}
    if entry is not None and entry.settled_at is not None:
        form = uuid5(row.id, f"amend/{step}/{mark}")
        _quietly(row, cases.amend_step, step, form_id=form, **told)
        return
    for side in known.sides:
        form = uuid5(row.id, f"{side.value}/{step}/{mark}")
        _quietly(
            row, cases.record_step, step, kind="done", side=side.value, form_id=form, **told
        )  # fmt: skip


def _quietly(row: TravelPlan, verb: Callable[..., cases.Case], about: str, /, **told: Any) -> None:
    """Where the protocol does not take it (a gate is closed, an earlier step open) what both sides
    said stands all the same, and an officer records the step later."""
    try:
        verb(case_id=row.case_id, written_by=row.replied_by or row.written_by, **told)
    except Refused as refusal:
        ids = {"case": str(row.case_id), "step": about, "code": refusal.code}
        log.info("step not settled by a travel plan", extra={"ids": ids})


def check_boarding(*, case: cases.Case, answers: Mapping[str, Any], by: Actor) -> None:
    """Nobody boards on an assessment that is over or on a plan that nobody has accepted; where no
    plan was written (a letter, a third country) the protocol's own gates decide. Raises
    `NotBothYes`, `PlanNotAccepted`."""
    settling.check_two_yes(case=case, answers=answers, by=by)
    latest = TravelPlan.objects.filter(case=case).exclude(sent_at=None).first()
    ready = (Standing.ACCEPTED, Standing.BOARDED, Standing.UNCONFIRMED, *plans.ALARMS)
    if latest is None or latest.standing(clock.now()) in (*ready, Standing.ARRIVED):
        return
    raise PlanNotAccepted
