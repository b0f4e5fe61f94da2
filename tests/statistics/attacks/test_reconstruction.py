"""No hidden cell can be worked out closer than declared, by a reader who was written apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ayni.statistics.disclosure import checking, linked
from ayni.statistics.disclosure.findings import NotDisclosable
from ayni.statistics.disclosure.rounding import Rounding, round_release
from ayni.statistics.disclosure.suppressing import (
    Full,
    Suppressed,
    Suppression,
    Why,
    suppress,
)
from ayni.statistics.disclosure.tables import Counts, Domain, Release, Table, cell
from tests.statistics.attacks.people import crossed, populations, records
from tests.statistics.attacks.reader import Reader, by_hand

RULES = Suppression(threshold=5)
Population = tuple[Domain, Counts]


def _holds(release: Release, counts: Counts, rules: Suppression = RULES) -> None:
    done = suppress(release, counts, rules)
    reader = Reader(release.over, done.values)
    for place in done.hidden:
        low, high = reader.interval(place)
        assert high - low >= rules.interval, (place, low, high)
        assert low <= counts.of(place) <= high
    assert checking.check_tables(release, done, rules, counts).allowed


@settings(max_examples=25)
@given(populations(sizes=[(2, 4), (2, 4)]))
def test_no_cell_of_a_table_of_two_variables_is_reconstructed(people: Population) -> None:
    over, counts = people
    _holds(Release(over, (Table("t", ("a", "b")),)), counts)


@settings(max_examples=12)
@given(populations(sizes=[(2, 2), (2, 3), (2, 2)], most=9))
def test_no_cell_of_linked_tables_is_reconstructed(people: Population) -> None:
    over, counts = people
    tables = (Table("ab", ("a", "b")), Table("bc", ("b", "c")), Table("ac", ("a", "c")))
    _holds(Release(over, tables, joint=(("a", "b", "c"),)), counts)


@settings(max_examples=40)
@given(populations(sizes=[(2, 2), (2, 2)], most=9))
def test_no_cell_is_found_by_trying_every_table(people: Population) -> None:
    over, counts = people
    release = Release(over, (Table("t", ("a", "b")),))
    done = suppress(release, counts, RULES)
    grid = [
        [
            done.values[cell(**{n: v for n, v in (("a", a), ("b", b)) if v})]
            for b in ("b1", "b2", "")
        ]
        for a in ("a1", "a2", "")
    ]
    if grid[2][2] is None:  # everything is hidden with the total; there is nothing to try
        assert counts.records < RULES.threshold or done.hidden[()] is Why.SECONDARY
        return
    for low, high in by_hand(grid, 2 * 9 + RULES.interval).values():
        assert high - low >= RULES.interval


def test_the_reader_breaks_a_table_of_which_only_the_small_cells_are_hidden() -> None:
    over = crossed(2, 3)
    numbers = [12, 3, 20, 15, 30, 11]
    rows = [(a, b) for a in over["a"].categories for b in over["b"].categories]
    counts = records(over, dict(zip(rows, numbers, strict=True)))
    release = Release(over, (Table("t", ("a", "b")),))
    place = cell(a="a1", b="b2")
    naive = {each: None if each == place else counts.of(each) for each in release.cells()}
    assert Reader(over, naive).interval(place) == (3, 3)
    found = checking.suppressed(release, naive, RULES, counts)
    assert [each.code for each in found] == ["recoverable"]
    assert found[0].figures == {"low": 3, "high": 3, "width": 5}


def test_a_stranger_finds_with_published_output_alone_what_the_check_finds() -> None:
    over = crossed(2, 2)
    values = {place: 20 for place in Release(over, (Table("t", ("a", "b")),)).cells()}
    values |= {(): 49, cell(a="a1"): 25, cell(b="b1"): 25, cell(a="a2"): 24, cell(b="b2"): 24}
    shown = {**values, cell(a="a1", b="b1"): None, cell(a="a2", b="b2"): 4}
    release = Release(over, (Table("t", ("a", "b")),))
    system, _over = linked.build(release)
    known = {place: value for place, value in shown.items() if value is not None}
    codes = {each.code for each in checking.recovered(release, system, known, RULES)}
    assert codes == {"recoverable"}


@settings(max_examples=15)
@given(populations(sizes=[(2, 3), (2, 3)], most=12))
def test_a_rounded_table_tells_no_small_count_exactly(people: Population) -> None:
    over, counts = people
    release = Release(over, (Table("t", ("a", "b")),))
    rules = Rounding(5)
    done = round_release(release, counts, rules)
    verdict = checking.check_tables(release, done, rules, counts)
    reader = Reader(
        over, {place: (max(0, value - 4), value + 4) for place, value in done.values.items()}
    )
    exact = [
        place
        for place in release.cells()
        if 0 < counts.of(place) < 5 and reader.interval(place)[0] == reader.interval(place)[1]
    ]
    assert verdict.allowed or {each.code for each in verdict.refusals} == {"narrowed"}
    assert not (verdict.allowed and exact)


@pytest.mark.parametrize("full", list(Full))
def test_a_cell_that_holds_its_whole_group_is_hidden_and_not_worked_out(full: Full) -> None:
    over = crossed(2, 2)
    counts = records(over, {("a1", "b1"): 40, ("a1", "b2"): 0, ("a2", "b1"): 30, ("a2", "b2"): 50})
    release = Release(over, (Table("t", ("a", "b")),))
    rules = Suppression(threshold=5, full=full)
    done = suppress(release, counts, rules)
    place = cell(a="a1", b="b1")
    if full is Full.SHOWN:
        assert not done.hidden
        return
    assert done.hidden[place] is Why.FULL
    low, high = Reader(over, done.values).interval(place)
    assert (high - low >= 5, low < 40) == (True, True)
    bare = {each: counts.of(each) for each in release.cells()}
    codes = {each.code for each in checking.suppressed(release, bare, rules, counts)}
    assert codes == {"full_cell_shown"}


CIRCLE = (Table("ab", ("a", "b")), Table("bc", ("b", "c")), Table("ac", ("a", "c")))
# Nobody is in a1 b3 but three people; every table of two shows large counts but for that one.
THIN = {
    ("a1", "b1", "c1"): 20, ("a1", "b1", "c2"): 3, ("a1", "b2", "c1"): 15, ("a1", "b2", "c2"): 12,
    ("a1", "b3", "c1"): 3, ("a2", "b1", "c1"): 14, ("a2", "b1", "c2"): 22, ("a2", "b2", "c1"): 11,
    ("a2", "b2", "c2"): 16, ("a2", "b3", "c1"): 13, ("a2", "b3", "c2"): 24,
}  # fmt: skip


def test_tables_in_a_circle_are_attacked_together_unless_the_release_declares_otherwise() -> None:
    over = crossed(2, 3, 2)
    counts = records(over, THIN)
    rules = Suppression(full=Full.SHOWN)
    release = Release(over, CIRCLE)
    assert linked.joint_of(release) == [["a", "b", "c"]]
    done = suppress(release, counts, rules)
    reader = Reader(over, done.values)
    for place in done.hidden:
        low, high = reader.interval(place)
        assert high - low >= rules.interval, (place, low, high)
    assert checking.check_tables(release, done, rules, counts).allowed
    apart = Release(over, CIRCLE, joint=())
    verdict = checking.check_tables(apart, suppress(apart, counts, rules), rules, counts)
    assert [(e.code, e.where) for e in verdict.told] == [("joint_partial", "a × b × c")]
    assert verdict.parameters["joint"] == []


def test_tables_that_hang_together_like_a_tree_need_no_common_crossing() -> None:
    over = crossed(2, 2, 2, 2)
    tree = (Table("ab", ("a", "b")), Table("bc", ("b", "c")), Table("bd", ("b", "d")))
    assert linked.joint_of(Release(over, tree)) == []
    ring = (*tree[:2], Table("cd", ("c", "d")), Table("ad", ("a", "d")))
    closed = linked.derived(frozenset(map(frozenset, ("ab", "bc", "cd", "ad"))))
    assert {len(each) for each in closed} == {3}
    assert linked.left_open(Release(over, ring, joint=tuple(map(tuple, closed)))) == []


def test_tables_that_hang_together_over_too_many_combinations_are_refused() -> None:
    over = crossed(40, 40, 40)
    counts = records(over, {("a1", "b1", "c1"): 50})
    release = Release(over, CIRCLE)
    with pytest.raises(NotDisclosable, match="68921"):
        suppress(release, counts, Suppression())
    done = Suppressed({}, {}, {})
    verdict = checking.check_tables(release, done, Suppression(), counts)
    assert not verdict.allowed
    assert "joint_too_large" in {each.code for each in verdict.refusals}
