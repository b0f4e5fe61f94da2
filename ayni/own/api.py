"""The door of `own`: codes on paper, visits with them, and what the person concerned sees."""

from __future__ import annotations

from ayni.own.errors import (
    ChildAuthorityOnly,
    NotAgreed,
    PersonOnly,
    TooManyTries,
    UnknownNumber,
    VisitOver,
)
from ayni.own.giving import Given, NewCode, code_of, end_code, give_code
from ayni.own.reading import (
    Opened,
    OwnConsent,
    Written,
    consents,
    emergencies,
    opened,
    withdraw,
    written,
)
from ayni.own.visiting import Visiting, enter, go_on, leave, new_form

__all__ = [
    "ChildAuthorityOnly",
    "Given",
    "NewCode",
    "NotAgreed",
    "Opened",
    "OwnConsent",
    "PersonOnly",
    "TooManyTries",
    "UnknownNumber",
    "VisitOver",
    "Visiting",
    "Written",
    "code_of",
    "consents",
    "end_code",
    "enter",
    "give_code",
    "go_on",
    "leave",
    "new_form",
    "emergencies",
    "opened",
    "withdraw",
    "written",
]
