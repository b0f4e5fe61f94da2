"""What a reader can work out: the interval of each hidden cell by linear programmes. Pure.

The reader knows every equation (`linked.System`), every value shown, and that counts are not
negative. For each hidden cell the smallest and the largest value that agree with all of it are
found by HiGHS (Huangfu and Hall 2018, doi:10.1007/s12532-017-0130-5). Nothing here knows a true
count: it runs on published output alone. Source of the method: Willenborg and de Waal, Elements of
Statistical Disclosure Control (2001); Fischetti and Salazar 2001, doi:10.1287/mnsc.47.7.1008.9805.

Over the real numbers: for tables of one or two variables the bounds are those of whole numbers; for
three and more a reader with integer programmes may come closer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ayni.statistics.disclosure.findings import ExtraMissing
from ayni.statistics.disclosure.linked import System
from ayni.statistics.disclosure.tables import Cell

CLOSE = 1e-6
_AT = 1e-7  # what HiGHS takes for the bound itself (its tolerance of a solution)
_CEILING = 1e7  # no cell has more records; only keeps a programme bounded


def libraries() -> tuple[Any, Any, Any]:
    """numpy, scipy.sparse and scipy.optimize. Raises `ExtraMissing`."""
    try:
        import numpy
        from scipy import optimize, sparse
    except ImportError as wrong:
        raise ExtraMissing(wrong.name or "scipy") from None
    return numpy, sparse, optimize


class Contradiction(ValueError):
    """The values shown contradict each other: no counts agree with them."""


@dataclass(slots=True)
class Seen:
    """Smallest and largest value of a cell in any possible world found so far.

    `sure_low`, `sure_high`: that end is known to be the true bound.
    """

    low: float = math.inf
    high: float = -math.inf
    sure_low: bool = False
    sure_high: bool = False

    def take(self, value: float) -> None:
        """One possible world more."""
        self.low, self.high = min(self.low, value), max(self.high, value)


@dataclass(slots=True)
class _Part:
    """Unknowns that hang together, with their equations."""

    places: list[Cell]
    matrix: Any
    right: Any
    bounds: Any


def intervals(
    system: System,
    shown: Mapping[Cell, int],
    targets: Iterable[Cell],
    *,
    enough: float | Mapping[Cell, float],
    bounds: Mapping[Cell, tuple[float, float]] | None = None,
    seen: dict[Cell, Seen] | None = None,
) -> dict[Cell, Seen]:
    """What can be worked out of each target: its interval, exact unless it is at least `enough`
    wide, then only as wide as it was seen to be.

    `shown`: the cells with a value. `enough`: for all, or for each target. `bounds`: what else is
    known of a cell, such as "from 1 on" where every zero is shown, or what a rounded value leaves
    open; 0 and infinity otherwise.
    `seen`: worlds already known to be possible; it is filled further. Raises `Contradiction`,
    `ExtraMissing`.
    """
    known = {} if seen is None else seen
    wanted = [each for each in targets if each not in shown]
    need = enough if isinstance(enough, Mapping) else dict.fromkeys(wanted, enough)
    belongs: dict[Cell, _Part] = {}
    for part in parts(system, shown, bounds or {}):
        for place in part.places:
            belongs[place] = part
            known.setdefault(place, Seen())
    for place in wanted:
        here = known.setdefault(place, Seen())
        if place not in belongs:  # no equation holds it
            here.low, here.high = (bounds or {}).get(place, (0.0, math.inf))
            here.sure_low = here.sure_high = True
    for part in {id(each): each for each in belongs.values()}.values():
        _sweep(part, [each for each in wanted if belongs.get(each) is part], need, known)
    for place in wanted:
        here = known[place]
        for sign in (1, -1):
            if here.high - here.low >= need[place] - CLOSE:
                break
            if not (here.sure_low if sign == 1 else here.sure_high):
                _reach(belongs[place], place, sign, known)
    return known


def _sweep(
    part: _Part, wanted: list[Cell], need: Mapping[Cell, float], known: dict[Cell, Seen]
) -> None:
    """Worlds in which many cells at once are as small or as large as they can be: most cells are
    seen to be far enough apart, or at both ends of what is known of them by itself, and need no
    programme of their own."""
    numpy, _sparse, optimize = libraries()
    index = {place: at for at, place in enumerate(part.places)}
    turn, narrow = 0, wanted
    while len(narrow) > 2:
        wish = numpy.zeros(len(index))
        for number, place in enumerate(narrow):
            # Neighbours cannot all grow: by turns all of them, every second, every fourth …
            wish[index[place]] = -1 if (number >> (turn // 2)) % 2 == turn % 2 else 1
        ceiling = numpy.minimum(part.bounds[:, 1], numpy.maximum(part.bounds[:, 0], 0) + _CEILING)
        bounds = numpy.column_stack([part.bounds[:, 0], ceiling])
        found = optimize.linprog(
            wish, A_eq=part.matrix, b_eq=part.right, bounds=bounds, method="highs"
        )
        if found.status != 0:  # the single programmes say what is wrong
            return
        for place, value in zip(part.places, found.x, strict=True):
            known[place].take(float(value))
        left = [
            each
            for each in narrow
            if known[each].high - known[each].low < need[each] - CLOSE
            and not _at_both_ends(known[each], *part.bounds[index[each]])
        ]
        turn += 1
        if turn > 4 and 20 * (len(narrow) - len(left)) < len(narrow):
            return
        narrow = left


def _at_both_ends(here: Seen, low: float, high: float) -> bool:
    """Whether a cell that is bounded by itself was seen at both bounds; each that it was seen at is
    its true one."""
    if math.isfinite(high):
        if not here.sure_low and here.low <= low + _AT:
            here.low, here.sure_low = float(low), True
        if not here.sure_high and here.high >= high - _AT:
            here.high, here.sure_high = float(high), True
    return here.sure_low and here.sure_high


def _reach(part: _Part, wanted: Cell, sign: int, known: dict[Cell, Seen]) -> None:
    """The world in which a cell is smallest (sign 1) or largest (-1)."""
    numpy, _sparse, optimize = libraries()
    here, index = known[wanted], part.places.index(wanted)
    wish = numpy.zeros(len(part.places))
    wish[index] = sign
    found = optimize.linprog(
        wish, A_eq=part.matrix, b_eq=part.right, bounds=part.bounds, method="highs"
    )
    if found.status == 3:
        here.high, here.sure_high = math.inf, True
        return
    if found.status == 2:
        raise Contradiction(part.places[index])
    if found.status != 0:
        raise ArithmeticError(found.message)
    for place, value in zip(part.places, found.x, strict=True):
        known[place].take(float(value))
    if sign == 1:
        here.sure_low = True
    else:
        here.sure_high = True


def holding(
    system: System, targets: Iterable[Cell], bounds: Mapping[Cell, tuple[float, float]]
) -> set[Cell]:
    """What holds these cells between their bounds where nothing is exact: each of them, and every
    cell of an equation without which it could be smaller or larger (its dual value in the linear
    programme is not zero). Raises `Contradiction`, `ExtraMissing`."""
    numpy, _sparse, optimize = libraries()
    wanted = set(targets)
    found = set(wanted)
    for part in parts(system, {}, bounds) if wanted else ():
        for place in sorted(wanted.intersection(part.places)):
            for sign in (1, -1):
                wish = numpy.zeros(len(part.places))
                wish[part.places.index(place)] = sign
                ends = optimize.linprog(
                    wish, A_eq=part.matrix, b_eq=part.right, bounds=part.bounds, method="highs"
                )
                if ends.status == 3:  # nothing holds it on this side
                    continue
                if ends.status == 2:
                    raise Contradiction(place)
                if ends.status != 0:
                    raise ArithmeticError(ends.message)
                lines = numpy.flatnonzero(numpy.abs(ends.eqlin.marginals) > CLOSE)
                across = numpy.unique(part.matrix[lines].nonzero()[1])
                found.update(part.places[at] for at in across)
    return found


def parts(
    system: System, shown: Mapping[Cell, int], bounds: Mapping[Cell, tuple[float, float]]
) -> list[_Part]:
    """The unknowns in groups that no equation joins. Raises `Contradiction` where an equation
    without unknowns does not hold."""
    rows: list[tuple[dict[Cell, int], int]] = []
    for parent, children in system.sums:
        unknown: dict[Cell, int] = {}
        right = 0
        for place, sign in ((parent, -1), *[(each, 1) for each in children]):
            if place in shown:
                right -= sign * shown[place]
            else:
                unknown[place] = unknown.get(place, 0) + sign
        if unknown:
            rows.append((unknown, right))
        elif right:
            raise Contradiction(parent)
    return [_part(group, bounds) for group in _grouped(rows)]


def _grouped(rows: list[tuple[dict[Cell, int], int]]) -> list[list[tuple[dict[Cell, int], int]]]:
    leader: dict[Cell, Cell] = {}

    def find(place: Cell) -> Cell:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for unknown, _right in rows:
        first, *others = unknown
        leader.setdefault(first, first)
        for place in others:
            leader.setdefault(place, place)
            leader[find(place)] = find(first)
    groups: dict[Cell, list[tuple[dict[Cell, int], int]]] = {}
    for row in rows:
        groups.setdefault(find(next(iter(row[0]))), []).append(row)
    return list(groups.values())


def _part(
    rows: list[tuple[dict[Cell, int], int]], bounds: Mapping[Cell, tuple[float, float]]
) -> _Part:
    numpy, sparse, _optimize = libraries()
    places = list(dict.fromkeys(place for unknown, _right in rows for place in unknown))
    column = {place: index for index, place in enumerate(places)}
    entries = [
        (sign, number, column[place])
        for number, (unknown, _right) in enumerate(rows)
        for place, sign in unknown.items()
    ]
    values, down, across = zip(*entries, strict=True)
    matrix = sparse.csr_array((values, (down, across)), shape=(len(rows), len(places)))
    limits = numpy.array([bounds.get(place, (0.0, math.inf)) for place in places])
    return _Part(places, matrix, numpy.array([right for _unknown, right in rows]), limits)


def possible(
    system: System, shown: Mapping[Cell, int], bounds: Mapping[Cell, tuple[float, float]]
) -> bool:
    """Whether any counts agree with all that is shown and bounded. Raises `ExtraMissing`."""
    numpy, _sparse, optimize = libraries()
    if any(
        not bounds[place][0] - CLOSE <= value <= bounds[place][1] + CLOSE
        for place, value in shown.items()
        if place in bounds
    ):
        return False
    try:
        groups = parts(system, shown, bounds)
    except Contradiction:
        return False
    for part in groups:
        found = optimize.linprog(
            numpy.zeros(len(part.places)),
            A_eq=part.matrix, b_eq=part.right, bounds=part.bounds, method="highs",
        )  # fmt: skip
        if found.status == 2:
            return False
        if found.status != 0:
            raise ArithmeticError(found.message)
    return True
