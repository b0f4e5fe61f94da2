"""By when an incident must be decided on and told, and how it stands. Pure: `now` is an argument.

The 72 hours begin when the incident was noticed, not when it was written down. They are this
platform's own clock, binding on nobody outside it; a law may ask for less.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LIMIT = timedelta(hours=72)
REMIND = timedelta(hours=24)  # before the end


class Standing(StrEnum):
    """How an incident stands."""

    UNDECIDED = "undecided"
    TO_TELL_AUTHORITY = "to_tell_authority"
    TO_TELL_PERSONS = "to_tell_persons"
    TO_CLOSE = "to_close"
    CLOSED = "closed"


# What may be done next. A decision may be changed as long as nothing was told and nothing closed.
STEPS: dict[Standing, frozenset[str]] = {
    Standing.UNDECIDED: frozenset({"note", "decide"}),
    Standing.TO_TELL_AUTHORITY: frozenset({"note", "decide", "tell_authority", "tell_persons"}),
    Standing.TO_TELL_PERSONS: frozenset({"note", "decide", "tell_persons"}),
    Standing.TO_CLOSE: frozenset({"note", "decide", "close"}),
    Standing.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an incident; None where nothing was decided or told yet."""

    noticed_at: datetime
    notify: bool | None = None
    tell_persons: bool | None = None
    authority_told_at: datetime | None = None
    persons_told_at: datetime | None = None
    closed_at: datetime | None = None


def due(noticed_at: datetime) -> datetime:
    """When the 72 hours end."""
    return noticed_at + LIMIT


def standing(facts: Facts) -> Standing:
    """How it stands; the authority goes before the persons."""
    if facts.closed_at is not None:
        return Standing.CLOSED
    if facts.notify is None:
        return Standing.UNDECIDED
    if facts.notify and facts.authority_told_at is None:
        return Standing.TO_TELL_AUTHORITY
    if facts.tell_persons and facts.persons_told_at is None:
        return Standing.TO_TELL_PERSONS
    return Standing.TO_CLOSE


def steps(facts: Facts) -> frozenset[str]:
    """What may be done next. What was told is not told twice, and not decided away."""
    now = set(STEPS[standing(facts)])
    if facts.authority_told_at is not None or facts.persons_told_at is not None:
        now.discard("decide")
    if not facts.tell_persons or facts.persons_told_at is not None:
        now.discard("tell_persons")
    return frozenset(now)


def runs(facts: Facts) -> bool:
    """Whether the 72 hours still run: until it is decided that nobody is told, or the authority
    has been."""
    return standing(facts) in (Standing.UNDECIDED, Standing.TO_TELL_AUTHORITY)


def left(facts: Facts, now: datetime) -> timedelta | None:
    """What is left of the 72 hours, negative when they are over; None if they stand still."""
    return due(facts.noticed_at) - now if runs(facts) else None


def late(facts: Facts, now: datetime) -> bool:
    """Whether the 72 hours are over and still run."""
    remaining = left(facts, now)
    return remaining is not None and remaining < timedelta(0)


def told_late(facts: Facts) -> bool:
    """Whether the authority was told after the 72 hours."""
    told = facts.authority_told_at
    return told is not None and told > due(facts.noticed_at)


def to_remind(facts: Facts, now: datetime) -> bool:
    """Whether the officer is reminded: within 24 hours of the end, and every day after it."""
    remaining = left(facts, now)
    return remaining is not None and remaining <= REMIND
