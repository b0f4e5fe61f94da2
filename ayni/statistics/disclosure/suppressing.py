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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ayni.statistics.disclosure import attack, linked
from ayni.statistics.disclosure.attack import CLOSE, Seen, libraries
from ayni.statistics.disclosure.findings import Check, Figures, Finding, NotDisclosable
from ayni.statistics.disclosure.tables import Cell, Counts, Release, said, subcells

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
    for place in release.cells():
        count = counts.of(place)
        if 0 < count < rules.threshold:
            found[place] = Why.SMALL
        elif rules.full is Full.HIDDEN and whole_group(place, counts, rules.secret):
            found[place] = Why.FULL
        elif small_changes(release, place, count, rules.threshold):
            found[place] = Why.EDITION
    return found


def whole_group(place: Cell, counts: Counts, secret: Iterable[str]) -> bool:
    """Whether everybody in a group is in this cell: a margin of it, along a variable that is
    secret, holds as many."""
    return next(whole_margins(place, counts, secret), None) is not None


def whole_margins(place: Cell, counts: Counts, secret: Iterable[str]) -> Iterator[tuple[str, Cell]]:
    """The margins, each with its variable, of which a cell holds everybody. A label that takes the
    whole variable tells nothing and counts for none."""
    names, count, labels = set(secret), counts.of(place), dict(place)
    for name, margin in subcells(place) if count else ():
        variable = counts.over[name]
        tells = variable.holds(labels[name]) != frozenset(variable.categories)
        if tells and (not names or name in names) and counts.of(margin) == count:
            yield name, margin


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


def suppress(release: Release, counts: Counts, rules: Suppression) -> Suppressed:
    """Hide what must be hidden. Raises `NotDisclosable` if that cannot protect a cell, because an
    earlier edition gives it away; `ExtraMissing` without numpy and scipy."""
    libraries()
    system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    work = _Work(system, release, wider, rules)
    work.protect()
    values = {place: None if place in work.hidden else wider.of(place) for place in release.cells()}
    return Suppressed(values, work.hidden, rules.description())


class _Work:
    """The search for the cells to hide beside the primary ones."""

    def __init__(
        self, system: linked.System, release: Release, counts: Counts, rules: Suppression
    ) -> None:
        self._system, self._rules = system, rules
        self._truth = counts.all(system.places)
        self.hidden = primary(release, counts, rules)
        weights = release.shown_in()
        self._before = {
            place: value
            for edition in release.earlier
            if not edition.revised
            for place, value in edition.named().items()
            if value is not None
        }
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
        # Differences that nobody shows and that tell of few.
        self._latent = [
            place
            for place, count in self._truth.items()
            if place not in weights and place not in self._before and 0 < count < rules.threshold
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
            failing = [each for each in targets if self._narrow(each)]
            bare = [each for each in self.hidden if each in self._before]
            for place in sorted(bare):
                raise _cannot(place)
            if not failing:
                return
            for place in sorted(failing, key=lambda each: (self._truth[each], each)):
                if self._narrow(place):
                    self._widen(place)

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
        tries = [self._move(place, up, grow=True)]
        if true - down >= self._bounds.get(place, (0.0, 0.0))[0]:
            tries.append(self._move(place, down, grow=False))
        possible = [each for each in tries if each is not None]
        if not possible:
            raise _cannot(place)
        _price, world = min(possible, key=lambda each: each[0])
        for cell, change in world.items():
            if cell in self._cost and cell not in self.hidden:
                self.hidden[cell] = Why.SECONDARY
            self._seen.setdefault(cell, Seen()).take(self._truth[cell])
            self._seen[cell].take(self._truth[cell] + change)

    def _move(
        self, place: Cell, by: float, *, grow: bool
    ) -> tuple[float, dict[Cell, float]] | None:
        """The cheapest change of cells that moves this one by so much and keeps every equation."""
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
        at = index[place]
        limits[at] = (by, math.inf) if grow else (0, 0)
        limits[number + at] = (0, 0) if grow else (by, limits[number + at, 1])
        found = optimize.linprog(
            numpy.concatenate([price, price]),
            A_eq=matrix, b_eq=numpy.zeros(matrix.shape[0]), bounds=limits, method="highs",
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
