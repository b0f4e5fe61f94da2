"""The kinds of message of this room. What both look at tells of her risk, and is `data`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.cooperation.api import vocabulary as _words
from ayni.exchange.api import MessageKind
from ayni.lib import clock
from ayni.returns.rules import AT_RISK, LIKELIHOODS, LONGEST, SEVERITIES, Answer

FIELD = "risk"  # of a consent: the level of risk
_MOMENT = {"type": "string", "pattern": "^20", "format": "moment"}
_ITEM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["at_risk", "severity", "likelihood"],
    "properties": {
        "at_risk": {"enum": list(AT_RISK)},
        "severity": {"enum": list(SEVERITIES)},
        "likelihood": {"enum": list(LIKELIHOODS)},
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
    at, until = clock.parse(told["at"]), clock.parse(told["until"])
    if not at < until <= at + LONGEST:
        raise ValueError("until")


def _check_items(data: Mapping[str, Any]) -> None:
    """Each once, the person among them; ValueError otherwise."""
    named = [item["at_risk"] for item in data["items"]]
    if "person" not in named or len(set(named)) != len(named):
        raise ValueError("items")


def _tells(_data: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({FIELD})


# Proposing it is signing it: `answer` is the proposer's.
PROPOSE = MessageKind(
    name="assessment.propose",
    personal=True,
    carries={"refer": frozenset({FIELD})},
    reveals=_tells,
    schema=_closed(
        ["about", "at", "until", "answer", "data"],
        about={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        at=_MOMENT,
        until=_MOMENT,
        answer={"enum": [Answer.YES.value, Answer.NO.value]},
        data=_closed(
            ["items"], items={"type": "array", "items": _ITEM, "minItems": 1, "maxItems": 4}
        ),
    ),
    also=_check_items,
    whole=_check_end,
    largest=4096,
)
_DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
# Of an assessment or of a version of a travel plan, by its digest (`over`). `role`: of whoever has
# read it, never a name. Roles of later versions are taken as codes.
READ = MessageKind(
    name="return.read",
    personal=False,
    schema=_closed(
        ["at", "role", "over"],
        at=_MOMENT,
        role={"type": "string", "pattern": "^[a-z][a-z_]{1,39}$"},
        over=_DIGEST,
    ),
    largest=1024,
)
# `over`: the digest of what was looked at, so that the signature is under this and nothing else.
ANSWER = MessageKind(
    name="assessment.answer",
    personal=False,
    schema=_closed(
        ["at", "answer", "over"],
        at=_MOMENT,
        answer={"enum": [Answer.YES.value, Answer.NO.value]},
        over=_DIGEST,
    ),
    largest=1024,
)
# The consent under which it was proposed has ended; `at`: since when.
STOP = MessageKind(
    name="assessment.stop",
    personal=False,
    schema=_closed(["at", "over"], at=_MOMENT, over=_DIGEST),
    largest=1024,
)
# What the other side did with what it had, of an assessment or a travel plan.
EFFECT_SCHEMA = {
    **_closed(
        ["at", "over", "effect", "reason"],
        at=_MOMENT,
        over=_DIGEST,
        effect={"enum": _words.Effect.values},
        reason={"enum": ["", *_words.WhyKept.values]},
    ),
    "if": {"properties": {"effect": {"const": _words.Effect.DESTROYED.value}}},
    "then": {"properties": {"reason": {"const": ""}}},
    "else": {"properties": {"reason": {"enum": _words.WhyKept.values}}},
}
STOPPED = MessageKind(name="assessment.stopped", personal=False, schema=EFFECT_SCHEMA, largest=1024)
