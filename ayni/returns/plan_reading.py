"""Reading travel plans: those under an assessment, those that wait, and one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.returns import assessing, planning, plans, read_there, rules
from ayni.returns.models import TravelPlan
from ayni.returns.plans import Arrival, Reply, Standing
from ayni.vault import api as vault

READ = members.Permission.REFERRAL_ANSWER
_OVER = frozenset({Standing.REPLACED, Standing.STOPPED})


@dataclass(frozen=True, slots=True)
class OpenedPlan:
    """One plan. `travel`: what it says, names of `plan_kinds`, empty once it was emptied; `note`:
    of whoever received her; `effect`: what the receiver of ours did once her consent had ended;
    `read_there`: which roles there have read it; the rest: what can be done now."""

    row: TravelPlan
    standing: Standing
    travel: dict[str, Any]
    note: str
    effect: cooperation.ConsentEffect | None
    read_there: str
    may_agree: bool
    may_answer: bool
    may_change: bool
    may_board: bool
    may_stop: bool
    may_tell_arrival: bool
    may_tell_missing: bool


def open_plan(*, by: Actor, plan_id: UUID) -> OpenedPlan:
    """One travel plan; the opening is recorded first. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, READ)
    row = planning.fetch(plan_id, by=by)
    audit.read(by=by, verb="returns.open_plan", subject=plan_id)
    cases.open_form(by=by, case_id=row.case_id, form="travel_plan")
    now = clock.now()
    found, ours = row.standing(now), row.direction == "out"
    changeable = found in plans.CHANGEABLE
    expected = _can(row, Arrival.ARRIVED)
    travel = planning.travel_of(row)
    if travel:
        read_there.tell(row, by=by)
    waits = found in (Standing.ACCEPTED, Standing.UNCONFIRMED) and row.boarded_at is None
    return OpenedPlan(
        row=row,
        standing=found,
        travel=travel,
        note=_note(row),
        effect=cooperation.effect_of(by=by, about=row.id),
        read_there=read_there.in_words(row, by=by),
        may_agree=found is Standing.DRAFT and row.written_by != by.id,
        may_answer=not ours and changeable and now < row.departs_at,
        may_change=ours and changeable,
        may_board=ours and waits,
        may_stop=ours and (found is Standing.DRAFT or changeable or waits),
        may_tell_arrival=not ours and expected,
        may_tell_missing=not ours and _can(row, Arrival.MISSING) and row.arrives_at <= now,
    )


def _can(row: TravelPlan, arrival: Arrival) -> bool:
    condition = plans.CONDITIONS[0] if arrival is Arrival.ARRIVED else ""
    try:
        plans.check_arrival(row.known(), arrival, condition)
    except Refused:
        return False
    return True


def _note(row: TravelPlan) -> str:
    try:
        told = row.unseal(vault.sealer(row.subject), ["told"])["told"]
    except vault.Erased:
        return ""
    return str(told.get("note", "")) if isinstance(told, dict) else ""


def plans_of_assessment(*, by: Actor, assessment_id: UUID) -> tuple[list[TravelPlan], bool]:
    """The versions of the plan under one joint assessment, the newest first, and whether one can be
    written now. Nothing is opened. Raises `NotFound`, `NotAllowed`."""
    members.check_may(by, READ)
    seen, now = assessing.fetch(assessment_id, by=by), clock.now()
    rows = list(TravelPlan.objects.filter(assessment=seen).order_by("-number"))
    may = (
        seen.case.side == planning.SENDING_SIDE
        and seen.standing(now) is rules.Standing.BOTH_YES
        and {row.standing(now) for row in rows} <= plans.CHANGEABLE | _OVER
    )
    return rows, may


def plans_waiting(*, by: Actor) -> list[TravelPlan]:
    """Plans that are not over: first of all of whoever did not arrive, or of whom nobody has said
    so, then the one that leaves first. Nothing is opened."""
    members.check_may(by, READ)
    rows = TravelPlan.objects.filter(institution_id=by.institution, replaced_at__isnull=True)
    now = clock.now()
    found = cases.only_open(rows.select_related("case"), by=by, untaken=False)
    standing = {row: row.standing(now) for row in found.order_by("departs_at", "id")}
    over = _OVER | {Standing.ARRIVED}
    waiting = [row for row, how in standing.items() if how not in over]
    return sorted(waiting, key=lambda row: standing[row] not in plans.ALARMS)


def plans_alarming(*, by: Actor) -> list[tuple[TravelPlan, Standing]]:
    """Journeys that somebody should look at now: she did not arrive, or was to have arrived and
    nobody has said so; who is missing first. Nothing is opened. Raises `NotAllowed`."""
    members.check_may(by, READ)
    now = clock.now()
    rows = TravelPlan.objects.filter(institution_id=by.institution, sent_at__isnull=False).filter(
        Q(arrival=Arrival.MISSING) | Q(arrival="", reply=Reply.ACCEPT, arrives_at__lte=now)
    )
    found = cases.only_open(rows.select_related("case"), by=by, untaken=False)
    how = [(row, row.standing(now)) for row in found.order_by("arrives_at", "id")]
    alarms = [pair for pair in how if pair[1] in plans.ALARMS]
    return sorted(alarms, key=lambda pair: pair[1] is not Standing.MISSING)
