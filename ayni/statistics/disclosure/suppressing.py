"""Small cells hidden, and as many others as it takes that none can be worked out. Pure.

*Primary*: cells below the threshold, cells that hold a whole group, cells whose growth since an
earlier edition is below the threshold. *Secondary*: the cells that must be hidden beside them. For
each cell that can be worked out too closely the cheapest move is sought by which it can grow or
shrink while every equation still holds; what moves and is shown is hidden. Then the reader's own
linear programmes (`attack`) run again, until every hidden cell, primary or secondary, and every
small difference has an interval at least as wide as declared.

Sources: Kelly, Golden and Assad 1992, doi:10.1002/net.3230220407; Fischetti and Salazar 2001,
doi:10.1287/mnsc.47.7.1008.9805; Willenborg and de Waal, Elements of Statistical Disclosure Control
(2001). Written from the papers.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ayni.statistics.disclosure import attack, linked
from ayni.statistics.disclosure.attack import CLOSE, Seen, libraries
from ayni.statistics.disclosure.findings import Check, Figures, Finding, NotDisclosable
from ayni.statistics.disclosure.groups import Group, groups, whole_group
from ayni.statistics.disclosure.tables import Cell, Counts, Release, said

LEAST_THRESHOLD = 5
_FREE = 1e-3  # what moving a cell costs that nobody sees: nearly nothing, so that nothing circles


class Zeros(StrEnum):
    """`where_needed`: a zero is shown unless hiding it protects another; `shown`: always shown."""

    WHERE_NEEDED = "where_needed"
    SHOWN = "shown"


class Full(StrEnum):
    """A cell that holds its whole group: `hidden`, or `shown` as its attribute is no secret."""

    HIDDEN = "hidden"
    SHOWN = "shown"


class Why(StrEnum):
    """Why a cell is hidden. For the node's people: a reader sees one mark for all."""

    SMALL = "below_threshold"
    FULL = "whole_group"
    EDITION = "small_change_since_edition"
    OTHERS = "others_have_published"  # what others have published would tell of somebody
    SECONDARY = "secondary"


def check_small(threshold: int, width: int, least: int = 1) -> None:
    """What every release declares of small counts: the threshold is never below
    `LEAST_THRESHOLD`, the interval never narrower than `least`. Raises `NotDisclosable`."""
    if threshold < LEAST_THRESHOLD:
        figures: Figures = {"threshold": threshold, "least": LEAST_THRESHOLD}
        raise NotDisclosable(Finding("threshold_too_low", Check.PARAMETERS, "", figures))
    if width < least:
        told: Figures = {"width": width, "least": least}
        raise NotDisclosable(Finding("width_too_low", Check.PARAMETERS, "", told))


@dataclass(frozen=True, slots=True)
class Suppression:
    """What a release declares. `width`: least width of the interval to which a hidden cell can be
    worked out, in records; by default the threshold. `secret`: the variables for which a whole
    group counts; none named means every one."""

    threshold: int = 10
    width: int | None = None
    zeros: Zeros = Zeros.WHERE_NEEDED
    full: Full = Full.HIDDEN
    secret: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_small(self.threshold, self.interval, LEAST_THRESHOLD)
        if self.zeros is Zeros.SHOWN and self.full is Full.HIDDEN:
            raise NotDisclosable(Finding("zeros_give_away", Check.PARAMETERS))

    @property
    def interval(self) -> int:
        """The declared width."""
        return self.threshold if self.width is None else self.width

    def description(self) -> dict[str, Any]:
        """The parameters that travel with every table."""
        return {
            "method": "suppression",
            "threshold": self.threshold,
            "width": self.interval,
            "zeros": self.zeros.value,
            "whole_groups": self.full.value,
            "secret": list(self.secret),
            "margins": "exact",
        }


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`values` may be shown; `hidden` (why each cell is) stays on the node."""

    values: Mapping[Cell, int | None]
    hidden: Mapping[Cell, Why]
    parameters: Mapping[str, Any]


def primary(release: Release, counts: Counts, rules: Suppression) -> dict[Cell, Why]:
    """The cells that are hidden for what they hold themselves."""
    found: dict[Cell, Why] = {}
    used = linked.labels_in_use(release)
    for place in release.cells():
        count = counts.of(place)
        if 0 < count < rules.threshold:
            found[place] = Why.SMALL
        elif rules.full is Full.HIDDEN and whole_group(place, counts, rules.secret, used):
            found[place] = Why.FULL
        elif small_changes(release, place, count, rules.threshold):
            found[place] = Why.EDITION
    return found


def small_changes(
    release: Release, place: Cell, count: int, threshold: int
) -> list[tuple[str, int]]:
    """Editions that were counted again since and showed this cell a few records away: (edition,
    change)."""
    found = []
    for edition in release.earlier:
        before = edition.values.get(place) if edition.revised else None
        if before is not None and 0 < abs(count - before) < threshold:
            found.append((edition.edition, count - before))
    return found


def suppress(
    release: Release, counts: Counts, rules: Suppression, also: Collection[Cell] = ()
) -> Suppressed:
    """Hide what must be hidden, and `also` these cells, as well as any other. Raises
    `NotDisclosable` if that cannot protect a cell, because an earlier edition gives it away;
    `ExtraMissing` without numpy and scipy."""
    libraries()
    system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    work = _Work(system, release, wider, rules, also)
    work.protect()
    values = {place: None if place in work.hidden else wider.of(place) for place in release.cells()}
    return Suppressed(values, work.hidden, rules.description())


def hidden_as(
    release: Release, counts: Counts, rules: Suppression, gaps: Collection[Cell]
) -> Suppressed:
    """The tables without these cells and without no others, as somebody has hidden them before.
    Whether they are enough is for the check to say."""
    _system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    why = primary(release, wider, rules)
    values = {place: None if place in gaps else wider.of(place) for place in release.cells()}
    hidden = {p: why.get(p, Why.SECONDARY) for p, value in values.items() if value is None}
    return Suppressed(values, hidden, rules.description())


class _Work:
    """The search for the cells to hide beside the primary ones."""

    def __init__(
        self,
        system: linked.System,
        release: Release,
        counts: Counts,
        rules: Suppression,
        also: Collection[Cell] = (),
    ) -> None:
        self._system, self._rules = system, rules
        self._truth = counts.all(system.places)
        self.hidden = primary(release, counts, rules)
        for place in also:
            self.hidden.setdefault(place, Why.OTHERS)
        weights = release.shown_in()
        self._before = release.known_before(counts)
        for edition in release.earlier:
            for place, value in edition.values.items() if edition.revised else ():
                if value is not None and self.hidden.get(place) in {Why.SMALL, Why.FULL}:
                    raise _cannot(place)  # shown, and corrected by a little since
        hidden = rules.full is Full.HIDDEN
        self._groups = groups(system, counts, rules.secret, self._before) if hidden else []
        whole = {each.place for each in self._groups}
        stay = {
            place
            for place, count in self._truth.items()
            if rules.zeros is Zeros.SHOWN and not count and place in weights
        }
        self._fixed = set(self._before) | stay
        self._cost = {
            place: number * (1 + math.log2(1 + self._truth[place]))
            for place, number in weights.items()
        }
        # Differences that nobody shows and that tell of few, or of a whole group.
        self._latent = [
            place
            for place, count in self._truth.items()
            if place not in weights
            and place not in self._before
            and (0 < count < rules.threshold or place in whole)
        ]
        least = 1.0 if rules.zeros is Zeros.SHOWN else 0.0
        self._bounds = {place: (least, math.inf) for place in weights} if least else {}
        self._seen: dict[Cell, Seen] = {}
        self._moves: Any = None

    def protect(self) -> None:
        """Hide more until no target can be worked out too closely."""
        while True:
            shown = {place: self._truth[place] for place in self._cost if place not in self.hidden}
            shown.update(self._before)
            targets = [each for each in (*self.hidden, *self._latent) if each not in shown]
            self._begin(targets)
            attack.intervals(
                self._system, shown, targets,
                enough=self._rules.interval, bounds=self._bounds, seen=self._seen,
            )  # fmt: skip
            certain = self._certain(shown)
            failing = [each for each in targets if self._narrow(each)]
            bare = [each for each in self.hidden if each in self._before]
            for place in sorted(bare):
                raise _cannot(place)
            if not failing and not certain:
                return
            for place in sorted(failing, key=lambda each: (self._truth[each], each)):
                if self._narrow(place):
                    self._widen(place)
            for group in certain:
                if group.sure(self._seen, {}):
                    self._doubt(group)

    def _certain(self, shown: Mapping[Cell, int]) -> list[Group]:
        """The groups of which a reader is sure that nobody stands beside the full cell."""
        sure = [each for each in self._groups if each.sure(self._seen, shown)]
        ask = {cell for each in sure for cell in each.beside if cell not in shown}
        if ask:
            attack.intervals(
                self._system, shown, ask, enough=1, bounds=self._bounds, seen=self._seen
            )
        return [each for each in sure if each.sure(self._seen, shown)]

    def _doubt(self, group: Group) -> None:
        """Hide the cheapest cells by which somebody can stand beside the full cell."""
        tries = [(group.beside, self._rules.interval), (group.beside, 1)]
        for cells, by in [*tries, *[((each,), 1) for each in group.beside]]:
            found = self._move(cells, by, grow=True)
            if found is not None:
                self._take(found[1])
                if not group.sure(self._seen, {}):
                    return
        raise _cannot(group.place)

    def _begin(self, targets: Iterable[Cell]) -> None:
        """What was possible stays possible when more is hidden; what was a bound need not."""
        for each in self._seen.values():
            each.sure_low = each.sure_high = False
        for place in targets:
            self._seen.setdefault(place, Seen()).take(self._truth[place])

    def _narrow(self, place: Cell) -> bool:
        here = self._seen[place]
        return here.high - here.low < self._rules.interval - CLOSE

    def _widen(self, place: Cell) -> None:
        """Hide the cheapest cells by which this one can be as far away as declared."""
        here, true = self._seen[place], self._truth[place]
        up = self._rules.interval - (true - here.low)
        down = self._rules.interval - (here.high - true)
        tries = [self._move((place,), up, grow=True)]
        if true - down >= self._bounds.get(place, (0.0, 0.0))[0]:
            tries.append(self._move((place,), down, grow=False))
        possible = [each for each in tries if each is not None]
        if not possible:
            raise _cannot(place)
        self._take(min(possible, key=lambda each: each[0])[1])

    def _take(self, world: Mapping[Cell, float]) -> None:
        """Hide what moves in this world, and remember that it is possible."""
        for cell, change in world.items():
            if cell in self._cost and cell not in self.hidden:
                self.hidden[cell] = Why.SECONDARY
            self._seen.setdefault(cell, Seen()).take(self._truth[cell])
            self._seen[cell].take(self._truth[cell] + change)

    def _move(
        self, places: Sequence[Cell], by: float, *, grow: bool
    ) -> tuple[float, dict[Cell, float]] | None:
        """The cheapest change of cells that moves these, taken together, by so much and keeps every
        equation."""
        numpy, _sparse, optimize = libraries()
        if self._moves is None:
            self._moves = self._equations()
        matrix, index = self._moves
        number = len(index)
        price = numpy.array(
            [_FREE if each in self.hidden else self._cost.get(each, _FREE) for each in index]
        )
        limits = numpy.zeros((2 * number, 2))
        for cell, at in index.items():
            if cell not in self._fixed:
                least = self._bounds.get(cell, (0.0, 0.0))[0]
                limits[at, 1] = math.inf
                limits[number + at, 1] = max(0.0, self._truth[cell] - least)
        known = [index[each] for each in places if each in index]
        together = numpy.zeros((1, 2 * number))
        for at in known:
            wanted, other = (at, number + at) if grow else (number + at, at)
            together[0, wanted], limits[other] = -1, (0, 0)
        if len(known) == 1:
            limits[wanted] = (by, limits[wanted, 1])
        if not known or (len(known) == 1 and limits[wanted, 1] < by):
            return None
        more = {"A_ub": together, "b_ub": [-by]} if len(known) > 1 else {}
        found = optimize.linprog(
            numpy.concatenate([price, price]),
            A_eq=matrix, b_eq=numpy.zeros(matrix.shape[0]), bounds=limits, method="highs", **more,
        )  # fmt: skip
        if found.status == 2:
            return None
        if found.status != 0:
            raise ArithmeticError(found.message)
        change = found.x[:number] - found.x[number:]
        world = {cell: float(change[at]) for cell, at in index.items() if abs(change[at]) > CLOSE}
        return float(found.fun), world

    def _equations(self) -> tuple[Any, dict[Cell, int]]:
        """Every equation twice: over what cells grow by, and over what they shrink by."""
        _numpy, sparse, _optimize = libraries()
        index = {place: at for at, place in enumerate(self._system.places)}
        entries = []
        for row, (parent, children) in enumerate(self._system.sums):
            for place, sign in ((parent, -1), *[(each, 1) for each in children]):
                entries.append((sign, row, index[place]))
                entries.append((-sign, row, len(index) + index[place]))
        values, down, across = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(self._system.sums), 2 * len(index))
        return sparse.csr_array((values, (down, across)), shape=shape), index


def _cannot(place: Cell) -> NotDisclosable:
    return NotDisclosable(Finding("cannot_protect", Check.RECOVERY, said(place)))
