"""What became of a meeting: moved, cancelled, held, its minutes closed or opened again. Pure.

What happened at a meeting is recorded once it has begun, and not before. A meeting that was held is
neither moved nor cancelled; one that was cancelled stays cancelled, and another is called; closed
minutes take nothing more, until they are opened again with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ayni.lib import clock


class Step(StrEnum):
    """What can be done with a meeting."""

    MOVE = "moved"
    CANCEL = "cancelled"
    CLOSE = "closed"
    REOPEN = "reopened"
    ATTEND = "attended"  # who was present is recorded
    DECIDE = "decided"
    ATTACH = "attached"  # a document
    PUT = "put"  # an item on its agenda
    CORRECT = "corrected"  # the words of the call: its name and agenda


class Phase(StrEnum):
    """How far a meeting is."""

    CALLED = "called"
    CANCELLED = "cancelled"
    HELD = "held"  # who was present is recorded: decisions are taken down
    CLOSED = "closed"  # the minutes are final


TABLE: dict[tuple[Phase, Step], Phase] = {
    (Phase.CALLED, Step.MOVE): Phase.CALLED,
    (Phase.CALLED, Step.CANCEL): Phase.CANCELLED,
    (Phase.CALLED, Step.CORRECT): Phase.CALLED,
    (Phase.CALLED, Step.ATTEND): Phase.HELD,
    (Phase.HELD, Step.ATTEND): Phase.HELD,
    (Phase.HELD, Step.DECIDE): Phase.HELD,
    (Phase.CALLED, Step.ATTACH): Phase.CALLED,
    (Phase.HELD, Step.ATTACH): Phase.HELD,
    (Phase.CALLED, Step.PUT): Phase.CALLED,
    (Phase.HELD, Step.PUT): Phase.HELD,
    (Phase.HELD, Step.CLOSE): Phase.CLOSED,
    (Phase.CLOSED, Step.REOPEN): Phase.HELD,
}
# Steps that an entry lists, as each tells something that its other values do not.
LISTED = (Step.MOVE, Step.CANCEL, Step.CLOSE, Step.REOPEN)
# Steps that tell what happened at the meeting: who was present, what was decided, that all is told.
TELLING = (Step.ATTEND, Step.DECIDE, Step.CLOSE)


@dataclass(frozen=True, slots=True)
class Change:
    """One step that is listed; `at` and `place`: when and where the meeting was to be until then;
    `reason`: why, empty only where the minutes were closed."""

    what: Step
    at: datetime
    place: str
    reason: str


def phase(changes: Iterable[Change], *, held: bool) -> Phase:
    """How far a meeting is. Raises ValueError for steps that cannot have been."""
    found = Phase.CALLED
    for each in changes:
        if each.what in (Step.CLOSE, Step.REOPEN) and found is Phase.CALLED:
            found = Phase.HELD  # it was held between two steps that are listed
        try:
            found = TABLE[found, each.what]
        except KeyError:
            raise ValueError(each.what) from None
    if not held and found not in (Phase.CALLED, Phase.CANCELLED):
        raise ValueError("not held")
    if held and found is Phase.CANCELLED:
        raise ValueError("held and cancelled")
    return Phase.HELD if held and found is Phase.CALLED else found


def too_early(step: Step, *, begins: datetime, now: datetime) -> bool:
    """Whether a step tells what happened at a meeting that has not begun."""
    return step in TELLING and now < begins


def sequence(changes: Iterable[Change]) -> int:
    """How often those invited had to be told anew: moved or cancelled (RFC 5545, 3.8.7.4)."""
    return sum(each.what in (Step.MOVE, Step.CANCEL) for each in changes)


def of_json(rows: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Changes as they stand in an entry. Raises ValueError for a moment that does not exist."""
    return tuple(
        Change(Step(row["what"]), clock.parse(row["at"]), row["place"], row["reason"])
        for row in rows
    )


def as_json(found: Iterable[Change]) -> list[dict[str, Any]]:
    """The same as they stand in an entry."""
    return [
        {
            "what": each.what.value,
            "at": clock.isoformat(each.at),
            "place": each.place,
            "reason": each.reason,
        }
        for each in found
    ]
