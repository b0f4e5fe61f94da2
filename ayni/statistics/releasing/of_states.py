"""A sum over states beside what the states have published themselves: one system. Pure.

A sum of ten states less the tables of nine is the table of the tenth. So before a sum is published
the tables of its states, which every node holds, are put into one system of equations with it: a
cell of the sum is the sum of that cell over the states, what a state has hidden or not published is
unknown, and the reader's own linear programmes (`disclosure.attack`) run over all of it. Nothing
here knows what a state has not published: whatever a cell may be, it has to stay as wide as was
declared of it.

A sum counts the cases of the side of the host, of all institutions of a state, as they were when
its state gave. A state's own table may count more, fewer, or at another time. So each is read as
strictly as it can be: as the very cases of the sum; if that contradicts the figures, as all sides,
of which the sum has a part; if that does as well, it is not comparable, and the reviewer is told.

Needs numpy and scipy. Over the real numbers, as `disclosure.attack`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ayni.statistics.disclosure import attack, linked
from ayni.statistics.disclosure.attack import CLOSE
from ayni.statistics.disclosure.findings import Check, Figures, Finding, NotDisclosable, Weight
from ayni.statistics.disclosure.linked import MOST_DERIVED, System
from ayni.statistics.disclosure.tables import Cell, Domain, Published, Release, Variable, said

STATE, SIDE, YEAR = "state", "side", "year"
HOST, OTHER = "host", "other"
Values = Mapping[Cell, int | None]
Bounds = tuple[float, float]


class Reading(StrEnum):
    """How a state's table is read beside the sum; see above."""

    SAME = "same"
    ALL_SIDES = "all_sides"


@dataclass(frozen=True, slots=True)
class OfState:
    """One release of a state. `unit`: the state, or one of its institutions that publish ("ar",
    "ar.1"); `name`: what a reviewer is told of it; `values`: cells with their year, None where
    hidden; `around`: 0 where values are exact, else how far a count may lie from what is shown;
    `width`: what it declares of hidden cells; `least`: 1 where it shows every zero, so that what is
    hidden is none."""

    state: str
    unit: str
    name: str
    values: Values
    width: int
    around: int = 0
    least: int = 0


@dataclass(frozen=True, slots=True)
class OfSum:
    """The sum as it would be published: `over`, its columns; `period`, its years ("2024" or
    "2023-2024"); `around` and `least` as in `OfState`; `width` and `threshold` as declared."""

    over: Domain
    states: tuple[str, ...]
    period: str
    values: Values
    width: int
    threshold: int
    around: int = 0
    least: int = 0


@dataclass(frozen=True, slots=True)
class Narrow:
    """A cell that can be worked out more closely than declared; `place` with `STATE` if it is one
    of a state's."""

    place: Cell
    low: float
    high: float
    width: int

    def finding(self) -> Finding:
        """As the reviewer reads it."""
        low, high = math.ceil(self.low - CLOSE), math.floor(self.high + CLOSE)
        figures: Figures = {"low": low, "high": high, "width": self.width}
        return Finding("states_worked_out", Check.RECOVERY, said(_told(self.place)), figures)


@dataclass(frozen=True, slots=True)
class Together:
    """The sum and the releases that can be read beside it, each in its reading."""

    of_sum: OfSum
    read: tuple[tuple[OfState, Reading], ...]
    left: tuple[OfState, ...] = ()
    system: System = field(default_factory=lambda: System((), ()))

    def reading(self, release: OfState) -> Reading | None:
        """How a release is read beside the sum; None for one that is not."""
        return next((how for each, how in self.read if each is release), None)


def told_of(read: Sequence[Together], releases: Iterable[OfState]) -> list[Finding]:
    """What the reviewer must have read: which releases could not be compared, which only in
    part."""
    found = []
    for each in releases:
        readings = {one.reading(each) for one in read}
        part = Reading.ALL_SIDES in readings
        code = "states_read_as_part" if part else "states_not_comparable"
        if Reading.SAME not in readings:
            found.append(Finding(code, Check.EDITIONS, each.name, weight=Weight.TELLS))
    return found


def systems(of_sum: OfSum, releases: Sequence[OfState]) -> list[Together]:
    """The sum beside these releases, the newest first, so often that each of them is read as
    strictly as it can be by itself: what a correction replaced contradicts it and was seen all the
    same, and a sum may count what either of them counts. Beside each the others go in from the
    newest and from the oldest on; not every choice of versions is tried. Raises as `together`."""
    found = [together(of_sum, releases)]
    for each in releases:
        if found[0].reading(each) is Reading.SAME:
            continue
        rest = [other for other in releases if other is not each]
        for others in (rest, rest[::-1]):
            again = together(of_sum, [each, *others])
            if not any(_alike(again, one) for one in found):
                found.append(again)
    return found


def _alike(one: Together, other: Together) -> bool:
    """Whether both read the same releases in the same way."""
    mine, theirs = ({(id(e), how) for e, how in each.read} for each in (one, other))
    return mine == theirs


def together(of_sum: OfSum, releases: Sequence[OfState]) -> Together:
    """Which of these releases, the newest first, can be read beside the sum, and how. Raises
    `NotDisclosable` for a system that is too large."""
    read: list[tuple[OfState, Reading]] = []
    left = []
    for each in releases:
        for reading in Reading:
            wanted = [*read, (each, reading)]
            if _possible(of_sum, wanted):
                read = wanted
                break
        else:
            left.append(each)
    return Together(of_sum, tuple(read), tuple(left), _system(of_sum, read))


def narrow(both: Together, values: Values | None = None) -> list[Narrow]:
    """The cells that the sum lets a reader work out more closely than declared, and more closely
    than the states' own releases do. `values`: the sum's, if others than it was put together
    with."""
    of_sum, system = both.of_sum, both.system
    mine = _sum_cells(of_sum, values)
    theirs, bounds, widths = _state_cells(both.read)
    shown = {place: value for place, value in theirs.items() if value is not None}
    before = (dict(shown), dict(bounds))
    for place, value in mine.items():
        _know(place, value, of_sum.around, shown, bounds, of_sum.least)
    targets = [each for each in system.places if each not in shown]
    # Of each cell its own: a rounded one is never as wide as a hidden one of another release.
    wanted = {place: widths.get(place, of_sum.width) for place in targets}
    seen = attack.intervals(system, shown, targets, enough=wanted, bounds=bounds)
    found = []
    for place, width in wanted.items():
        here = seen[place]
        if here.high - here.low >= width - CLOSE:
            continue
        # Of what nobody has published only the small is to be kept from being seen.
        small = here.high > CLOSE and here.low < of_sum.threshold - CLOSE
        if place in widths or place in mine or small:
            found.append(Narrow(place, here.low, here.high, width))
    return _through_the_sum(system, found, *before)


def _through_the_sum(
    system: System, found: list[Narrow], shown: dict[Cell, int], bounds: dict[Cell, Bounds]
) -> list[Narrow]:
    """Without those that the states' releases tell as closely by themselves."""
    if not found:
        return []
    wanted = {each.place: each.width for each in found}
    alone = attack.intervals(system, shown, wanted, enough=wanted, bounds=bounds)
    return [
        each
        for each in found
        if alone[each.place].high - alone[each.place].low > each.high - each.low + CLOSE
    ]


def to_hide(found: Iterable[Narrow], values: Values, least: int = 0) -> set[Cell]:
    """The cells of the sum that are hidden so that these are wider: the one of the same columns, or
    if that is hidden already the smallest shown around it; none if none is left. `least`: as in
    `OfSum`, nothing smaller is hidden."""
    cells: set[Cell] = set()
    for each in found:
        wanted = dict(_told(each.place))
        wanted.pop(STATE, None)
        shown = [p for p, value in values.items() if value is not None and value >= least]
        around = [place for place in shown if set(place) <= set(wanted.items())]
        inside = [place for place in shown if set(wanted.items()) <= set(place)]
        nearest = sorted(around, key=len, reverse=True) or sorted(inside, key=len)
        cells |= set(nearest[:1])
    return cells


def _told(place: Cell) -> Cell:
    """A cell without what all cells of the sum have in common."""
    return tuple((name, label) for name, label in place if name not in (SIDE, YEAR))


def _sum_cells(of_sum: OfSum, values: Values | None = None) -> Values:
    told = of_sum.values if values is None else values
    mark = ((SIDE, HOST), (YEAR, of_sum.period))
    return {tuple(sorted([*place, *mark])): value for place, value in told.items()}


def _state_cells(
    read: Iterable[tuple[OfState, Reading]],
) -> tuple[dict[Cell, int | None], dict[Cell, Bounds], dict[Cell, int]]:
    """Cells with their values where they are exact, bounds where they are not, and the width that
    was declared of those that are hidden. Of two releases that tell of one cell both are known."""
    exact: dict[Cell, int | None] = {}
    bounds: dict[Cell, Bounds] = {}
    widths: dict[Cell, int] = {}
    for each, reading in read:
        for place, value in _cells_of(each, reading).items():
            known: dict[Cell, int] = {}
            _know(place, value, each.around, known, bounds, each.least)
            if known:
                exact[place] = known[place]
            exact.setdefault(place, None)
            if value is None or each.around:
                widths[place] = max(each.width, widths.get(place, 0))
    return exact, bounds, {p: w for p, w in widths.items() if exact.get(p) is None}


def _cells_of(each: OfState, reading: Reading) -> Values:
    side = [(SIDE, HOST)] if reading is Reading.SAME else []
    mark = [(STATE, each.unit), *side]
    return {tuple(sorted([*place, *mark])): value for place, value in each.values.items()}


def _know(
    place: Cell, value: int | None, around: int, shown: dict[Cell, int], bounds: dict[Cell, Bounds],
    least: int = 0,
) -> None:  # fmt: skip
    low, high = bounds.get(place, (0.0, math.inf))
    if value is None:
        if least:
            bounds[place] = (max(low, float(least)), high)
    elif around:
        bounds[place] = (max(low, float(value - around)), min(high, float(value + around)))
    else:
        shown[place] = value


def _possible(of_sum: OfSum, read: Sequence[tuple[OfState, Reading]]) -> bool:
    """Whether any counts agree with all of it."""
    exact, bounds, _widths = _state_cells(read)
    shown = {place: value for place, value in exact.items() if value is not None}
    if _two_values(read) or any(low > high for low, high in bounds.values()):
        return False
    for place, value in _sum_cells(of_sum).items():
        _know(place, value, of_sum.around, shown, bounds, of_sum.least)
    return attack.possible(_system(of_sum, read), shown, bounds)


def _two_values(read: Sequence[tuple[OfState, Reading]]) -> bool:
    """Whether one cell is shown with two exact values."""
    found: dict[Cell, int] = {}
    for each, reading in read:
        for place, value in _cells_of(each, reading).items():
            if value is not None and not each.around and found.setdefault(place, value) != value:
                return True
    return False


def _system(of_sum: OfSum, read: Sequence[tuple[OfState, Reading]]) -> System:
    """Every equation between the sum, the releases read beside it, and what nobody shows."""
    cells = dict.fromkeys(_sum_cells(of_sum))
    for each, reading in read:
        cells |= dict.fromkeys(_cells_of(each, reading))
    sets = frozenset(frozenset(name for name, _label in place) for place in cells)
    whole = frozenset().union(*(s for s in sets if STATE not in s)) | {STATE, SIDE, YEAR}
    joint = {whole, *linked.derived(sets | {whole})}
    over = _over(of_sum, read, cells)
    if not read:  # nothing is known of any state by itself
        return linked.build(Release(over, (), (Published(cells),)))[0]
    release = Release(over, (), (Published(cells),), tuple(tuple(sorted(s)) for s in joint))
    used = linked.labels_in_use(release)
    number = sum(
        math.prod(len(linked.atoms(over[name], set(used.get(name, ())))) + 1 for name in each)
        for each in joint
    )
    if number > MOST_DERIVED:
        names = "; ".join(" × ".join(sorted(each)) for each in joint)
        figures: Figures = {"found": number, "most": MOST_DERIVED}
        raise NotDisclosable(Finding("joint_too_large", Check.RECOVERY, names, figures))
    return linked.build(release)[0]


def _over(
    of_sum: OfSum, read: Sequence[tuple[OfState, Reading]], cells: Iterable[Cell]
) -> dict[str, Variable]:
    units: dict[str, list[str]] = {state: [] for state in of_sum.states}
    for each, _reading in read:
        if each.unit not in units[each.state]:
            units[each.state].append(each.unit)
    names = list(itertools.chain.from_iterable(found or [s] for s, found in units.items()))
    periods = {label for place in cells for name, label in place if name == YEAR}
    first = min(int(each.split("-")[0]) for each in periods)
    last = max(int(each.split("-")[-1]) for each in periods)
    years = tuple(str(year) for year in range(first, last + 1))
    groups = {
        each: tuple(y for y in years if each.split("-")[0] <= y <= each.split("-")[-1])
        for each in periods
        if "-" in each
    }
    return {
        **of_sum.over,
        STATE: Variable(STATE, tuple(names)),
        SIDE: Variable(SIDE, (HOST, OTHER)),
        YEAR: Variable(YEAR, years, groups),
    }
