"""What a measured value means: good, to be looked at, or wrong. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How good a value is. An absent value is `UNKNOWN`: never good by default."""

    WRONG = "wrong"
    LOOK = "look"
    UNKNOWN = "unknown"
    GOOD = "good"


# The worst first: what waits for the administrator stands on top of the page.
ORDER = tuple(Level)


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which value on somebody must look, and from which on something is wrong.

    Reaching the bound counts. `falling`: small values are the bad ones (free space). `minutes`:
    for how long a value must stay there before an alert is sent, so that one slow answer wakes
    nobody. Raises `ValueError` for bounds in the wrong order.
    """

    look: float | None
    wrong: float | None
    falling: bool = False
    minutes: int = 5

    def __post_init__(self) -> None:
        """Wrong lies beyond look."""
        if self.look is None or self.wrong is None:
            return
        ordered = self.wrong < self.look if self.falling else self.look < self.wrong
        if not ordered:
            raise ValueError(f"bounds {self.look} and {self.wrong} are in the wrong order")

    def _beyond(self, value: float, bound: float | None) -> bool:
        if bound is None:
            return False
        return value <= bound if self.falling else value >= bound

    def level(self, value: float | None) -> Level:
        """The level of a value; `UNKNOWN` of none."""
        if value is None:
            return Level.UNKNOWN
        if self._beyond(value, self.wrong):
            return Level.WRONG
        return Level.LOOK if self._beyond(value, self.look) else Level.GOOD
