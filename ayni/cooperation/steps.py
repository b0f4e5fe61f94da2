"""What a request settles in the protocol: the step it was sent for, and the step that answers it.

Once the other side has taken it on, the asking side has done its step (2.3); once it is answered,
the answering side has done its own (2.3.a). Both nodes record both, each in its own case.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation.models import Pause, Request
from ayni.cooperation.states import Move
from ayni.cooperation.vocabulary import Outcome
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused
from ayni.protocol import api as protocol
from ayni.vault import api as vault

log = logging.getLogger("ayni.cooperation")
_Sides = tuple[protocol.Side, protocol.Side]

ANSWERS = "answers"  # of our own step, beside what was sent; never sent
WILL = "safety_and_will_recorded"  # the answer that opens the gate of step 2.3
# Answers by which the other side did what it owes; a refusal leaves its step open.
DID_IT = frozenset({Outcome.ASSISTED, Outcome.ASSISTED_IN_PART, Outcome.ANSWERED})


def asks_another_side(case: cases.Case, step: str) -> bool:
    """Whether this side owes the step and another side of the case owes its answer."""
    definition, own = protocol.definition_for(case.id), protocol.Side(case.side)
    asked = definition.steps.get(step)
    if asked is None or own not in asked.sides:
        return False
    return any(
        each.answers and step in each.after and own not in each.sides
        for each in definition.steps.values()
    )


def settle(row: Request, move: Move, *, by: Actor, outcome: str = "") -> None:
    """Record the steps that this move settles; a second call changes nothing.

    A step whose gate is closed stays open, with the protocol's sentence on the case page: what
    the other side did is true all the same.
    """
    case = cases.case_of(row)
    if case is None:
        return
    definition = protocol.definition_for(case.id)
    asked = definition.steps.get(row.step)
    if asked is None:
        return
    ours = row.direction == "out"
    if move is Move.ACCEPT:
        _record(row, asked, by=by, ours=ours)
    elif move is Move.OUTCOME and outcome in DID_IT:
        for step in definition.steps.values():
            if step.answers and row.step in step.after:
                _record(row, step, by=by, ours=not ours)


def _record(row: Request, step: protocol.Step, *, by: Actor, ours: bool) -> None:
    case = row.case
    assert case is not None
    own = protocol.Side(case.side)
    others = [side for side in step.sides if side is not own]
    side = own if ours else next(iter(others), own)
    if side not in step.sides:
        return  # not this side's to do, whoever asked
    entry = cases.agenda_of(case, clock.now()).steps.get(step.id)
    if entry is None or entry.settled:
        return
    try:
        cases.record_step(
            by=by,
            case_id=case.id,
            step=step.id,
            kind="done",
            side=side.value,
            answers=_told(row) if side is own and step.id == row.step else None,
            form_id=_event(row, step.id),
            written_by=row.written_by,
        )
    except Refused as refusal:
        told = {"case": str(case.id), "step": step.id, "code": refusal.code}
        log.info("step not settled by a request", extra={"ids": told})


def pause(row: Request, agreed: Pause, *, by: Actor) -> None:
    """Both sides agreed on a pause: the time of the steps that this request is about stands still
    too, in the case of each side. A second call changes nothing."""
    for step, sides in _about(row):
        _pause_step(row, step, agreed, sides, by=by)


def end_pause(row: Request, ended: Pause, until: datetime, *, by: Actor) -> None:
    """One side ended a pause that would have lasted until then: the time of the same steps runs
    again. What was recorded of the longer pause is taken back, so that another one stays as it is.
    """
    for step, sides in _about(row):
        _take_back(row, step, ended, until, sides, by=by)
        if ended.since != ended.ended_at:
            _pause_step(row, step, ended, sides, by=by)


def _about(row: Request) -> list[tuple[protocol.Step, _Sides]]:
    """The steps that a request is about, each with the two sides that agree on a pause of it."""
    case = cases.case_of(row)
    if case is None:
        return []
    definition, own = protocol.definition_for(case.id), protocol.Side(case.side)
    asked = definition.steps.get(row.step)
    if asked is None:
        return []
    about = [asked, *(s for s in definition.steps.values() if s.answers and row.step in s.after)]
    others = [side for step in about for side in step.sides if side is not own]
    # Inside one side of the case there is nobody to agree with.
    return [(step, (own, others[0])) for step in about if others]


def _pause_event(pause: Pause, case_id: UUID, step: str, side: str, until: datetime) -> UUID:
    """The id of what is recorded of a pause until then: the same each time."""
    early = "" if until == pause.until else f"/{clock.isoformat(until)}"
    return uuid5(case_id, f"{pause.shared_id}/{step}/{side}{early}")


def _take_back(
    row: Request, step: protocol.Step, ended: Pause, until: datetime, sides: _Sides, *, by: Actor
) -> None:
    case = row.case
    assert case is not None
    for side in sides:
        event = _pause_event(ended, case.id, step.id, side.value, until)
        try:
            protocol.record_event(
                by=by, subject=case.id, kind="corrected", reason=ended.reason, corrects=event,
                event_id=uuid5(event, "ended"), facts=cases.protocol_facts(case),
            )  # fmt: skip
        except NotFound:
            continue  # it was settled before the pause, and not paused
        except Refused as refusal:
            told = {"case": str(case.id), "step": step.id, "code": refusal.code}
            log.info("pause of a step not taken back", extra={"ids": told})


def _pause_step(
    row: Request,
    step: protocol.Step,
    agreed: Pause,
    sides: _Sides,
    *,
    by: Actor,
) -> None:
    case = row.case
    assert case is not None
    entry = cases.agenda_of(case, clock.now()).steps.get(step.id)
    if entry is None or entry.settled:
        return
    until = agreed.ended_at or agreed.until
    try:
        for side in sides:
            protocol.record_event(
                by=by,
                subject=case.id,
                kind="paused",
                step=step.id,
                side=side.value,
                reason=agreed.reason,
                at=agreed.since,
                due_at=until,
                event_id=_pause_event(agreed, case.id, step.id, side.value, until),
                facts=cases.protocol_facts(case),
            )
    except Refused as refusal:
        told = {"case": str(case.id), "step": step.id, "code": refusal.code}
        log.info("step not paused with its request", extra={"ids": told})


def will_stands(case: cases.Case) -> bool:
    """Whether the case says that her safety and will are recorded, wherever they were written."""
    return cases.protocol_facts(case).get(WILL) is True


def _told(row: Request) -> dict[str, Any]:
    """What was written down of our own step when the request was sent."""
    content = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    told = content.get(ANSWERS) if isinstance(content, dict) else None
    return told if row.direction == "out" and isinstance(told, dict) else {}


def _event(row: Request, step: str) -> UUID:
    """The same request settles a step of a case once."""
    assert row.case_id is not None
    return uuid5(row.case_id, f"{row.conversation}/{step}")
