"""A reader who reconstructs: written apart from the code it attacks.

He knows the published values and that records are whole and not negative. His unknowns are the
numbers of records in every combination of all variables; each published value is one equation over
them. An integer programme gives the least and the greatest number in any cell. `by_hand` tries
every table there is, for tables of two by two.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy
from scipy import optimize

from ayni.statistics.disclosure.tables import Cell, Domain

FAR = 60.0


class Reader:
    """What follows from published values; None is hidden. Values may be given as (from, to).
    `whole`: he knows that records are whole; without that he is the linear programme's reader, who
    is promised nothing more of tables of three and more variables."""

    def __init__(
        self,
        over: Domain,
        values: Mapping[Cell, int | None | tuple[int, int]],
        *,
        whole: bool = True,
    ) -> None:
        self._whole = whole
        self._names = sorted({name for place in values for name, _label in place})
        axes = [over[name].categories for name in self._names]
        self._worlds = list(itertools.product(*axes))
        self._over = over
        known = {place: value for place, value in values.items() if value is not None}
        spans = [value if isinstance(value, tuple) else (value, value) for value in known.values()]
        self._rules = None
        if known:
            self._rules = optimize.LinearConstraint(
                numpy.array([self._row(place) for place in known]),
                [float(low) for low, _high in spans],
                [float(high) for _low, high in spans],
            )

    def _row(self, place: Cell) -> list[float]:
        wanted = {name: self._over[name].holds(label) for name, label in place}
        return [
            float(
                all(dict(zip(self._names, world, strict=True))[n] in s for n, s in wanted.items())
            )
            for world in self._worlds
        ]

    def interval(self, place: Cell) -> tuple[float, float]:
        """The least and the greatest number of records that this cell can hold, cut off `FAR`
        above the least."""
        row = numpy.array(self._row(place))
        low = self._solve(row, None)
        high = self._solve(-row, low + FAR)
        return low, -high

    def _solve(self, wish: numpy.ndarray, ceiling: float | None) -> float:
        rules = [] if self._rules is None else [self._rules]
        if ceiling is not None:
            rules.append(optimize.LinearConstraint(-wish[None, :], -math.inf, ceiling))
        found = optimize.milp(
            wish,
            constraints=rules,
            integrality=numpy.full(len(wish), int(self._whole)),
            bounds=optimize.Bounds(0),
        )
        assert found.success, found.message
        return round(float(found.fun), 6)


def by_hand(
    grid: Sequence[Sequence[int | None]], top: int
) -> dict[tuple[int, int], tuple[int, int]]:
    """The interval of each hidden place of a 2 x 2 grid with its sums, trying every table whose
    hidden counts are at most `top`."""
    seen: dict[tuple[int, int], list[int]] = {}
    for (a, b), (c, d) in itertools.product(_rows(grid[0], top), _rows(grid[1], top)):
        whole = [[a, b, a + b], [c, d, c + d], [a + c, b + d, a + b + c + d]]
        if all(
            shown is None or shown == value
            for line, true in zip(grid, whole, strict=True)
            for shown, value in zip(line, true, strict=True)
        ):
            for i, j in itertools.product(range(3), repeat=2):
                if grid[i][j] is None:
                    seen.setdefault((i, j), []).append(whole[i][j])
    return {place: (min(values), max(values)) for place, values in seen.items()}


def _rows(line: Sequence[int | None], top: int) -> list[tuple[int, int]]:
    """Every pair of counts that a row of the grid, two places and their sum, leaves possible."""
    tried = [range(top + 1) if shown is None else [shown] for shown in line[:2]]
    return [(a, b) for a, b in itertools.product(*tried) if line[2] in (None, a + b)]
