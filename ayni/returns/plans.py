"""A travel plan and what becomes of it: sent, answered, changed, boarded, handed over. Pure: `now`
is an argument.

Steps 6.1 to 6.3 of the protocol. What must be in a plan (route, who accompanies, fitness, food and
kit, where she arrives), that a child never travels alone and that nobody boards who is not
expected is there. The lists of codes below are a proposal where no source is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ayni.returns.errors import (
    ChildNeverAlone,
    LeavesTooLate,
    NotAPlan,
    NotExpected,
    NotVoluntary,
    ToldAlready,
)

# Food, kit and fitness: GT-R, roles at the airport. The others are a proposal.
NEEDS = ("food", "kit", "medicine", "medical_care", "mobility", "interpreter", "children")
FITNESS = ("fit", "not_fit", "not_examined")
# No press and no police interview: step 6.3. The others are a proposal.
AVOID = ("press", "police_interview", "uniforms", "name_aloud", "call_family", "leave_alone")
CHANGES = ("time", "place", "carrier", "escort", "receiver", "needs")
# What to do, not what ails her: nothing of her health stands in an acknowledgement.
CONDITIONS = ("as_planned", "needs_help", "urgent_help")
# How long a plan is kept after the arrival; a proposal, no source ("expires after the journey").
KEPT = timedelta(days=30)
LONGEST_TEXT, LONGEST_NOTE = 200, 500


class Reply(StrEnum):
    """What the receiving institution says to a plan; empty in a row: nothing yet."""

    ACCEPT = "accept"
    CHANGE = "change"


class Arrival(StrEnum):
    """What the receiving institution says of the arrival; empty in a row: nothing yet."""

    ARRIVED = "arrived"
    MISSING = "not_arrived"


class WhyStopped(StrEnum):
    """Why a plan is not carried out; it stays with whoever stopped it."""

    PERSON = "person_decided"
    WITHDRAWN = "withdrawn"
    EXPIRED = "consent_over"
    FEARED = "feared_state"
    RISK = "risk_changed"
    NOT_BOARDED = "not_boarded"
    BY_SENDER = "by_sender"
    DROPPED = "draft_dropped"


# Why an officer can stop one by hand.
BY_HAND = (WhyStopped.PERSON, WhyStopped.RISK, WhyStopped.NOT_BOARDED)


class Standing(StrEnum):
    """How a plan stands."""

    DRAFT = "draft"
    WAITS = "waits"
    CHANGE = "change_asked"
    ACCEPTED = "accepted"
    BOARDED = "boarded"
    UNCONFIRMED = "unconfirmed"
    ARRIVED = "arrived"
    MISSING = "not_arrived"
    REPLACED = "replaced"
    STOPPED = "stopped"


# A plan that is still being carried out: a newer version can take its place.
CHANGEABLE = frozenset({Standing.WAITS, Standing.CHANGE, Standing.ACCEPTED})
# Somebody is on the way, or is looked for: until she has arrived what the plan says is needed.
ON_THE_WAY = frozenset({Standing.BOARDED, Standing.UNCONFIRMED, Standing.MISSING})
# Somebody should look at it now.
ALARMS = frozenset({Standing.UNCONFIRMED, Standing.MISSING})


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one version of a plan."""

    sent: bool
    arrives_at: datetime
    reply: str = ""
    boarded: bool = False
    arrival: str = ""
    replaced: bool = False
    stopped: bool = False


def standing(told: Told, now: datetime) -> Standing:
    """How a plan stands. What was said of the arrival counts before all: a plan that was stopped
    after she had left does not take away that she did not arrive."""
    if told.arrival:
        return Standing.ARRIVED if told.arrival == Arrival.ARRIVED else Standing.MISSING
    if told.replaced:
        return Standing.REPLACED
    if told.stopped:
        return Standing.STOPPED
    if not told.sent:
        return Standing.DRAFT
    if told.reply != Reply.ACCEPT:
        return Standing.CHANGE if told.reply else Standing.WAITS
    if told.arrives_at <= now:
        return Standing.UNCONFIRMED
    return Standing.BOARDED if told.boarded else Standing.ACCEPTED


def check_times(
    *, departs_at: datetime, arrives_at: datetime, until: datetime, now: datetime
) -> None:
    """She leaves later than now and arrives later than she leaves, and leaves while the joint
    assessment is valid. Raises `NotAPlan`, `LeavesTooLate`."""
    if not now < departs_at < arrives_at:
        raise NotAPlan
    if departs_at >= until:
        raise LeavesTooLate


def check_person(*, voluntary: bool, counts_as_child: bool, escort: str) -> None:
    """She travels because she wants to, and a child never alone. Raises `NotVoluntary`,
    `ChildNeverAlone`."""
    if not voluntary:
        raise NotVoluntary
    if counts_as_child and not escort:
        raise ChildNeverAlone


def check_reply(reply: Reply, reasons: list[str]) -> None:
    """A change is asked for with what shall change, an acceptance without. Raises `NotAPlan`."""
    if (reply is Reply.CHANGE) != bool(reasons) or not set(reasons) <= set(CHANGES):
        raise NotAPlan


def check_arrival(told: Told, arrival: Arrival, condition: str) -> None:
    """Only somebody who was expected arrives or does not; who did not can still arrive, and an
    arrival is final. Raises `NotExpected`, `ToldAlready`, `NotAPlan`."""
    gone = told.replaced or (told.stopped and not told.boarded)
    if not told.sent or told.reply != Reply.ACCEPT or gone:
        raise NotExpected
    if told.arrival in (Arrival.ARRIVED, arrival):
        raise ToldAlready
    if (arrival is Arrival.ARRIVED) != bool(condition) or condition not in ("", *CONDITIONS):
        raise NotAPlan
