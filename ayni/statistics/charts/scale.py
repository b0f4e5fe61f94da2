"""Scales: from numbers to units of the drawing, with ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from 0 to `top` upon lengths from `start` to `end` (which may lie before it)."""

    top: float
    start: float
    end: float

    def at(self, number: float) -> float:
        """Where a number stands; what lies beyond the scale stands at its end."""
        share = min(max(number / self.top, 0.0), 1.0)
        return self.start + share * (self.end - self.start)

    def ticks(self, about: int = 4) -> list[float]:
        """Round numbers from 0 to `top`."""
        step = round_step(self.top, about)
        return [n * step for n in range(int(self.top / step + 1e-9) + 1)]


def round_step(top: float, about: int) -> float:
    """The round step with which `about` ticks reach `top`."""
    raw = top / max(about, 1)
    size = 10.0 ** math.floor(math.log10(raw))
    return next(each * size for each in _ROUND if each * size >= raw * (1 - 1e-9))


def scale_for(highest: float, start: float, end: float) -> Scale:
    """A scale that begins at 0 and ends at a round number not below `highest`, at least 1."""
    wanted = highest if highest > 0 else 1.0
    if wanted <= 1.0 and highest > 0:
        step = round_step(wanted, 4)
    else:
        step = max(round_step(wanted, 4), 1.0)
    return Scale(math.ceil(wanted / step - 1e-9) * step, start, end)
