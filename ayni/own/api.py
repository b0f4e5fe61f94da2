"""The door of `own`: codes on paper, visits with them, and what the person concerned sees."""

from __future__ import annotations

from ayni.own.asking import Answer, OwnRight, answer_days, ask, asked, whom_to_ask
from ayni.own.delaying import (
    NODE,
    OpenedDelay,
    delay,
    delays_now,
    delays_of,
    review_delay,
)
from ayni.own.delays import for_state as delay_grounds
from ayni.own.errors import (
    ChildAuthorityOnly,
    NotADelay,
    NotAgreed,
    OrderMissing,
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
    journey,
    opened,
    withdraw,
    written,
)
from ayni.own.visiting import Visiting, enter, go_on, leave, new_form

__all__ = [
    "Answer",
    "ChildAuthorityOnly",
    "Given",
    "NewCode",
    "NODE",
    "NotADelay",
    "NotAgreed",
    "Opened",
    "OpenedDelay",
    "OrderMissing",
    "OwnConsent",
    "OwnRight",
    "PersonOnly",
    "TooManyTries",
    "UnknownNumber",
    "VisitOver",
    "Visiting",
    "Written",
    "answer_days",
    "ask",
    "asked",
    "code_of",
    "consents",
    "delay",
    "delay_grounds",
    "delays_now",
    "delays_of",
    "end_code",
    "enter",
    "give_code",
    "go_on",
    "journey",
    "leave",
    "new_form",
    "emergencies",
    "opened",
    "review_delay",
    "whom_to_ask",
    "withdraw",
    "written",
]
