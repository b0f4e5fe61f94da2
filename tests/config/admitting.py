"""Letting in and breaking the glass as test_every_verb.py calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from tests.cases.stories import a_case
from tests.cast import an_officer
from tests.config.world import World

Told = dict[str, Any]

OPENS_NOTHING = {
    "cases.check_open", "cases.emergencies_waiting", "cases.glass_broken", "cases.is_open",
    "cases.let_in_to", "cases.listed", "cases.only_open", "cases.reading_alarms_waiting",
}  # fmt: skip
NOTHING_OF_A_PERSON = {"members.reach_of"}


def _dora(w: World) -> Told:
    return {"by": members.actor_of(w.cast.dora)}


def _bruno(w: World) -> Told:
    return {"by": members.actor_of(an_officer("bruno", w.cast.programme))}


def _free(w: World, by: Actor) -> Told:
    row = a_case(by)
    cases.assign_case(by=by, case_id=row.id, version=row.version, to_user=None)
    return {"case_id": row.id}


def _her(w: World, by: Actor) -> Told:
    return {
        "by": Actor(ActorKind.PERSON, "a-code", str(by.institution)),
        "case_id": w.ids["case_id"],
    }


def _too_much(w: World, by: Actor) -> Told:
    for _ in range(6):
        cases.why_closed(case_id=a_case(by).id, **_bruno(w))
    return {"by": audit.job("tests", by.institution), "now": clock.now()}


CALLS: dict[str, Callable[[World, Actor], Told]] = {
    "cases.break_glass": lambda w, by: {
        **_bruno(w), "case_id": w.ids["case_id"], "reason": "Invented: nobody is there.",
    },
    "cases.emergencies": lambda w, by: _dora(w),
    "cases.emergencies_told": _her,
    "cases.emergency": lambda w, by: {**_dora(w), "access_id": w.ids["access_id"]},
    "cases.let_in": lambda w, by: {"case_id": w.ids["case_id"], "officer_id": w.cast.luis.id},
    "cases.let_out": lambda w, by: {
        "case_id": w.ids["case_id"], "officer_id": w.ids["officer_id"],
    },
    "cases.notice_readings": _too_much,
    "cases.reading_alarm": lambda w, by: {**_dora(w), "alarm_id": w.ids["reading_id"]},
    "cases.reading_alarms": lambda w, by: _dora(w),
    "cases.readings": lambda w, by: {**_dora(w), "now": clock.now()},
    "cases.see_reading_alarm": lambda w, by: {
        **_dora(w), "alarm_id": w.ids["reading_id"], "finding": "asked",
    },
    "cases.see_emergency": lambda w, by: {**_dora(w), "access_id": w.ids["access_id"]},
    "cases.take_case": _free,
    "cases.why_closed": lambda w, by: {**_bruno(w), "case_id": w.ids["case_id"]},
}  # fmt: skip
