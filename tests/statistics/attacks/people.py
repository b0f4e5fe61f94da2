"""Invented records for tests of disclosure control, from counts of each combination."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from ayni.statistics.disclosure.tables import Counts, Domain, Variable, domain


def records(over: Domain, numbers: Mapping[tuple[str, ...], int]) -> Counts:
    """Records with as many of each combination (in the order of the domain's variables)."""
    rows = [row for row, number in numbers.items() for _each in range(number)]
    columns = list(zip(*rows, strict=True)) if rows else [() for _name in over]
    return Counts(over, dict(zip(over, columns, strict=True)))


def crossed(*sizes: int) -> Domain:
    """Variables a, b, c … with so many categories each: a1, a2 …"""
    return domain(
        *[
            Variable(name, tuple(f"{name}{i}" for i in range(1, size + 1)))
            for name, size in zip("abcd", sizes, strict=False)
        ]
    )


@st.composite
def populations(
    draw: st.DrawFn, *, sizes: Sequence[tuple[int, int]], most: int = 14
) -> tuple[Domain, Counts]:
    """A domain with between so many categories for each variable, and records in it."""
    over = crossed(*[draw(st.integers(low, high)) for low, high in sizes])
    combinations = list(itertools.product(*[each.categories for each in over.values()]))
    numbers = draw(
        st.lists(st.integers(0, most), min_size=len(combinations), max_size=len(combinations))
    )
    return over, records(over, dict(zip(combinations, numbers, strict=True)))
