"""Rounded numbers are withheld so that the others may be shown: nothing small is told too closely,
not even to whoever knows the rule."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.statistics.disclosure import attack, checking, linked
from ayni.statistics.disclosure.changed import bounds_of
from ayni.statistics.disclosure.findings import Weight
from ayni.statistics.disclosure.rounding import NOT_SHOWN, Margins, Rounded, Rounding, round_release
from ayni.statistics.disclosure.tables import Cell, Counts, Domain, Published, Release, Table, cell
from ayni.statistics.disclosure.withholding import withhold
from tests.statistics.attacks.people import crossed, populations, records
from tests.statistics.attacks.reader import Reader

Population = tuple[Domain, Counts]
BASE = st.sampled_from([3, 5])
TWO = st.deferred(lambda: populations(sizes=[(1, 3), (2, 3)], most=9))
TABLE = (Table("t", ("a", "b")),)


def far_apart() -> tuple[Release, Counts, Rounded]:
    """Two, one and nobody are rounded to five, five and none, and the three of them to none: only
    one, two or three of them are left for the total, and at most two for each part."""
    over = crossed(2, 3)
    rows = [(a, b) for a in over["a"].categories for b in over["b"].categories]
    counts = records(over, dict(zip(rows, [2, 1, 0, 30, 25, 41], strict=True)))
    release = Release(over, TABLE)
    values: dict[Cell, int | None] = {
        (): 100, cell(a="a1"): 0, cell(a="a2"): 95, cell(b="b1"): 30, cell(b="b2"): 25,
        cell(b="b3"): 40, cell(a="a1", b="b1"): 5, cell(a="a1", b="b2"): 5,
        cell(a="a1", b="b3"): 0, cell(a="a2", b="b1"): 30, cell(a="a2", b="b2"): 25,
        cell(a="a2", b="b3"): 40,
    }  # fmt: skip
    memory = {p: (counts.of(p), value) for p, value in values.items() if value is not None}
    return release, counts, Rounded(values, memory, Rounding(5).description())


def test_a_table_that_its_check_refuses_comes_out_without_the_line_that_tells() -> None:
    release, counts, rounded = far_apart()
    rules = Rounding(5)
    refused = checking.check_tables(release, rounded, rules, counts)
    assert {each.code for each in refused.refusals} == {"narrowed"}
    done = withhold(release, rounded, rules, counts)
    verdict = checking.check_tables(release, done, rules, counts)
    assert verdict.allowed
    gaps = {place for place, value in done.values.items() if value is None}
    assert gaps == {cell(a="a1"), *(cell(a="a1", b=each) for each in ("b1", "b2", "b3"))}
    (told,) = [each for each in verdict.told if each.code == "withheld"]
    assert (told.weight, told.figures) == (Weight.TELLS, {"withheld": 4, "all": 12})
    assert done.kept == rounded.kept  # what is withheld is rounded, and stays so in later editions
    assert done.parameters["not_shown"] == NOT_SHOWN


@settings(max_examples=40)
@given(TWO, BASE)
def test_what_comes_out_is_allowed_and_nothing_small_is_told_more_closely(
    people: Population, base: int
) -> None:
    over, counts = people
    release, rules = Release(over, TABLE), Rounding(base)
    rounded = round_release(release, counts, rules)
    done = withhold(release, rounded, rules, counts)
    shown = {place: value for place, value in done.values.items() if value is not None}
    assert shown.items() <= rounded.values.items()
    assert all(value % base == 0 for value in shown.values())
    verdict = checking.check_tables(release, done, rules, counts)
    assert {each.code for each in verdict.refusals} <= (set() if shown else {"all_withheld"})
    reader = Reader(
        over, {p: None if v is None else rules.around(v) for p, v in done.values.items()}
    )
    for place in release.cells() if shown else ():
        if 0 < counts.of(place) < rules.threshold:
            low, high = reader.interval(place)
            assert high - low >= base - 1, (place, low, high)


@settings(max_examples=40)
@given(TWO, BASE, st.data())
def test_to_withhold_more_widens_what_can_be_known_and_never_narrows_it(
    people: Population, base: int, data: st.DataObject
) -> None:
    over, counts = people
    release, rules = Release(over, TABLE), Rounding(base)
    values = {
        p: v for p, v in round_release(release, counts, rules).values.items() if v is not None
    }
    gone = data.draw(st.sets(st.sampled_from(release.cells())))
    fewer = {place: value for place, value in values.items() if place not in gone}
    system, _over = linked.build(release)
    seen = []
    for each in (values, fewer):
        bounds = bounds_of(release, each, rules.around, counts)
        seen.append(attack.intervals(system, {}, system.places, enough=10**9, bounds=bounds))
    for place in system.places:
        before, after = seen[0][place], seen[1][place]
        assert after.low <= before.low + attack.CLOSE
        assert after.high >= before.high - attack.CLOSE


@settings(max_examples=30)
@given(TWO, BASE, st.data())
def test_the_same_values_have_the_same_gaps_whatever_was_counted(
    people: Population, base: int, data: st.DataObject
) -> None:
    """Which of the counts beside a value is the true one decides nothing; asking again tells
    nothing more."""
    over, counts = people
    release, rules = Release(over, TABLE), Rounding(base)
    rounded = round_release(release, counts, rules)
    combinations = list(itertools.product(*[each.categories for each in over.values()]))
    numbers = data.draw(
        st.lists(st.integers(0, 9), min_size=len(combinations), max_size=len(combinations))
    )
    others = records(over, dict(zip(combinations, numbers, strict=True)))
    done = withhold(release, rounded, rules, counts)
    assert withhold(release, rounded, rules, others).values == done.values
    assert withhold(release, rounded, rules, counts).values == done.values


def _agreeing(values: Mapping[Cell, int], rules: Rounding) -> Iterator[dict[Cell, int]]:
    """Every count that can have led to these values of the two tables of `OVER_TWO`."""
    spans = [rules.around(values[place]) for place in PARTS]
    for a1, a2, b1, b2 in itertools.product(*[range(low, high + 1) for low, high in spans]):
        low, high = rules.around(values[()])
        if a1 + a2 == b1 + b2 and low <= a1 + a2 <= high:
            yield dict(zip((*PARTS, ()), (a1, a2, b1, b2, a1 + a2), strict=True))


OVER_TWO = crossed(2, 2)
PARTS = (cell(a="a1"), cell(a="a2"), cell(b="b1"), cell(b="b2"))
LINES = (Table("a", ("a",)), Table("b", ("b",)))


def test_whoever_knows_the_rule_learns_no_more_from_what_is_withheld() -> None:
    """Every outcome of rounding is tried: from one that is published follow all that would have
    been published so, and all counts that can lie behind them."""
    rules, release = Rounding(3), Release(OVER_TWO, LINES)
    counts = records(OVER_TWO, {("a1", "b1"): 1})
    behind: dict[tuple[tuple[Cell, int | None], ...], dict[Cell, set[int]]] = {}
    for drawn in itertools.product((0, 3, 6), repeat=5):
        values = dict(zip((*PARTS, ()), drawn, strict=True))
        found = list(_agreeing(values, rules))
        if not found:  # nothing that anybody counts is rounded to this
            continue
        done = withhold(release, Rounded(values, {}, {}), rules, counts)
        known = behind.setdefault(tuple(sorted(done.values.items())), {})
        for world in found:
            for place, count in world.items():
                known.setdefault(place, set()).add(count)
    with_gaps = [each for each in behind if any(value is None for _place, value in each)]
    assert with_gaps
    for published, known in behind.items():
        for place, possible in known.items():
            assert max(possible) - min(possible) >= rules.interval, (published, place, possible)


def test_what_an_earlier_edition_tells_is_not_undone_by_withholding_and_stays_refused() -> None:
    release, counts, rounded = far_apart()
    rules = Rounding(5)
    before = Release(release.over, TABLE, (Published(dict(rounded.values)),))
    done = withhold(before, rounded, rules, counts)
    verdict = checking.check_tables(before, done, rules, counts)
    assert {each.code for each in verdict.refusals} <= {"narrowed", "all_withheld"}
    assert not verdict.allowed


def test_a_release_of_which_nothing_could_be_shown_is_refused() -> None:
    release, counts, rounded = far_apart()
    nothing = Rounded(dict.fromkeys(rounded.values), {}, {})
    verdict = checking.check_tables(release, nothing, Rounding(5), counts)
    assert [each.code for each in verdict.refusals] == ["all_withheld"]


def test_totals_that_add_up_have_no_gaps_and_one_is_refused() -> None:
    release, counts, _rounded = far_apart()
    rules = Rounding(5, Margins.CONTROLLED)
    done = round_release(release, counts, rules)
    assert withhold(release, done, rules, counts) is done
    assert "not_shown" not in rules.description()
    gap = Rounded({**done.values, cell(a="a1", b="b1"): None}, {}, {})
    found = checking.rounded(release, gap.values, rules, counts)
    assert "not_multiple" in {each.code for each in found}


@pytest.mark.parametrize("base", [3, 5])
def test_no_second_draw_biases_what_was_rounded(base: int) -> None:
    """What is shown is what was drawn first: over many draws of one small table the mean of what
    was rounded, shown or not, is the count."""
    over = crossed(2)
    counts = records(over, {("a1",): 1, ("a2",): 2})
    release, rules = Release(over, (Table("t", ("a",)),)), Rounding(base)
    total = draws = 0
    for drawn in itertools.product(range(base), repeat=3):
        asked = iter(drawn)
        rounded = round_release(release, counts, rules, below=lambda _n, asked=asked: next(asked))
        done = withhold(release, rounded, rules, counts)
        assert done.kept == rounded.kept
        total += done.kept[cell(a="a1")][1]
        draws += 1
    assert total == draws * counts.of(cell(a="a1"))
