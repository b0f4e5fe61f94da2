"""What a reader knows of counts from values that were changed: rounded, or with noise. Pure.

Of each value he knows the least and the greatest count that can have led to it; of a cell that is
not shown, nothing. The same cell in several tables and editions is one, and is within all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from ayni.statistics.disclosure.tables import Cell, Counts, Release

Around = Callable[[int], tuple[int, int]]
Bounds = dict[Cell, tuple[float, float]]


def bounds_of(
    release: Release, values: Mapping[Cell, int], around: Around, counts: Counts
) -> Bounds:
    """Between which numbers each cell lies of which today's `values`, or what earlier editions
    showed, tell something. `around`: a value -> the least and the greatest count that can have led
    to it; `counts`: over the domain of the release's system."""
    bounds: Bounds = {}
    for place, value in [*values.items(), *_told_before(release, values, around, counts)]:
        low, high = around(value)
        before = bounds.get(place, (0.0, math.inf))
        bounds[place] = (max(before[0], float(low)), min(before[1], float(high)))
    return bounds


def _told_before(
    release: Release, values: Mapping[Cell, int], around: Around, counts: Counts
) -> Iterator[tuple[Cell, int]]:
    """What earlier editions tell of today's records. A cell of a revised one that stands in a table
    of today is compared by itself (`checking`); another is believed where it can be true."""
    for edition in release.earlier:
        for place, value in edition.named().items():
            if value is None:
                continue
            low, high = around(value)
            fits = place not in values and low <= counts.of(place) <= high
            if fits or not edition.revised:
                yield place, value
