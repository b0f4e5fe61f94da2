"""Quorum, and decisions by consensus. Pure.

How many states must be present is a rule that the plenary sets. While it is not known, all members
must be: that is how the founding document was agreed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ayni.lib import clock


class Problem(StrEnum):
    """Why a decision cannot be recorded."""

    NO_QUORUM = "no_quorum"
    NOT_PRESENT = "not_present"  # a state that was not there objects or reserves
    BOTH = "both"  # a state objects and reserves at once: who reserves does not stand in the way


@dataclass(frozen=True, slots=True)
class Decision:
    """What was put to the states; who objected (each one blocks), who agreed with a reservation.
    `earlier`: what was recorded of it before it was corrected, the first first."""

    text: str
    objections: tuple[str, ...]
    reservations: tuple[str, ...]
    reserved: str  # what those states reserve
    earlier: tuple[Earlier, ...] = ()

    @property
    def adopted(self) -> bool:
        """Whether nobody stood in the way."""
        return not self.objections


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a decision said until it was corrected `at` a moment, and why it was (`reason`)."""

    said: Decision  # without what was before it
    at: datetime
    reason: str


def needed(rule: str, members: int) -> int:
    """How many states must be present: the rule, or all of `members` while it is not known."""
    return int(rule) if rule else members


def problem(decision: Decision, *, present: Collection[str], quorum: int) -> Problem | None:
    """What is wrong with a decision taken by the states present; None if nothing is."""
    if len(set(present)) < quorum:
        return Problem.NO_QUORUM
    if not {*decision.objections, *decision.reservations} <= set(present):
        return Problem.NOT_PRESENT
    if set(decision.objections) & set(decision.reservations):
        return Problem.BOTH
    return None


def of_json(rows: Iterable[Mapping[str, Any]]) -> tuple[Decision, ...]:
    """Decisions as they stand in an entry."""
    return tuple(
        replace(
            _said(row),
            earlier=tuple(
                Earlier(_said(each), clock.parse(each["at"]), each["reason"])
                for each in row.get("earlier", ())
            ),
        )
        for row in rows
    )


def _said(row: Mapping[str, Any]) -> Decision:
    names = tuple(row["objections"]), tuple(row["reservations"])
    return Decision(row["text"], *names, row["reserved"])


def as_json(found: Iterable[Decision]) -> list[dict[str, Any]]:
    """The same as they stand in an entry."""
    rows = []
    for each in found:
        before = [
            {**_row(one.said), "at": clock.isoformat(one.at), "reason": one.reason}
            for one in each.earlier
        ]
        # Said only where there is something to say: older entries are of this form as well.
        rows.append({**_row(each), **({"earlier": before} if before else {})})
    return rows


def _row(each: Decision) -> dict[str, Any]:
    return {
        "text": each.text,
        "objections": list(each.objections),
        "reservations": list(each.reservations),
        "reserved": each.reserved,
    }
