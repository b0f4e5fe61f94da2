"""The kinds of message of this room. Codes and times travel freely; values only under `data`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.cases import api as cases
from ayni.cooperation import ground, pauses
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import NotADeadline
from ayni.cooperation.limits import check_agreed
from ayni.cooperation.states import Move
from ayni.exchange.api import Allowed, MessageKind, See
from ayni.lib import clock
from ayni.members import api as members

# Added to a referral when the person fears a state: who must never receive what is sent.
NEVER = "never"

# What a message about a person may carry under the one purpose that consents have so far.
CARRIES = {"refer": frozenset({*cases.DISCLOSABLE, NEVER})}

MOMENT = {"type": "string", "pattern": "^20", "format": "moment"}
# What the secretariat learns is a full hour (promise 2); a time that tells more is refused.
_HOUR = {"type": "string", "pattern": "^20.*T[0-9]{2}:00:00Z$", "format": "moment"}
_STATE = {"enum": sorted(members.states())}
NEVER_SCHEMA: dict[str, Any] = {"type": "array", "items": _STATE, "maxItems": 10}
_DATA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{name: cases.SHAPES[name] for name in cases.DISCLOSABLE},
        NEVER: NEVER_SCHEMA,
    },
}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """A JSON Schema of an object with these names and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


REFERRAL = MessageKind(
    name="referral.send",
    personal=True,
    carries=CARRIES,
    # What is accepted is kept in a case: there need to know and the periods of keeping hold.
    handling=Allowed(see=frozenset({See.INSTITUTION}), until=False),
    also=cases.check_birth,
    schema=closed(
        ["data", "purpose", "provisions"],
        data={**_DATA, "minProperties": 1},
        purpose={"const": "refer"},
        provisions={
            "type": "array",
            "items": {"type": "string", "maxLength": 80},
            "maxItems": ground.MOST,
        },
    ),
)
REFERRAL_MORE = MessageKind(
    name="referral.more",
    personal=True,
    carries=CARRIES,
    also=cases.check_birth,
    schema=closed(["data"], data={**_DATA, "minProperties": 1}),
)
_TOLD = closed(
    ["move", "at"],
    move={"enum": [move.value for move in Move]},
    at=MOMENT,
    reason={"enum": [*words.DeclineReason.values, *words.WithdrawReason.values]},
    wanted={"type": "array", "items": {"enum": sorted(cases.DISCLOSABLE)}, "maxItems": 40},
    agreed_at=MOMENT,
    action={"enum": words.FirstAction.values},
    outcome={"enum": words.Outcome.values},
    timeliness={"enum": words.Rating.values},
    effort={"enum": words.Rating.values},
)


def _check_agreed(told: Mapping[str, Any]) -> None:
    """Who accepts agrees on a time that is ahead and not endless; ValueError otherwise."""
    if "agreed_at" in told:
        try:
            check_agreed(clock.parse(told["agreed_at"]), since=clock.parse(told["at"]))
        except NotADeadline:
            raise ValueError("agreed_at") from None


REFERRAL_STATE = MessageKind(
    name="referral.state", personal=False, schema=_TOLD, whole=_check_agreed
)
# `role`: of whoever has read what came, never a name. Roles of later versions are taken as codes.
READ = MessageKind(
    name="message.read",
    personal=False,
    schema=closed(
        ["role", "at"], role={"type": "string", "pattern": "^[a-z][a-z_]{1,39}$"}, at=MOMENT
    ),
)
REQUEST_STATE = MessageKind(name="request.state", personal=False, schema=_TOLD, whole=_check_agreed)
_ASKED: dict[str, Any] = {
    "step": {"type": "string", "pattern": r"^\d\.\d{1,2}$"},
    "matter": {"enum": words.Matter.values},
    "about": {"type": "string", "pattern": "^([0-9a-f]{32})?$"},
}
REQUEST = MessageKind(
    name="request.ask", personal=False, schema=closed(["step", "matter", "about"], **_ASKED)
)
REQUEST_WITH_DATA = MessageKind(
    name="request.ask_with_data",
    personal=True,
    carries=CARRIES,
    also=cases.check_birth,
    schema=closed(
        ["step", "matter", "about", "data"], data={**_DATA, "minProperties": 1}, **_ASKED
    ),
)
_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}


def _check_pause(told: Mapping[str, Any]) -> None:
    """A pause ends, and not too far ahead; ValueError otherwise."""
    if not pauses.fits(clock.parse(told["at"]), clock.parse(told["until"])):
        raise ValueError("until")


# `until`: the full hour up to which the time shall stand still.
PAUSE_ASK = MessageKind(
    name="pause.ask",
    personal=False,
    schema=closed(
        ["id", "at", "reason", "until"],
        id=_ID,
        at=MOMENT,
        reason={"enum": words.PauseReason.values},
        until=_HOUR,
    ),
    whole=_check_pause,
)
# `since`: the full hour from which on it stands still; empty: not agreed.
PAUSE_ANSWER = MessageKind(
    name="pause.answer",
    personal=False,
    schema=closed(
        ["id", "at", "since"], id=_ID, at=MOMENT, since={"anyOf": [{"const": ""}, _HOUR]}
    ),
)


def _check_end(told: Mapping[str, Any]) -> None:
    """It runs again from the next full hour on, never from one that is over; else ValueError."""
    if clock.parse(told["ended"]) != clock.hour_up(clock.parse(told["at"])):
        raise ValueError("ended")


# `ended`: the full hour from which on the time runs again.
PAUSE_END = MessageKind(
    name="pause.end",
    personal=False,
    schema=closed(
        ["id", "at", "reason", "ended"],
        id=_ID,
        at=MOMENT,
        reason={"enum": words.EndReason.values},
        ended=_HOUR,
    ),
    whole=_check_end,
)
# `fields`: which data she says are wrong, by name; what she writes herself does not leave.
RIGHT_ASK = MessageKind(
    name="right.ask",
    personal=False,
    schema=closed(
        ["id", "at", "right", "fields"],
        id=_ID,
        at=MOMENT,
        right={"enum": words.Right.values},
        fields={"type": "array", "items": {"enum": sorted(cases.DISCLOSABLE)}, "maxItems": 40},
    ),
)
# `onward`: to how many institutions the receiver passed it on, because it had given them her data.
RIGHT_DUE = MessageKind(
    name="right.due",
    personal=False,
    schema=closed(
        ["id", "due", "onward"],
        id=_ID,
        due=_HOUR,
        onward={"type": "integer", "minimum": 0, "maximum": 99},
    ),
)
RIGHT_ANSWER = MessageKind(
    name="right.answer",
    personal=False,
    schema=closed(
        ["id", "at", "decision", "reason"],
        id=_ID,
        at=MOMENT,
        decision={"enum": words.RightDecision.values},
        reason={"enum": words.RightReason.values},
    ),
)
CONSENT_WITHDRAWN = MessageKind(
    name="consent.withdrawn",
    personal=False,
    schema=closed(["id", "at"], id=_ID, at=MOMENT),
    largest=1024,
)
# A kind of its own: a node of the version before keeps it and takes it up once it knows it.
CONSENT_EXPIRED = MessageKind(
    name="consent.expired",
    personal=False,
    schema=closed(["id", "at"], id=_ID, at=MOMENT),
    largest=1024,
)
CONSENT_EFFECT = MessageKind(
    name="consent.effect",
    personal=False,
    schema={
        **closed(
            ["id", "at", "effect", "reason"],
            id=_ID,
            at=MOMENT,
            effect={"enum": words.Effect.values},
            reason={"enum": ["", *words.WhyKept.values]},
        ),
        # Whatever is not destroyed has a reason, and only that.
        "if": {"properties": {"effect": {"const": "destroyed"}}},
        "then": {"properties": {"reason": {"const": ""}}},
        "else": {"properties": {"reason": {"enum": words.WhyKept.values}}},
    },
    largest=1024,
)
CLOCK = MessageKind(
    name="clock",
    personal=False,
    schema=closed(
        ["id", "owing", "owed", "kind", "due", "done"],
        id=_ID,
        owing=_STATE,
        owed=_STATE,
        kind={"enum": words.ClockKind.values},
        due=_HOUR,
        done={"anyOf": [{"const": ""}, _HOUR]},
        paused_until=_HOUR,  # only while both sides have agreed on a pause
    ),
    largest=1024,
)
CLOCK_RATING = MessageKind(
    name="clock.rating",
    personal=False,
    schema=closed(
        ["id", "timeliness", "effort"],
        id=_ID,
        timeliness={"enum": words.Rating.values},
        effort={"enum": words.Rating.values},
    ),
    largest=1024,
)
