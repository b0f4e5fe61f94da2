"""What signatures settle in the protocol: step 5.2 and its joint answer; and what stays closed
without two yes that are valid."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.protocol import api as protocol
from ayni.returns import rules
from ayni.returns.errors import JointlyOnly, NotBothYes
from ayni.returns.models import Assessment
from ayni.returns.partners import partners
from ayni.returns.rules import Standing

log = logging.getLogger("ayni.returns")
_FIELD = "joint_answer"


def settle(row: Assessment, *, by: Actor) -> None:
    """Record in the case what the two signatures say, once there are two or a no. Where the
    protocol does not take it (a gate is closed, an earlier step open) the signatures stand all the
    same, and an officer records the step later. In a case whose time is over nothing is."""
    case, found = cases.case_of(row), row.standing(clock.now())
    if case is None or found not in (Standing.BOTH_YES, Standing.NO):
        return
    step = protocol.definition_for(case.id).steps.get(rules.STEP)
    own = protocol.Side(case.side)
    if step is None or own not in step.sides:
        return
    answers = {_FIELD: found.value}
    try:
        entry = cases.agenda_of(case, clock.now()).steps.get(step.id)
        if entry is not None and entry.settled_at is not None:
            known = cases.protocol_facts(case).get(_FIELD)
            if known != found.value:
                form = uuid5(row.id, f"amend/{found.value}")
                cases.amend_step(
                    by=by, case_id=case.id, step=step.id, answers=answers, form_id=form,
                    written_by=_author(row),
                )  # fmt: skip
            return
        for side in (own, *(each for each in step.sides if each is not own)):
            cases.record_step(
                by=by,
                case_id=case.id,
                step=step.id,
                kind="done",
                side=side.value,
                answers=answers,
                form_id=uuid5(row.id, f"{side.value}/{found.value}"),
                written_by=_author(row),
            )
    except Refused as refusal:
        told = {"case": str(case.id), "step": step.id, "code": refusal.code}
        log.info("step not settled by signatures", extra={"ids": told})


def _author(row: Assessment) -> str:
    """The officer of ours who signed, or who proposed; nobody where a job said no for us because
    another node named this state (`assessing.take_back_from`)."""
    signed = row.ours_by or row.written_by
    try:
        return str(UUID(signed))
    except ValueError:
        return ""


def _latest(case: cases.Case) -> Assessment | None:
    return Assessment.objects.filter(case=case).exclude(sent_at=None).first()


def check_joint_answer(*, case: cases.Case, answers: Mapping[str, Any], by: Actor) -> None:
    """Two yes are never written down by one officer, where both institutions can sign. Raises
    `JointlyOnly`. Where nobody there can be reached (a letter) what is on paper is written down."""
    if answers.get(_FIELD) != Standing.BOTH_YES:
        return
    latest = _latest(case)
    if latest is not None and latest.standing(clock.now()) is Standing.BOTH_YES:
        return
    if latest is not None or partners(case):
        raise JointlyOnly


def check_two_yes(*, case: cases.Case, answers: Mapping[str, Any], by: Actor) -> None:
    """Nobody leaves on an assessment that is over, or to which one said no, whatever was recorded
    since. A third country says neither, and is asked nothing. Raises `NotBothYes`."""
    if cases.protocol_facts(case).get("option_chosen") == "third_country":
        return
    latest = _latest(case)
    if latest is not None and latest.standing(clock.now()) is not Standing.BOTH_YES:
        raise NotBothYes
