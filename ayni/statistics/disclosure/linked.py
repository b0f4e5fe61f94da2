"""Every equation between the cells of a release, its earlier editions and what follows. Pure.

Each cell that is no smallest one is the sum of smaller ones, along one variable at a time. The
smallest parts of a variable (*atoms*) are what its labels in use cut it into, so that bands,
groups, parts of a population and editions are parts of one system: a table of everybody and one of
adults give the children away, and the system says so. Cells that no table shows and that such a
subtraction yields stand in it as unknowns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ayni.statistics.disclosure.tables import EDITION, Cell, Domain, Release, Variable

MOST_SYSTEM = 400_000


@dataclass(frozen=True, slots=True)
class System:
    """Cells and equations `parent = sum of parts`. Cells of `places` not in a table are unknown."""

    places: tuple[Cell, ...]
    sums: tuple[tuple[Cell, tuple[Cell, ...]], ...]
    over: Domain = field(default_factory=dict)
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

    Raises ValueError beyond `MOST_SYSTEM` cells.
    """
    shown = list(release.cells())
    kept = [each for each in release.earlier if not each.revised]
    before = [place for each in kept for place in each.named()]
    used: dict[str, set[str]] = {}
    for place in (*shown, *before):
        for name, label in place:
            used.setdefault(name, set()).add(label)
    parts = {name: atoms(release.over[name], labels) for name, labels in used.items()}
    over = {name: _with_parts(release.over[name], parts.get(name, ())) for name in release.over}
    crossed = _crossed(release, before)
    places = dict.fromkeys((*shown, *before))
    sums: dict[Cell, dict[tuple[Cell, ...], None]] = {}
    for names in crossed:
        within = [each for each in (*shown, *before) if {name for name, _ in each} <= names]
        _expand(within, sorted(names), parts, over, places, sums)
    rows = tuple((parent, children) for parent, each in sums.items() for children in each)
    return System(tuple(places), rows, over), over


def _crossed(release: Release, before: Sequence[Cell]) -> list[frozenset[str]]:
    """The sets of variables that are crossed, without those inside another."""
    sets = {frozenset((*table.by, *dict(table.universe))) for table in release.tables}
    sets |= {frozenset(each) for each in release.joint}
    sets |= {frozenset(name for name, _label in place) for place in before}
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
            raise ValueError("too many cells")


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
