"""Suppression: what is hidden grows with the threshold, what is shown is true and adds up."""

from __future__ import annotations

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from ayni.statistics.disclosure import checking, linked
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.rounding import Margins, Rounding, round_release
from ayni.statistics.disclosure.suppressing import (
    Full,
    Suppression,
    Why,
    Zeros,
    primary,
    suppress,
)
from ayni.statistics.disclosure.tables import (
    Counts,
    Domain,
    Release,
    Table,
    Variable,
    cell,
    domain,
)
from tests.statistics.attacks.people import crossed, populations, records
from tests.statistics.attacks.reader import Reader

Population = tuple[Domain, Counts]
TWO = st.deferred(lambda: populations(sizes=[(2, 3), (2, 4)]))


@given(TWO, st.integers(5, 15), st.integers(0, 10), st.sampled_from(list(Full)))
def test_a_higher_threshold_hides_all_that_a_lower_one_hides(
    people: Population, low: int, more: int, full: Full
) -> None:
    over, counts = people
    release = Release(over, (Table("t", ("a", "b")),))
    fewer = primary(release, counts, Suppression(threshold=low, full=full))
    hidden = primary(release, counts, Suppression(threshold=low + more, full=full))
    assert set(fewer) <= set(hidden)


@settings(max_examples=20)
@given(TWO, st.integers(5, 9), st.integers(0, 6), st.integers(5, 12), st.sampled_from(list(Full)))
def test_as_a_whole_a_higher_threshold_never_lets_out_what_a_lower_one_hides_for_itself(
    people: Population, low: int, more: int, width: int, full: Full
) -> None:
    """Which cells are hidden beside them may be others. Each that is hidden stays as wide as it is
    declared to a reader who was written apart and has nothing but what is published."""
    over, counts = people
    release = Release(over, (Table("t", ("a", "b")),))
    hidden = []
    for threshold in (low, low + more):
        rules = Suppression(threshold=threshold, width=width, full=full)
        done = suppress(release, counts, rules)
        reader = Reader(over, done.values)
        for place in done.hidden:
            least, most = reader.interval(place)
            assert most - least >= width, (threshold, place, least, most)
        own = {place for place, why in done.hidden.items() if why is not Why.SECONDARY}
        hidden.append((own, set(done.hidden)))
    (fewer, _all), (own, every) = hidden
    assert fewer <= own
    assert fewer <= every


@settings(max_examples=25)
@given(TWO, st.sampled_from([5, 10]))
def test_what_is_shown_is_true_adds_up_and_is_never_small(
    people: Population, threshold: int
) -> None:
    over, counts = people
    release = Release(over, (Table("t", ("a", "b")),))
    rules = Suppression(threshold=threshold)
    done = suppress(release, counts, rules)
    assert set(primary(release, counts, rules)) <= set(done.hidden)
    assert {place for place, value in done.values.items() if value is None} == set(done.hidden)
    for place, value in done.values.items():
        assert value is None or (value == counts.of(place) and not 0 < value < threshold)
    for a in over["a"].categories:
        parts = [done.values[cell(a=a, b=b)] for b in over["b"].categories]
        if None not in parts and done.values[cell(a=a)] is not None:
            assert done.values[cell(a=a)] == sum(part for part in parts if part is not None)


@settings(max_examples=15)
@given(TWO)
def test_a_zero_is_always_shown_where_the_release_says_so(people: Population) -> None:
    over, counts = people
    release = Release(over, (Table("t", ("a", "b")),))
    rules = Suppression(threshold=5, zeros=Zeros.SHOWN, full=Full.SHOWN)
    try:
        done = suppress(release, counts, rules)
    except NotDisclosable:
        reject()  # with every zero shown some cells cannot be protected, and nothing is shown
    assert all(done.values[place] == 0 for place in release.cells() if not counts.of(place))


def test_zeros_shown_and_whole_groups_hidden_cannot_be_promised_together() -> None:
    with pytest.raises(NotDisclosable, match="cannot be hidden while every zero"):
        Suppression(zeros=Zeros.SHOWN)


@pytest.mark.parametrize("wrong", [{"threshold": 4}, {"threshold": 0}, {"width": 4}])
def test_a_threshold_below_five_is_never_declared(wrong: dict[str, int]) -> None:
    with pytest.raises(NotDisclosable):
        Suppression(**wrong)  # type: ignore[arg-type]


def test_only_the_variables_that_are_secret_make_a_whole_group() -> None:
    over = crossed(2, 2)
    counts = records(over, {("a1", "b1"): 40, ("a2", "b1"): 30, ("a2", "b2"): 50})
    release = Release(over, (Table("t", ("a", "b")),))
    of_b = primary(release, counts, Suppression(secret=("b",)))
    of_a = primary(release, counts, Suppression(secret=("a",)))
    assert of_b == {cell(a="a1", b="b1"): Why.FULL}
    assert of_a == {cell(a="a2", b="b2"): Why.FULL}


def test_one_cell_in_two_tables_is_hidden_in_both() -> None:
    over = crossed(2, 2, 2)
    counts = records(
        over,
        {("a1", "b1", "c1"): 3, ("a1", "b2", "c1"): 30, ("a2", "b1", "c2"): 40,
         ("a2", "b2", "c1"): 25, ("a1", "b1", "c2"): 22},
    )  # fmt: skip
    tables = (Table("three", ("a", "b", "c")), Table("two", ("a", "c")))
    release = Release(over, tables)
    done = suppress(release, counts, Suppression(threshold=5))
    assert done.hidden[cell(a="a1", b="b1", c="c1")] is Why.SMALL
    assert release.shown_in()[cell(a="a1", c="c1")] == 2
    assert len(done.values) == len(set(release.cells()))


@given(TWO)
def test_every_equation_of_the_system_is_true_of_the_records(people: Population) -> None:
    over, counts = people
    tables = (Table("t", ("a", "b")), Table("part", ("b",), universe=cell(a="a1")))
    system, wider = linked.build(Release(over, tables))
    true = Counts(wider, counts.columns)
    assert system.sums
    for parent, children in system.sums:
        assert true.of(parent) == sum(map(true.of, children))


def test_a_table_with_too_many_cells_and_an_unknown_variable_are_refused() -> None:
    over = crossed(60, 60, 60)
    with pytest.raises(NotDisclosable, match="at most"):
        Release(over, (Table("t", ("a", "b", "c")),)).cells()
    with pytest.raises(NotDisclosable, match="no variable"):
        Release(over, (Table("t", ("a", "z")),))


def test_a_value_that_is_not_declared_is_named_with_its_record() -> None:
    over = crossed(2)
    with pytest.raises(NotDisclosable, match=r"Record 2, column a: 'NA'"):
        Counts(over, {"a": ["a1", "NA", "a2"]})


def test_an_empty_value_is_a_value_and_no_margin() -> None:
    over = domain(Variable("sex", ("", "female")), Variable("form", ("", "labour")))
    numbers = {("", ""): 11, ("", "labour"): 12, ("female", ""): 13, ("female", "labour"): 14}
    counts = records(over, numbers)
    release = Release(over, (Table("t", ("sex", "form")),))
    assert len(set(release.cells())) == 9
    done = suppress(release, counts, Suppression())
    assert (done.values[cell(sex="")], done.values[()]) == (23, 50)
    controlled = round_release(release, counts, Rounding(5, Margins.CONTROLLED))
    assert set(controlled.values) == set(release.cells())
    assert abs(controlled.values[cell(sex="")] - 23) < 5
    assert checking.check_tables(release, done, Suppression(), counts).allowed
