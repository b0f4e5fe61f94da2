"""The door of returns: assess the risks of a return together, sign, read."""

from __future__ import annotations

from ayni.returns import rules, vocabulary
from ayni.returns.assessing import agree, propose, sign
from ayni.returns.errors import (
    JointlyOnly,
    NotAnEnd,
    NotBothYes,
    NothingAssessed,
    NotShared,
    RiskForbids,
    Signed,
    WaitsAlready,
)
from ayni.returns.models import Assessment
from ayni.returns.reading import (
    OfCase,
    Opened,
    assessments_of_case,
    assessments_waiting,
    open_assessment,
)

__all__ = [
    "Assessment",
    "JointlyOnly",
    "NotAnEnd",
    "NotBothYes",
    "NotShared",
    "NothingAssessed",
    "OfCase",
    "Opened",
    "RiskForbids",
    "Signed",
    "WaitsAlready",
    "agree",
    "assessments_of_case",
    "assessments_waiting",
    "open_assessment",
    "propose",
    "rules",
    "sign",
    "vocabulary",
]
