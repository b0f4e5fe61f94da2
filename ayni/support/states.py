"""How a need can stand, what can be done, by whom, from where: data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ayni.lib.errors import WrongState


class Standing(StrEnum):
    """How a need stands."""

    ASKED = "asked"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    CLOSED = "closed"


class Side(StrEnum):
    """What a node is to a need."""

    ASKING = "asking"
    ACCEPTED = "accepted"  # the state whose offer is accepted
    OFFERING = "offering"  # a state whose offer stands, accepted or not
    OTHER = "other"  # any state but the one that asks
    SECRETARIAT = "secretariat"


class Act(StrEnum):
    """What can be done with a need."""

    CHANGE = "change"
    OFFER = "offer"
    TAKE_BACK = "take_back"
    ACCEPT = "accept"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    CLOSE = "close"
    PROPOSE = "propose"
    REMIND = "remind"


class Reason(StrEnum):
    """Why a need is closed without having been met."""

    NO_LONGER = "no_longer_needed"
    MET_OTHERWISE = "met_otherwise"
    NOBODY = "nobody_could"
    NOT_DELIVERED = "not_delivered"
    MISTAKE = "mistake"


OVER = frozenset({Standing.CONFIRMED, Standing.CLOSED})
OPEN = frozenset(Standing) - OVER
# Reasons that say nothing about how states help each other: not counted in the share that was met.
NOT_COUNTED = frozenset({Reason.NO_LONGER, Reason.MISTAKE})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do something, and how the need has to stand."""

    side: Side
    when: frozenset[Standing]


_UNDECIDED = frozenset({Standing.ASKED, Standing.OFFERED})
_UNDELIVERED = _UNDECIDED | {Standing.ACCEPTED}
RULES: dict[Act, Rule] = {
    # What is asked for stays as it was when an offer was accepted.
    Act.CHANGE: Rule(Side.ASKING, _UNDECIDED),
    # Also beside an accepted offer: the state that was to deliver may fall silent.
    Act.OFFER: Rule(Side.OTHER, _UNDELIVERED),
    Act.TAKE_BACK: Rule(Side.OFFERING, _UNDELIVERED),
    # Another offer may take the place of the accepted one.
    Act.ACCEPT: Rule(Side.ASKING, frozenset({Standing.OFFERED, Standing.ACCEPTED})),
    Act.DELIVER: Rule(Side.ACCEPTED, frozenset({Standing.ACCEPTED})),
    Act.CONFIRM: Rule(Side.ASKING, frozenset({Standing.DELIVERED})),
    Act.CLOSE: Rule(Side.ASKING, OPEN),
    Act.PROPOSE: Rule(Side.SECRETARIAT, _UNDECIDED),
    Act.REMIND: Rule(Side.SECRETARIAT, OPEN),
}
# Whose move it is.
MOVES: dict[Standing, Side] = {
    Standing.ASKED: Side.OTHER,
    Standing.OFFERED: Side.ASKING,
    Standing.ACCEPTED: Side.ACCEPTED,
    Standing.DELIVERED: Side.ASKING,
}


def can(act: Act, *, sides: frozenset[Side], standing: Standing) -> bool:
    """Whether a node that is this to a need may do that now."""
    rule = RULES[act]
    return rule.side in sides and standing in rule.when


def check_can(act: Act, *, sides: frozenset[Side], standing: Standing) -> None:
    """Raise `WrongState` unless `can`."""
    if not can(act, sides=sides, standing=standing):
        raise WrongState
