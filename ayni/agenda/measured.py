"""What of an indicator is told to all, and whether it has come to its target. Pure.

No number rests on fewer than `least` cases, and how many there were is told in tens only: two
numbers of two days would else tell of the one case between them (ADR 0074).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

NONE = "none"  # in half of the cases it never happened
TENS = 10


@dataclass(frozen=True, slots=True)
class Told:
    """`value`: a whole number in the indicator's unit, `NONE`, or empty: not known; `cases`: it
    rests on at least so many, a multiple of ten, 0 if it is not known."""

    value: str
    cases: int


NOT_KNOWN = Told("", 0)


def step(value: float) -> int:
    """In steps of how many hours a time is told: the middle one of few is one case's own time."""
    return 6 if value <= 48 else 24


def told(
    value: float | None, cases: int, *, least: int, at_least: bool, hours: bool = False
) -> Told:
    """A measured value as it may be told. Rounded to the worse side: a target is never shown as
    reached that is not. `hours`: it is a time, told in steps."""
    if value is None or cases < max(least, TENS):
        return NOT_KNOWN
    tens = cases - cases % TENS
    if math.isinf(value):
        return Told(NONE, tens)
    size = step(value) if hours else 1
    # Whole numbers first: a division of what is not whole may round to the better side.
    steps = math.floor(value) // size if at_least else -(-math.ceil(value) // size)
    return Told(str(steps * size), tens)


def reached(value: str, target: int, *, at_least: bool) -> bool | None:
    """Whether a told value has come to the target; None: not known."""
    if not value:
        return None
    if value == NONE:
        return False
    return int(value) >= target if at_least else int(value) <= target
