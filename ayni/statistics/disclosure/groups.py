"""Groups of which everybody is in one cell: whoever is known to be in the group is known to be in
the cell (group disclosure). Pure.

A group is what a cell becomes without one of its labels, or with a wider one that is in use: the
whole of domestic and farm work is a group of labour as well as of all forms. Groups are sought
among all cells of a system, also among those that no table shows and that a reader gets by taking
one table, or one edition, from another. He is sure of a group where every cell beside the full one
is nothing for certain; that is asked of the linear programmes, cell by cell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ayni.statistics.disclosure.attack import CLOSE, Seen
from ayni.statistics.disclosure.linked import System
from ayni.statistics.disclosure.tables import EDITION, Cell, Counts

Labels = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """A cell `place` that holds everybody of `margin`; `beside`: the smallest cells of the margin
    that are not in it, all of them empty in truth."""

    place: Cell
    margin: Cell
    beside: tuple[Cell, ...]

    def sure(self, seen: Mapping[Cell, Seen], shown: Mapping[Cell, int]) -> bool:
        """Whether a reader who sees so much of the cells beside knows that they are empty."""
        return not any(
            each not in shown and each in seen and seen[each].high >= 1 - CLOSE
            for each in self.beside
        )


def whole_group(place: Cell, counts: Counts, secret: Iterable[str], used: Labels) -> bool:
    """Whether everybody in a group is in this cell, along a variable that is secret."""
    return next(whole_margins(place, counts, secret, used), None) is not None


def whole_margins(
    place: Cell, counts: Counts, secret: Iterable[str], used: Labels
) -> Iterator[tuple[str, Cell]]:
    """The margins, each with its variable, of which a cell holds everybody. `used`: the labels in
    use. A label that takes the whole variable tells nothing. `secret`: none named means every
    variable; in which edition somebody was first counted is a secret only where it is named."""
    names, count = set(secret), counts.of(place)
    for at, (name, label) in enumerate(place if count else ()):
        if name not in names if names else name == EDITION:
            continue
        variable = counts.over[name]
        held, everything = variable.holds(label), frozenset(variable.categories)
        if held == everything:
            continue
        rest = (place[:at], place[at + 1 :])
        wider = [each for each in used.get(name, ()) if held < variable.holds(each) < everything]
        for margin in ((), *[((name, each),) for each in sorted(wider)]):
            whole = (*rest[0], *margin, *rest[1])
            if counts.of(whole) == count:
                yield name, whole


def groups(
    system: System, counts: Counts, secret: Iterable[str], known: Mapping[Cell, int]
) -> list[Group]:
    """Every group of the system. What editions showed already (`known`) cannot be taken back: a
    group that they alone gave away is not among them."""
    places, secret = set(system.places), tuple(secret)
    found = []
    for place in system.places:
        if place in known:
            continue
        for name, margin in whole_margins(place, counts, secret, system.used):
            if margin not in places:
                continue
            beside = tuple(_beside(system, place, name, margin))
            if not beside or any(each not in known for each in beside):
                found.append(Group(place, margin, beside))
    return found


def _beside(system: System, place: Cell, name: str, margin: Cell) -> Iterator[Cell]:
    variable, labels = system.over[name], dict(place)
    held = variable.holds(labels[name])
    wider = dict(margin).get(name)
    whole = frozenset(variable.categories) if wider is None else variable.holds(wider)
    for label, part in system.parts[name]:
        if part <= whole and not part <= held:
            yield tuple(sorted({**labels, name: label}.items()))
