"""The kinds of message of this room. Values stand only under `data`, and only the minimum."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ayni.alerts import answers
from ayni.alerts import vocabulary as words
from ayni.alerts.errors import NotAgreed
from ayni.alerts.rules import LONGEST, LONGEST_PLACE, MINIMUM, NAMES, OF_PERSON, PURPOSE
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange.api import Allowed, Handling, MessageKind, Onward, See
from ayni.lib import clock

_MOMENT = {"type": "string", "pattern": "^20", "format": "moment"}
# No more than a year, or a band of ages.
_BIRTH = {
    "type": "object",
    "additionalProperties": False,
    "required": ["precision"],
    "properties": {
        "precision": {"enum": ["year", "age_band", "unknown"]},
        "value": {"type": "string", "pattern": "^([0-9]{4}|[0-9]{1,3}-[0-9]{1,3})?$"},
        "quality": {"enum": ["stated", "estimated"]},
        "as_of": {"type": "string", "maxLength": 10},
    },
}
_DATA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["last_country"],
    "anyOf": [{"required": [name]} for name in NAMES],
    "properties": {
        **{name: cases.SHAPES[name] for name in OF_PERSON},
        "birth": _BIRTH,
        "last_country": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "last_place": {"type": "string", "maxLength": LONGEST_PLACE, "pattern": "^[^\n\r]*$"},
        "last_on": {"type": "string", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"},
    },
}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


def _check_end(told: Mapping[str, Any]) -> None:
    """An alert says its end, and not too far ahead; ValueError otherwise."""
    at, until = clock.parse(told["at"]), Handling.of(told).until
    if until is None or not at < until <= at + LONGEST:
        raise ValueError("handling/until")


# Its handling codes always travel: for nobody else, until when the receiver removes it by itself.
ISSUE = MessageKind(
    name="alert.issue",
    personal=True,
    carries={PURPOSE: frozenset(MINIMUM)},
    handling=Allowed(see=frozenset({See.INSTITUTION}), onward=frozenset({Onward.NONE})),
    also=cases.check_birth,
    schema=_closed(["data", "at"], data=_DATA, at=_MOMENT),
    whole=_check_end,
    largest=16_384,
)
# Why stays with the sender: that it is over is all that the others need.
RECALL = MessageKind(
    name="alert.recall", personal=False, schema=_closed(["at"], at=_MOMENT), largest=1024
)
# `role`: of whoever has read it, never a name. Roles of later versions are taken as codes.
READ = MessageKind(
    name="alert.read",
    personal=False,
    schema=_closed(
        ["role", "at"], role={"type": "string", "pattern": "^[a-z][a-z_]{1,39}$"}, at=_MOMENT
    ),
    largest=1024,
)
# `fields`: names of what was removed; empty where nothing was there any more.
REMOVED = MessageKind(
    name="alert.removed",
    personal=False,
    schema=_closed(
        ["at", "why", "fields"],
        at=_MOMENT,
        why={"enum": words.WhyRemoved.values},
        fields={"type": "array", "items": {"enum": sorted(MINIMUM)}, "uniqueItems": True},
    ),
    largest=2048,
)


# All that the same side answered in this conversation before. `id`: random, known to the two only.
_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
ANSWER_WITHDRAWN = MessageKind(
    name="alert.answer_withdrawn",
    personal=False,
    schema=_closed(["id", "at"], id=_ID, at=_MOMENT),
    largest=1024,
)
# Nothing of it is left. Names of fields would tell whether she was seen or found.
ANSWER_REMOVED = MessageKind(
    name="alert.answer_removed",
    personal=False,
    schema=_closed(["id", "at"], id=_ID, at=_MOMENT),
    largest=1024,
)

_DAY = {"type": "string", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"}
LONGEST_WORDS = 600
_WORDS = _closed(
    ["text", "language"],
    text={"type": "string", "minLength": 1, "maxLength": LONGEST_WORDS},
    language={"enum": sorted(cooperation.LANGUAGES)},
)
_GROUNDS = [each.value for each in answers.Ground]
_SEEN = _closed(
    ["outcome", "ground", "child", "seen_country", "seen_on"],
    outcome={"const": answers.Outcome.SEEN.value},
    ground={"enum": _GROUNDS},
    child={"type": "boolean"},
    seen_country={"type": "string", "pattern": "^[A-Z]{2}$"},
    seen_place={"type": "string", "maxLength": LONGEST_PLACE, "pattern": "^[^\n\r]*$"},
    seen_on=_DAY,
    words=_WORDS,
)
_FOUND = _closed(
    ["outcome", "ground", "child", "found_on", "contact"],
    outcome={"const": answers.Outcome.FOUND.value},
    ground={"enum": _GROUNDS},
    child={"type": "boolean"},
    found_on=_DAY,
    contact={"type": "string", "pattern": "^[a-z]{2}-[a-z0-9-]{1,57}$"},
)


def _check_answer(told: Mapping[str, Any]) -> None:
    """What is told rests on her word, or on the child authority, and says that it goes no further;
    ValueError otherwise."""
    data = told["data"]
    if "handling" not in told:
        raise ValueError("handling")
    try:
        answers.check_ground(
            answers.Outcome(data["outcome"]), answers.Ground(data["ground"]),
            counts_as_child=data["child"],
        )  # fmt: skip
    except NotAgreed:
        raise ValueError("data/ground") from None
    date.fromisoformat(data.get("seen_on") or data["found_on"])


# What a recipient tells of the person: to whoever asks, and for nobody else.
ANSWER = MessageKind(
    name="alert.answer",
    personal=True,
    carries={PURPOSE: frozenset(answers.FIELDS)},
    handling=Allowed(
        see=frozenset({See.INSTITUTION}), onward=frozenset({Onward.NONE}), until=False
    ),
    schema=_closed(["data", "at"], data={"oneOf": [_SEEN, _FOUND]}, at=_MOMENT),
    whole=_check_answer,
    largest=4096,
)
