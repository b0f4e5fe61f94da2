"""Every equation between the cells of a release, its earlier editions and what follows. Pure.

Each cell that is no smallest one is the sum of smaller ones, along one variable at a time. The
smallest parts of a variable (*atoms*) are what its labels in use cut it into, so that bands,
groups, parts of a population and editions are parts of one system: a table of everybody and one of
adults give the children away, and the system says so. Cells that no table shows and that such a
subtraction yields stand in it as unknowns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ayni.statistics.disclosure.findings import Check, Figures, Finding, NotDisclosable
from ayni.statistics.disclosure.tables import EDITION, Cell, Domain, Release, Variable

MOST_SYSTEM = 400_000
# Combinations over which tables are attacked together unless the release declares otherwise: more
# and a linear programme takes minutes for each cell.
MOST_DERIVED = 20_000
Parts = Mapping[str, tuple[tuple[str, frozenset[str]], ...]]
Sets = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class System:
    """Cells and equations `parent = sum of parts`. Cells of `places` not in a table are unknown."""

    places: tuple[Cell, ...]
    sums: tuple[tuple[Cell, tuple[Cell, ...]], ...]
    over: Domain = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)  # the smallest parts of each variable
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)  # the labels in use
    # A cell of several smallest parts that no table shows is known by the label of its parts.


def atoms(variable: Variable, used: set[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    """The parts into which the labels in use cut a variable, each with a label.

    A part that has no label of its own gets one that names its first category.
    """
    sets = {label: variable.holds(label) for label in used}
    by_marks: dict[frozenset[str], list[str]] = {}
    for category in variable.categories:
        marks = frozenset(label for label, held in sets.items() if category in held)
        by_marks.setdefault(marks, []).append(category)
    found = []
    for parts in by_marks.values():
        held = frozenset(parts)
        own = sorted(label for label, each in sets.items() if each == held)
        label = own[0] if own else parts[0] if len(parts) == 1 else f"rest:{parts[0]}"
        found.append((label, held))
    return tuple(found)


def build(release: Release) -> tuple[System, Domain]:
    """The system of a release, and its domain with the parts that had no label.

    Raises `NotDisclosable` beyond `MOST_SYSTEM` cells, and where the tables must be attacked
    together over more combinations than `MOST_DERIVED` (see `derived`).
    """
    shown, before = list(release.cells()), _before(release)
    used = labels_in_use(release)
    parts = {name: atoms(release.over[name], set(labels)) for name, labels in used.items()}
    over = {name: _with_parts(release.over[name], parts.get(name, ())) for name in release.over}
    crossed = _maximal(_crossed(release) | _joint(release, parts))
    places = dict.fromkeys((*shown, *before))
    sums: dict[Cell, dict[tuple[Cell, ...], None]] = {}
    for names in crossed:
        within = [each for each in (*shown, *before) if {name for name, _ in each} <= names]
        _expand(within, sorted(names), parts, over, places, sums)
    rows = tuple((parent, children) for parent, each in sums.items() for children in each)
    return System(tuple(places), rows, over, parts, used), over


def labels_in_use(release: Release) -> dict[str, frozenset[str]]:
    """The labels that any table, today's or an earlier edition's, speaks of, by variable."""
    used: dict[str, set[str]] = {}
    for place in (*release.cells(), *_before(release)):
        for name, label in place:
            used.setdefault(name, set()).add(label)
    return {name: frozenset(labels) for name, labels in used.items()}


def joint_of(release: Release) -> list[list[str]]:
    """The sets of variables over which the tables are attacked together: as declared, or as they
    follow from the tables."""
    sets = derived(_crossed(release)) if release.joint is None else map(frozenset, release.joint)
    return sorted(sorted(each) for each in sets)


def left_open(release: Release) -> list[list[str]]:
    """The sets of variables over which a release declares not to be attacked, and over which a
    reader can come closer."""
    if release.joint is None:
        return []
    declared = _crossed(release) | {frozenset(each) for each in release.joint}
    return sorted(sorted(each) for each in derived(declared))


def derived(sets: Sets) -> Sets:
    """The sets of variables that must be crossed so that nothing more can be worked out.

    Tables that hang together like a tree tell nothing about their common crossing that they do not
    tell one by one: counts that agree pair by pair always come from one table of all variables
    (Vorob'ev 1962, doi:10.1137/1107014; Beeri et al. 1983, doi:10.1145/2402.322389). Tables in a
    circle, such as AB, BC and AC, do. The cliques of a graph of the variables without holes, made
    by taking out one variable after the other, close every circle.
    """
    beside: dict[str, set[str]] = {}
    for crossed in sets:
        for name in crossed:
            beside.setdefault(name, set()).update(crossed - {name})
    found: set[frozenset[str]] = set()
    while beside:

        def missing(name: str) -> tuple[int, int, str]:
            near = beside[name]
            return sum(len(near - beside[each]) - 1 for each in near), len(near), name

        name = min(beside, key=missing)
        near = beside.pop(name)
        found.add(frozenset({name, *near}))
        for each in near:
            beside[each] |= near - {each}
            beside[each].discard(name)
    return frozenset(
        each for each in _maximal(frozenset(found)) if not any(each <= other for other in sets)
    )


def _joint(release: Release, parts: Parts) -> Sets:
    """Those of the release. Raises `NotDisclosable` where they are derived and too large."""
    if release.joint is not None:
        return frozenset(frozenset(each) for each in release.joint)
    sets = derived(_crossed(release))
    number = sum(math.prod(len(parts[name]) + 1 for name in each) for each in sets)
    if number > MOST_DERIVED:
        said = "; ".join(" × ".join(sorted(each)) for each in sorted(sets, key=sorted))
        figures: Figures = {"found": number, "most": MOST_DERIVED}
        raise NotDisclosable(Finding("joint_too_large", Check.RECOVERY, said, figures))
    return sets


def _before(release: Release) -> list[Cell]:
    return [place for each in release.earlier for place in each.named()]


def _crossed(release: Release) -> Sets:
    """The sets of variables that tables cross."""
    sets = {frozenset((*table.by, *dict(table.universe))) for table in release.tables}
    return frozenset(sets | {frozenset(name for name, _ in place) for place in _before(release)})


def _maximal(sets: Sets) -> list[frozenset[str]]:
    """Without those inside another."""
    return sorted(
        (each for each in sets if not any(each < other for other in sets)),
        key=lambda names: sorted(names),
    )


def _with_parts(variable: Variable, parts: Sequence[tuple[str, frozenset[str]]]) -> Variable:
    known = set(variable.labels())
    added = {
        label: tuple(each for each in variable.categories if each in held)
        for label, held in parts
        if label not in known
    }
    return Variable(variable.name, variable.categories, {**variable.groups, **added})


def _expand(
    within: Sequence[Cell],
    names: Sequence[str],
    parts: Mapping[str, tuple[tuple[str, frozenset[str]], ...]],
    over: Domain,
    places: dict[Cell, None],
    sums: dict[Cell, dict[tuple[Cell, ...], None]],
) -> None:
    """Write each cell, and each cell that this brings in, as a sum along its first variable that is
    not yet a smallest part."""
    smallest = {name: {label for label, _held in parts[name]} for name in names}
    waiting, seen = list(within), set(within)
    while waiting:
        place = waiting.pop()
        labels = dict(place)
        name = next((each for each in names if labels.get(each) not in smallest[each]), None)
        if name is None:
            continue
        whole = over[name].holds(labels[name]) if name in labels else None
        children = []
        for label, held in parts[name]:
            if whole is None or held <= whole:
                child = tuple(sorted({**labels, name: label}.items()))
                children.append(child)
                places.setdefault(child)
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
        sums.setdefault(place, {})[tuple(children)] = None
        if len(places) > MOST_SYSTEM:
            figures: Figures = {"found": len(places), "most": MOST_SYSTEM}
            where = " × ".join(names)
            raise NotDisclosable(Finding("too_many_cells", Check.PARAMETERS, where, figures))


def edition_variable(names: Sequence[str]) -> Variable:
    """The variable of editions that grow into each other, oldest first, today's last.

    A record's value is the first edition that counted it; the label of an edition takes all before
    it. With the names ("2023", "2024") a record of today's register has one of the two.
    """
    groups = {
        f"until {name}": tuple(names[: place + 1])
        for place, name in enumerate(names)
        if 0 < place < len(names) - 1
    }
    return Variable(EDITION, tuple(names), groups)
