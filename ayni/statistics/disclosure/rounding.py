"""Random rounding to base 3 or 5: each count goes to one of the two multiples beside it. Pure.

Unbiased: a count that is r above a multiple of b goes up with probability r/b. One cell is rounded
once, for every table and edition in which it stands with the same records: two draws for one count
could be averaged. Two kinds of margins:

* *independent*: each margin is rounded on its own; the table says that they need not add up.
* *controlled*: the margins add up, each value is still beside its count, and none is biased. For
  one table of one or two variables this always exists (Causey, Cox and Ernst 1985,
  doi:10.1080/01621459.1985.10478203; Cox 1987, doi:10.1080/01621459.1987.10478456): along a cycle
  of counts that are no multiples some go up and the others down, until none is left.

The randomness is `secrets.randbelow`, or drawn from a secret that is kept sealed; who knew it could
undo the rounding. What numbers that were rounded each on their own tell together is looked for, and
held back, by `withholding`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ayni.statistics.disclosure.findings import Check, Figures, Finding, NotDisclosable
from ayni.statistics.disclosure.groups import whole_margins
from ayni.statistics.disclosure.linked import labels_in_use
from ayni.statistics.disclosure.suppressing import check_small
from ayni.statistics.disclosure.tables import Cell, Counts, Release, Table

BASES = (3, 5)
# Why a number is not shown: the one reason that there is; see `withholding`.
NOT_SHOWN = "line_tells_too_much"
Below = Callable[[int], int]
Grid = list[list[int]]


class Margins(StrEnum):
    """How margins are rounded; see above."""

    INDEPENDENT = "independent"
    CONTROLLED = "controlled"


@dataclass(frozen=True, slots=True)
class Rounding:
    """What a release declares: base, margins, and that no count below `threshold` can be narrowed
    down to less than `width`, by default and at least as many counts as the base: from 0 to 4 is 4
    wide. `secret`: the variables for which a whole group counts."""

    base: int = 5
    margins: Margins = Margins.INDEPENDENT
    threshold: int = 10
    width: int | None = None
    secret: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_small(self.threshold, self.interval, self.base - 1)
        if self.base not in BASES:
            figures: Figures = {"value": self.base, "known": ", ".join(map(str, BASES))}
            raise NotDisclosable(Finding("parameter_unknown", Check.PARAMETERS, "base", figures))

    @property
    def interval(self) -> int:
        """The declared width."""
        return self.base - 1 if self.width is None else self.width

    @property
    def most(self) -> int:
        """The furthest that a value lies from its count."""
        return self.base - 1

    def around(self, value: int) -> tuple[int, int]:
        """The least and the greatest count that can have led to a value."""
        return max(0, value - self.most), value + self.most

    def description(self) -> dict[str, Any]:
        """The parameters that travel with every table."""
        independent = self.margins is Margins.INDEPENDENT
        return {
            "method": "random_rounding",
            "base": self.base,
            "threshold": self.threshold,
            "width": self.interval,
            "secret": list(self.secret),
            "margins": self.margins.value,
            "margins_add_up": not independent,
            "largest_change": self.most,
            **({"not_shown": NOT_SHOWN} if independent else {}),
        }


@dataclass(frozen=True, slots=True)
class Rounded:
    """`values` may be shown; None is withheld (`withholding`). `kept` (cell -> count and value,
    whether shown or not) stays on the node, for the next edition."""

    values: Mapping[Cell, int | None]
    kept: Mapping[Cell, tuple[int, int]]
    parameters: Mapping[str, Any]


def round_release(
    release: Release,
    counts: Counts,
    rules: Rounding,
    *,
    kept: Mapping[Cell, tuple[int, int]] | None = None,
    below: Below = secrets.randbelow,
    of: Callable[[Cell], Below] | None = None,
) -> Rounded:
    """Round every cell of a release. `kept`: from earlier editions; a cell with the same count gets
    the same value. `below(n)`: an even choice of 0 to n-1, by default of `secrets`; `of`: the one
    for the records of a cell (of the whole table for controlled margins), where the same records
    are to get the same value whenever they are rounded. Raises `NotDisclosable` where controlled
    margins are not possible."""
    if rules.margins is Margins.CONTROLLED:
        _check_controlled(release)
        table = release.tables[0]
        whole = below if of is None else of(table.universe)
        values = _controlled(table, release, counts, rules.base, whole)
    else:
        values = {}
        for same in _same_records(release, counts):
            count = counts.of(same[0])
            drawn = [kept[place] for place in same if kept and place in kept]
            before = next((value for number, value in drawn if number == count), None)
            draw = below if of is None else of(same[0])
            value = rounded(count, rules.base, draw) if before is None else before
            values |= dict.fromkeys(same, value)
    memory = {place: (counts.of(place), value) for place, value in values.items()}
    return Rounded(values, memory, rules.description())


def rounded(count: int, base: int, below: Below = secrets.randbelow) -> int:
    """One count, up or down."""
    over = count % base
    return count - over + (base if below(base) < over else 0)


def _same_records(release: Release, counts: Counts) -> list[list[Cell]]:
    """The cells in lists that hold the same records, as a cell that holds its whole group is the
    group. Two draws for one set of records would tell more of it than one."""
    cells, used = release.cells(), labels_in_use(release)
    leader = {place: place for place in cells}

    def first(place: Cell) -> Cell:
        while leader[place] != place:
            place = leader[place]
        return place

    for place in cells:
        for _name, margin in whole_margins(place, counts, used, used):
            if margin in leader:
                leader[first(margin)] = first(place)
    lists: dict[Cell, list[Cell]] = {}
    for place in cells:
        lists.setdefault(first(place), []).append(place)
    return list(lists.values())


def _check_controlled(release: Release) -> None:
    whole = len(release.tables) == 1 and len(release.tables[0].by) in {1, 2}
    whole = whole and not release.earlier
    if not whole:
        names = ", ".join(each.name for each in release.tables)
        raise NotDisclosable(Finding("controlled_impossible", Check.MARGINS, names))


def _controlled(
    table: Table, release: Release, counts: Counts, base: int, below: Below
) -> dict[Cell, int]:
    axes = [*table.axes(release.over), (), ()][:2]
    names = [*table.by, None, None][:2]
    places: list[list[Cell]] = []
    for down in (*axes[0], None):
        line = []
        for across in (*axes[1], None):
            both = zip(names, (down, across), strict=True)
            pairs = [(n, e) for n, e in both if n is not None and e is not None]
            line.append(tuple(sorted([*pairs, *table.universe])))
        places.append(line)
    if len(axes[1]) == 0:  # one variable: a table with one column
        places = [[line[0], line[0]] for line in places]
    grid = [[counts.of(each) for each in line] for line in places]
    done = controlled(grid, base, below)
    return {
        place: value
        for line, row in zip(places, done, strict=True)
        for place, value in zip(line, row, strict=True)
    }


def controlled(grid: Grid, base: int, below: Below = secrets.randbelow) -> Grid:
    """A grid with its sums in the last row and column, rounded so that they stay its sums.

    Raises ValueError if the sums of `grid` are not right.
    """
    lines, columns = len(grid) - 1, len(grid[0]) - 1
    # With the signs of the sums turned, every line and column adds up to nothing.
    signs = [
        [(-1 if i == lines else 1) * (-1 if j == columns else 1) for j in range(columns + 1)]
        for i in range(lines + 1)
    ]
    signed = [[s * v for s, v in zip(*each, strict=True)] for each in zip(signs, grid, strict=True)]
    if any(map(sum, signed)) or any(map(sum, zip(*signed, strict=True))):
        raise ValueError("sums")
    while cycle := _cycle(signed, base):
        up, down = cycle[::2], cycle[1::2]
        more = min(
            *[base - signed[i][j] % base for i, j in up], *[signed[i][j] % base for i, j in down]
        )
        less = min(
            *[signed[i][j] % base for i, j in up], *[base - signed[i][j] % base for i, j in down]
        )
        # Up by `more` with probability less/(more+less): nothing is gained or lost on average.
        step = more if below(more + less) < less else -less
        for i, j in up:
            signed[i][j] += step
        for i, j in down:
            signed[i][j] -= step
    return [[s * v for s, v in zip(*each, strict=True)] for each in zip(signs, signed, strict=True)]


def _cycle(signed: Grid, base: int) -> list[tuple[int, int]]:
    """Places that are no multiples, by turns along a line and along a column, back to the first;
    empty if there is none. Every line that has such a place has two, for it adds up to nothing."""
    start = next(
        ((i, j) for i, line in enumerate(signed) for j, v in enumerate(line) if v % base), None
    )
    if start is None:
        return []
    path: list[tuple[int, int]] = [start]
    lines = {start[0]: 0}
    while True:
        i, j = path[-1]
        j = next(each for each in range(len(signed[i])) if each != j and signed[i][each] % base)
        path.append((i, j))
        i = next(each for each in range(len(signed)) if each != i and signed[each][j] % base)
        if i in lines:
            first = lines[i]
            return _closed(path, first, (i, j))
        lines[i] = len(path)
        path.append((i, j))


def _closed(
    path: list[tuple[int, int]], first: int, last: tuple[int, int]
) -> list[tuple[int, int]]:
    """The part of a path that closes when it comes back, at `last`, to the line of `path[first]`.

    `path[first]` was reached along its column and left along its line; the cycle goes from `last`
    along that line to where the path left it.
    """
    left = path[first + 1 :]
    if last == left[0]:  # it came back by the very place by which it left: the rest is the cycle
        return left[1:]
    return [last, *left]
