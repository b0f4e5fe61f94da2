"""The kinds of message of a travel plan and the hand-over. Only the plan itself is `data`; all
others are times and codes of closed lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.cases import api as cases
from ayni.exchange.api import Allowed, Handling, MessageKind, Onward, See
from ayni.lib import clock
from ayni.returns import plans
from ayni.returns.kinds import EFFECT_SCHEMA

FIELD = cases.TRAVEL  # of a consent: the travel plan
_MOMENT = {"type": "string", "pattern": "^20", "format": "moment"}
_LINE = {"type": "string", "minLength": 1, "maxLength": plans.LONGEST_TEXT, "pattern": "^[^\n\r]*$"}
_DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 99}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


def _codes(codes: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(codes)}, "uniqueItems": True}


_TRAVEL = _closed(
    ["departs_at", "from_place", "arrives_at", "to_place", "carrier", "met_by", "met_office"],
    departs_at=_MOMENT,
    from_place=_LINE,
    arrives_at=_MOMENT,
    to_place=_LINE,
    carrier=_LINE,
    escort=_LINE,
    met_by=_LINE,
    met_office=_LINE,
    transit={
        "type": "array",
        "items": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "uniqueItems": True,
        "maxItems": 10,
    },
    fitness={"enum": list(plans.FITNESS)},
    needs=_codes(plans.NEEDS),
    avoid=_codes(plans.AVOID),
    note={"type": "string", "minLength": 1, "maxLength": plans.LONGEST_NOTE},
    note_language={"type": "string", "pattern": "^[a-z]{2,3}$"},
)


def tells(travel: Mapping[str, Any]) -> frozenset[str]:
    """The fields of a case of which this plan tells beside the journey itself."""
    told = {"needs": "needs", "fitness": "health", "note": "narrative"}
    return frozenset(field for name, field in told.items() if travel.get(name))


def _check_plan(told: Mapping[str, Any]) -> None:
    """She arrives later than she leaves, and the plan ends with the journey; ValueError."""
    travel = told["data"]["travel"]
    departs, arrives = clock.parse(travel["departs_at"]), clock.parse(travel["arrives_at"])
    if not clock.parse(told["at"]) < departs < arrives:
        raise ValueError("data/travel/arrives_at")
    if ("note" in travel) != ("note_language" in travel):
        raise ValueError("data/travel/note_language")
    if Handling.of(told).until != arrives + plans.KEPT:
        raise ValueError("handling/until")


# For the officers of the case, for nobody else, until it is destroyed.
PLAN = MessageKind(
    name="travel.plan",
    personal=True,
    carries={"refer": frozenset({FIELD})},
    handling=Allowed(see=frozenset({See.INSTITUTION}), onward=frozenset({Onward.NONE})),
    schema=_closed(
        ["at", "number", "data"], at=_MOMENT, number=_NUMBER, data=_closed([FIELD], travel=_TRAVEL)
    ),
    whole=_check_plan,
    largest=8192,
)


def _check_answer(told: Mapping[str, Any]) -> None:
    if (told["answer"] == plans.Reply.CHANGE) != bool(told["change"]):
        raise ValueError("change")


# `over`: the digest of the plan that is meant, in all that follow.
ANSWER = MessageKind(
    name="travel.answer",
    personal=False,
    schema=_closed(
        ["at", "over", "answer", "change"],
        at=_MOMENT,
        over=_DIGEST,
        answer={"enum": [each.value for each in plans.Reply]},
        change=_codes(plans.CHANGES),
    ),
    whole=_check_answer,
    largest=1024,
)
STOP = MessageKind(
    name="travel.stop",
    personal=False,
    schema=_closed(["at", "over"], at=_MOMENT, over=_DIGEST),
    largest=1024,
)
# What the other side did with the plan it had; the same codes as of a referral.
STOPPED = MessageKind(name="travel.stopped", personal=False, schema=EFFECT_SCHEMA, largest=1024)
BOARDED = MessageKind(
    name="travel.boarded",
    personal=False,
    schema=_closed(["at", "over"], at=_MOMENT, over=_DIGEST),
    largest=1024,
)


def _check_arrival(told: Mapping[str, Any]) -> None:
    if (told["arrival"] == plans.Arrival.ARRIVED) != bool(told["condition"]):
        raise ValueError("condition")


ARRIVAL = MessageKind(
    name="travel.arrival",
    personal=False,
    schema=_closed(
        ["at", "over", "arrival", "role", "condition"],
        at=_MOMENT,
        over=_DIGEST,
        arrival={"enum": [each.value for each in plans.Arrival]},
        role={"type": "string", "pattern": "^[a-z][a-z_]{1,39}$"},
        condition={"enum": ["", *plans.CONDITIONS]},
    ),
    whole=_check_arrival,
    largest=1024,
)
