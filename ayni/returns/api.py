"""The door of returns: assess the risks of a return together, sign; plan the journey, hand over."""

from __future__ import annotations

from ayni.returns import plans, rules, vocabulary
from ayni.returns.assessing import agree, propose, sign
from ayni.returns.errors import (
    ChildNeverAlone,
    JointlyOnly,
    LeavesTooLate,
    NotAnEnd,
    NotAPlan,
    NotBothYes,
    NotExpected,
    NothingAssessed,
    NotShared,
    NotTheSendingSide,
    NotVoluntary,
    PlanNotAccepted,
    RiskForbids,
    Signed,
    ToldAlready,
    WaitsAlready,
)
from ayni.returns.handing_over import answer_plan, tell_arrival, tell_boarded
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.plan_reading import (
    OpenedPlan,
    open_plan,
    plans_alarming,
    plans_of_assessment,
    plans_waiting,
)
from ayni.returns.planning import agree_plan, stop_plan, travel_of, write_plan
from ayni.returns.reading import (
    OfCase,
    Opened,
    assessments_of_case,
    assessments_waiting,
    open_assessment,
)

__all__ = [
    "Assessment",
    "ChildNeverAlone",
    "JointlyOnly",
    "LeavesTooLate",
    "NotAPlan",
    "NotAnEnd",
    "NotBothYes",
    "NotExpected",
    "NotShared",
    "NotTheSendingSide",
    "NotVoluntary",
    "NothingAssessed",
    "OfCase",
    "Opened",
    "OpenedPlan",
    "PlanNotAccepted",
    "RiskForbids",
    "Signed",
    "ToldAlready",
    "TravelPlan",
    "WaitsAlready",
    "agree",
    "agree_plan",
    "answer_plan",
    "assessments_of_case",
    "assessments_waiting",
    "open_assessment",
    "open_plan",
    "plans",
    "plans_alarming",
    "plans_of_assessment",
    "plans_waiting",
    "propose",
    "rules",
    "sign",
    "stop_plan",
    "tell_arrival",
    "tell_boarded",
    "travel_of",
    "vocabulary",
    "write_plan",
]
