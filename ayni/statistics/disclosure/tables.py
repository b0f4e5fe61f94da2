"""Tables of counts over a fixed, public domain, and the cells they are made of. Pure.

A *cell* is a condition: variable -> label, where a label is a category or a named group of
categories; a variable that is not named is not restricted. So a margin is a cell like any other,
the same cell in two tables is one thing, and it is hidden, rounded or perturbed once for all.

An *edition* that was published earlier and whose records are among today's (a register that grows)
is a condition on the variable `EDITION`: in which edition a record was first counted.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ayni.statistics.disclosure.findings import Check, Figures, Finding, NotDisclosable

Cell = tuple[tuple[str, str], ...]
TOTAL: Cell = ()
EDITION = "edition"
MOST_CELLS = 100_000  # of one table
Columns = Mapping[str, Sequence[str]]


def cell(**labels: str) -> Cell:
    """The cell with these labels: `cell(sex="female", year="2024")`."""
    return tuple(sorted(labels.items()))


def said(place: Cell) -> str:
    """A cell as it may stand in a sentence."""
    return ", ".join(f"{name}={label}" for name, label in place) or "total"


@dataclass(frozen=True, slots=True)
class Variable:
    """A column with every value it can have, known before anybody looks at the records.

    `groups`: name -> categories it takes together (child -> 0-8, 9-17). Groups may overlap.
    """

    name: str
    categories: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = set(self.categories)
        if len(known) != len(self.categories) or known & set(self.groups):
            raise ValueError(self.name)
        if any(not set(parts) <= known for parts in self.groups.values()):
            raise ValueError(self.name)

    def holds(self, label: str) -> frozenset[str]:
        """The categories that a label takes together. Raises KeyError."""
        return frozenset(self.groups[label] if label in self.groups else (self._known(label),))

    def labels(self) -> tuple[str, ...]:
        """Categories and groups."""
        return (*self.categories, *self.groups)

    def _known(self, label: str) -> str:
        if label not in self.categories:
            raise KeyError(f"{self.name}={label}")
        return label


Domain = Mapping[str, Variable]


def domain(*variables: Variable) -> dict[str, Variable]:
    """Variables by their names."""
    return {each.name: each for each in variables}


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is proposed: the variables it crosses, with all margins.

    `labels` restricts what a variable shows (default: its categories); `universe` is the condition
    that all its records fulfil, such as `cell(age="child")`.
    """

    name: str
    by: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    universe: Cell = TOTAL

    def axes(self, over: Domain) -> list[tuple[str, ...]]:
        """The labels along each variable, without the margin."""
        return [tuple(self.labels.get(name, over[name].categories)) for name in self.by]

    def cells(self, over: Domain) -> list[Cell]:
        """Every cell that the table shows, margins included."""
        axes = self.axes(over)
        number = 1
        for axis in axes:
            number *= len(axis) + 1
        if number > MOST_CELLS:
            figures = {"found": number, "most": MOST_CELLS}
            raise NotDisclosable(Finding("too_many_cells", Check.PARAMETERS, self.name, figures))
        places = []
        for labels in itertools.product(*[(None, *axis) for axis in axes]):
            pairs = [
                (name, each) for name, each in zip(self.by, labels, strict=True) if each is not None
            ]
            places.append(tuple(sorted([*pairs, *self.universe])))
        return places

    def inner(self, over: Domain) -> list[Cell]:
        """The cells that are no margin."""
        full = len(self.by) + len(self.universe)
        return [each for each in self.cells(over) if len(each) == full]

    def description(self) -> dict[str, Any]:
        """What the table is, as a plain dictionary."""
        return {
            "name": self.name,
            "by": list(self.by),
            "labels": {name: list(labels) for name, labels in self.labels.items()},
            "universe": dict(self.universe),
        }


@dataclass(frozen=True, slots=True)
class Published:
    """What a reader sees: each cell with its value, None where it is hidden.

    `edition` is the label of `EDITION` under which an earlier one stands, "" for today's.
    `revised`: counted again since, so that its cells and today's differ by corrections too. What
    it showed and what is counted alike today is known today: who takes the editions from each other
    sees that nothing around it changed.
    """

    values: Mapping[Cell, int | None]
    edition: str = ""
    revised: bool = False

    def named(self) -> dict[Cell, int | None]:
        """The values under cells that name the edition."""
        if not self.edition or self.revised:
            return dict(self.values)
        mark = (EDITION, self.edition)
        return {tuple(sorted([*place, mark])): value for place, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Release:
    """Tables that are proposed together, and the editions already out.

    `joint`: sets of variables over which a reader may reason although no table crosses them. None:
    those that follow from the tables (`linked.derived`); a release that declares fewer says so, and
    its reviewer must have read it. `beside`: releases of the same persons in the other mode.
    """

    over: Domain
    tables: tuple[Table, ...]
    earlier: tuple[Published, ...] = ()
    joint: tuple[tuple[str, ...], ...] | None = None
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for table in self.tables:
            for name in (*table.by, *[name for name, _label in table.universe]):
                if name not in self.over:
                    raise NotDisclosable(
                        Finding("variable_unknown", Check.PARAMETERS, table.name, {"value": name})
                    )
            if len({*table.by, *dict(table.universe)}) < len(table.by) + len(table.universe):
                raise NotDisclosable(
                    Finding("variable_unknown", Check.PARAMETERS, table.name, {"value": "twice"})
                )

    def cells(self) -> list[Cell]:
        """Every cell of today's tables once, in the order of the tables."""
        return list(dict.fromkeys(each for table in self.tables for each in table.cells(self.over)))

    def known_before(self, counts: Counts) -> dict[Cell, int]:
        """What earlier editions tell of the records of today: all that grown ones showed, and of
        revised ones what is counted alike today."""
        known: dict[Cell, int] = {}
        for edition in self.earlier:
            for place, value in edition.named().items():
                if value is not None and not (edition.revised and counts.of(place) != value):
                    known[place] = value
        return known

    def shown_in(self) -> Counter[Cell]:
        """In how many of today's tables a cell stands."""
        return Counter(each for table in self.tables for each in table.cells(self.over))


class Counts:
    """True counts of any cell. They never leave the node."""

    def __init__(self, over: Domain, columns: Columns) -> None:
        """`columns`: name -> values, all of one length. Raises `NotDisclosable` for a value that is
        not in the domain, with the number of the record; ValueError for other lengths."""
        self.over, self.columns = over, columns
        self._tables: dict[tuple[str, ...], Counter[tuple[str, ...]]] = {}
        self._known: dict[Cell, int] = {}
        self.records = len(next(iter(columns.values()), ()))
        for name, values in columns.items():
            if name not in over:
                continue
            if len(values) != self.records:
                raise ValueError(name)
            outside = set(values) - set(over[name].categories)
            if outside:
                place = next(i for i, value in enumerate(values, 1) if value in outside)
                figures: Figures = {"line": place, "value": repr(values[place - 1])[:60]}
                raise NotDisclosable(Finding("value_outside", Check.PARAMETERS, name, figures))

    def of(self, place: Cell) -> int:
        """The number of records in a cell."""
        if place not in self._known:
            names = tuple(name for name, _label in place)
            sets = [self.over[name].holds(label) for name, label in place]
            table = self._crossed(names)
            if all(len(each) == 1 for each in sets):
                self._known[place] = table[tuple(next(iter(each)) for each in sets)]
            else:
                self._known[place] = sum(table[each] for each in itertools.product(*sets))
        return self._known[place]

    def all(self, places: Iterable[Cell]) -> dict[Cell, int]:
        """The counts of cells."""
        return {place: self.of(place) for place in places}

    def _crossed(self, names: tuple[str, ...]) -> Counter[tuple[str, ...]]:
        if names not in self._tables:
            if names:
                columns = [self.columns[name] for name in names]
                self._tables[names] = Counter(zip(*columns, strict=True))
            else:
                self._tables[names] = Counter({(): self.records})
        return self._tables[names]
