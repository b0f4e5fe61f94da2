"""Random rounding is unbiased, stays beside the count, and controlled margins add up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.statistics.disclosure import checking
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.rounding import (
    Margins,
    Rounding,
    controlled,
    round_release,
    rounded,
)
from ayni.statistics.disclosure.tables import Counts, Domain, Published, Release, Table, cell
from tests.statistics.attacks.people import crossed, populations, records

Population = tuple[Domain, Counts]
BASE = st.sampled_from([3, 5])


@given(st.integers(0, 500), BASE)
def test_a_rounded_count_is_a_multiple_beside_it(count: int, base: int) -> None:
    value = rounded(count, base)
    assert value % base == 0
    assert abs(value - count) < base
    assert count % base or value == count


@given(st.integers(0, 500), BASE)
def test_rounding_is_unbiased_over_every_draw(count: int, base: int) -> None:
    draws = [rounded(count, base, lambda _below, draw=draw: draw) for draw in range(base)]
    assert Fraction(sum(draws), base) == count


def _with_sums(inner: list[list[int]]) -> list[list[int]]:
    lines = [[*line, sum(line)] for line in inner]
    return [*lines, [sum(column) for column in zip(*lines, strict=True)]]


GRIDS = st.integers(1, 4).flatmap(
    lambda wide: st.lists(
        st.lists(st.integers(0, 30), min_size=wide, max_size=wide), min_size=1, max_size=4
    )
)


@given(GRIDS, BASE)
def test_controlled_margins_add_up_and_each_value_is_beside_its_count(
    inner: list[list[int]], base: int
) -> None:
    grid = _with_sums(inner)
    done = controlled(grid, base)
    assert done == _with_sums([line[:-1] for line in done[:-1]])
    for true, values in zip(grid, done, strict=True):
        for count, value in zip(true, values, strict=True):
            assert value % base == 0
            assert abs(value - count) < base
            assert value >= 0


def _expected(grid: list[list[int]], base: int) -> list[list[Fraction]]:
    """The mean over every way the draws can fall, each with its probability."""
    mean = [[Fraction(0)] * len(line) for line in grid]
    waiting: list[tuple[list[int], Fraction]] = [([], Fraction(1))]
    while waiting:
        fallen, likely = waiting.pop()
        asked: list[int] = []

        def below(most: int, fallen: list[int] = fallen, asked: list[int] = asked) -> int:
            asked.append(most)
            if len(asked) <= len(fallen):
                return fallen[len(asked) - 1]
            raise LookupError

        try:
            done = controlled(grid, base, below)
        except LookupError:
            waiting += [([*fallen, each], likely / asked[-1]) for each in range(asked[-1])]
            continue
        for i, line in enumerate(done):
            for j, value in enumerate(line):
                mean[i][j] += likely * value
    return mean


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), min_size=2, max_size=2),
    st.just(3),
)
def test_controlled_rounding_is_unbiased_in_every_cell_and_margin(
    inner: list[list[int]], base: int
) -> None:
    grid = _with_sums(inner)
    assert _expected(grid, base) == grid


def test_sums_that_are_wrong_are_not_rounded() -> None:
    with pytest.raises(ValueError, match="sums"):
        controlled([[1, 2, 4], [1, 1, 2], [2, 3, 5]], 3)


@settings(max_examples=20)
@given(populations(sizes=[(1, 3), (1, 4)], most=20), BASE, st.sampled_from(list(Margins)))
def test_a_release_says_whether_its_margins_add_up_and_they_do(
    people: Population, base: int, margins: Margins
) -> None:
    over, counts = people
    for by in (("a",), ("a", "b")):
        release = Release(over, (Table("t", by),))
        rules = Rounding(base, margins)
        done = round_release(release, counts, rules)
        assert done.parameters["margins_add_up"] is (margins is Margins.CONTROLLED)
        found = checking.rounded(release, done.values, rules, counts)
        assert not {each.code for each in found} - {"margins_independent", "narrowed"}


def test_controlled_margins_are_refused_for_tables_that_share_cells() -> None:
    over = crossed(2, 2, 2)
    counts = records(over, {("a1", "b1", "c1"): 7})
    rules = Rounding(3, Margins.CONTROLLED)
    for tables in (
        (Table("t", ("a", "b")), Table("u", ("b", "c"))),
        (Table("t", ("a", "b", "c")),),
    ):
        with pytest.raises(NotDisclosable, match="each cell on its own"):
            round_release(Release(over, tables), counts, rules)


def test_the_same_count_is_drawn_once_for_all_tables_and_editions() -> None:
    over = crossed(3, 3)
    numbers = {("a1", "b1"): 7, ("a2", "b2"): 11, ("a3", "b3"): 8}
    counts = records(over, numbers)
    release = Release(over, (Table("t", ("a", "b")), Table("u", ("b",))))
    first = round_release(release, counts, Rounding(5))
    for _edition in range(20):
        again = round_release(release, counts, Rounding(5), kept=first.kept)
        assert again.values == first.values
    moved = {place: value + 5 for place, value in first.values.items()}
    beside = Release(over, release.tables, (Published(moved),))
    found = checking.rounded(beside, first.values, Rounding(5), counts)
    differs = [each for each in found if each.code == "edition_differs"]
    assert differs
    # Whoever reads it may see no true count.
    assert all(set(each.figures) == {"edition", "shown"} for each in differs)


@pytest.mark.parametrize("base", [2, 4, 10])
def test_only_bases_three_and_five_are_declared(base: int) -> None:
    with pytest.raises(NotDisclosable, match="must be one of 3, 5"):
        Rounding(base)


def test_a_small_count_that_rounded_margins_tell_exactly_is_refused() -> None:
    over = crossed(1, 2)
    counts = records(over, {("a1", "b1"): 2, ("a1", "b2"): 2})
    release = Release(over, (Table("t", ("a", "b")),))
    values = {place: 3 for place in release.cells()}
    done = checking.rounded(release, values, Rounding(3), counts)
    assert {each.code for each in done} == {"margins_independent"}
    tight = {place: 3 for place in release.cells()} | {(): 3, cell(a="a1"): 3}
    tight |= {cell(b="b2"): 0, cell(a="a1", b="b2"): 0}
    found = checking.rounded(release, tight, Rounding(3, width=3), counts)
    narrowed = [each.figures for each in found if each.code == "narrowed"]
    assert narrowed, "told, and never between which numbers"
    assert all(set(each) == {"width"} for each in narrowed)


@pytest.mark.parametrize("wrong", [{"threshold": 4}, {"width": 3}])
def test_rounded_tables_declare_a_threshold_of_at_least_five(wrong: dict[str, int]) -> None:
    with pytest.raises(NotDisclosable):
        Rounding(**wrong)  # type: ignore[arg-type]


def test_the_same_records_are_drawn_once_in_a_cell_and_in_the_group_that_it_fills() -> None:
    over = crossed(2, 2)
    counts = records(over, {("a1", "b1"): 7, ("a2", "b2"): 11, ("a2", "b1"): 8})
    release = Release(over, (Table("t", ("a", "b")),))
    for _draw in range(20):
        values = round_release(release, counts, Rounding(5)).values
        assert values[cell(a="a1", b="b1")] == values[cell(a="a1")]
        assert values[cell(a="a2", b="b2")] == values[cell(b="b2")]


@pytest.mark.parametrize("base", [3, 5])
def test_a_rounded_count_is_declared_to_be_as_many_counts_as_the_base(base: int) -> None:
    assert Rounding(base).description()["width"] == base - 1
