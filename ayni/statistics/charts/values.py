"""What is drawn: a number with what is written of it, or why there is no number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Hidden(StrEnum):
    """Why a value has no number."""

    MASKED = "masked"  # published as "fewer than": between 1 and `Value.below` - 1
    SUPPRESSED = "suppressed"  # withheld: it could point at persons
    UNKNOWN = "unknown"  # nobody reported it, which is not zero


@dataclass(frozen=True, slots=True)
class Value:
    """One number (`text`: as the reader's language writes it), or none and why.

    `low` and `high`: the published interval, in the unit of `number`. `below`: the bound of a
    masked value, exclusive. Raises ValueError for a number that is hidden at once, for none without
    a reason, and for an interval that is no interval.
    """

    text: str
    number: float | None = None
    hidden: Hidden | None = None
    below: int = 0
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if (self.number is None) == (self.hidden is None):
            raise ValueError("a value is either a number or hidden, and says which")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has two ends")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("an interval ends after it begins")

    @property
    def top(self) -> float:
        """How far a scale must reach to show it."""
        if self.number is None:
            return float(max(self.below - 1, 0))
        return max(self.number, self.high or 0.0)


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of values, one for each category of its chart."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a drawing says itself, in the reader's language."""

    masked: str
    suppressed: str
    unknown: str
    no_colour: str  # of what is grey on a map: not part of these figures

    def of(self, hidden: Hidden) -> str:
        return {
            Hidden.MASKED: self.masked,
            Hidden.SUPPRESSED: self.suppressed,
            Hidden.UNKNOWN: self.unknown,
        }[hidden]


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a drawing for those who read them: texts, row by row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def hidden_in(values: Sequence[Value]) -> list[Hidden]:
    """The kinds of hidden values among them, in the order of `Hidden`: what the key explains."""
    found = {value.hidden for value in values}
    return [kind for kind in Hidden if kind in found]
