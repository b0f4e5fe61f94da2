"""Small counts are hidden from readers of figures, and cannot be worked out from what is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable
from dataclasses import replace
from itertools import combinations_with_replacement, product

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.indicators import engine
from ayni.statistics.indicators.definition import Counting, Selection
from ayni.statistics.indicators.engine import Cell, Mask
from ayni.statistics.indicators.hiding import LEAST, hide_small, hide_small_years, is_small
from ayni.statistics.indicators.result import Missing

_ALL = Selection({}, {})
COUNTING = Counting(
    source="cases", table="", by=("form",), rows=_ALL, whole=None,
    part=Selection({"form": frozenset("a")}, {}), lines=(), each=(), missing=None, notes=(),
    differs=None,
)  # fmt: skip
counts = st.lists(st.integers(0, 60), min_size=1, max_size=6)


def _shown(numbers: list[int]) -> engine.Computed:
    cells = [
        Cell({"form": "abcdef"[n], "year": "2020"}, number) for n, number in enumerate(numbers)
    ]
    computed = engine.compute(COUNTING, {"": cells}, mask=Mask(most=0))
    return hide_small(computed, over=0)


@given(counts)
def test_no_small_count_is_shown(numbers: list[int]) -> None:
    found = _shown(numbers)

    for line in (*found.lines, found.total, *([found.headline] if found.headline else [])):
        assert not is_small(line.count)
        assert line.count is not None or (line.mask and line.share is None)


@given(counts)
def test_the_quoted_share_tells_of_no_small_group(numbers: list[int]) -> None:
    head = _shown(numbers).headline
    assert head is not None

    if head.share is not None:
        assert not is_small(head.count)
        assert not is_small((head.denominator or 0) - (head.count or 0))


@given(counts)
def test_counts_that_are_all_large_are_left_as_they_are(numbers: list[int]) -> None:
    large = [number + LEAST for number in numbers]
    told = [line.count for line in _shown(large).lines]

    assert sorted(n for n in told if n is not None) == sorted(large)


def test_hidden_cells_are_counted() -> None:
    assert _shown([3, 40, 12]).total.masked_cells == 2


def test_all_but_a_few_is_not_said_to_be_small() -> None:
    found = _shown([95, 5])

    assert [line.mask for line in found.lines] == ["*", "<10"]
    assert [line.most for line in found.lines] == [None, 9]
    assert found.headline is not None
    assert found.headline.share is None


def test_two_small_ones_that_add_up_to_little_are_not_said_to_be_small() -> None:
    """Both below ten and eighteen together would be nine each."""
    assert {line.mask for line in _shown([9, 9]).lines} == {"*"}


# The attacker knows the rule, tries every table, and keeps those of which the answer is the same.

World = tuple[int, ...]


def _published(world: World, *, over: bool, least: int) -> engine.Computed:
    cells = [
        Cell({"form": "abcdef"[n // 2 if over else n], "year": f"202{n % 2}"}, number)
        for n, number in enumerate(world)
        if number
    ]
    names = ("year",) if over else ()
    computed = engine.compute(
        COUNTING, {"": cells}, over=names, mask=Mask(most=0, absent_is_zero=True)
    )
    return hide_small(computed, over=len(names), least=least)


def _attacked(most: int, cells: int, least: int, *, over: bool) -> None:
    """Of no small count that an answer hides fewer values are left than half of those below
    `least`. Every table of so many cells from 0 to `most` is tried; answers that a larger cell
    could have given as well are left out."""
    worlds = list(product(range(most + 1), repeat=cells))
    alike: dict[engine.Computed, list[World]] = defaultdict(list)
    for world in worlds:
        alike[_published(world, over=over, least=least)].append(world)
    for answer, same in alike.items():
        shown = sum(line.count or 0 for line in answer.lines)
        if answer.total.count is not None and answer.total.count - shown > most:
            continue
        for cell in zip(*same, strict=True):
            if any(0 < count < least for count in cell):
                assert len(set(cell)) >= least // 2, same


def test_no_small_count_of_one_whole_can_be_worked_out() -> None:
    _attacked(18, 3, 5, over=False)


def test_no_small_count_told_by_year_can_be_worked_out() -> None:
    _attacked(12, 4, 4, over=True)


# Beside one answer the attacker asks the same of every period, together and told by year.

PERIODS = ({"2020", "2021"}, {"2020"}, {"2021"})
Answers = dict[tuple[frozenset[str], bool], engine.Computed]


def _of_periods(world: World, least: int, *, compared: bool = True) -> Answers:
    """Every answer of two forms in two years; `compared`: as it is, else each by itself."""
    cells = [
        Cell({"form": "ab"[n // 2], "year": f"202{n % 2}"}, number)
        for n, number in enumerate(world)
        if number
    ]

    def computed(years: Collection[str], *, by_year: bool = False) -> engine.Computed:
        taken = [cell for cell in cells if cell.codes["year"] in years]
        over = ("year",) if by_year else ()
        return engine.compute(
            COUNTING, {"": taken}, over=over, mask=Mask(most=0, absent_is_zero=True)
        )

    there = {cell.codes["year"] for cell in cells}
    of_years = {year: computed({year}) for year in there}
    together = computed(there)
    answers: Answers = {}
    for years in PERIODS:
        for by_year in (False, True):
            one = computed(years, by_year=by_year)
            if not one.lines:
                continue
            answers[frozenset(years), by_year] = (
                hide_small_years(
                    one, of_years=of_years, together=together,
                    asked=years & there, over=int(by_year), least=least,
                )
                if compared
                else hide_small(one, over=int(by_year), least=least)
            )  # fmt: skip
    return answers


def _left(answer: engine.Computed) -> int:
    """What is hidden of an answer whose whole is shown."""
    return (answer.total.count or 0) - sum(line.count or 0 for line in answer.lines)


def _fewest_values(most: int, least: int, *, compared: bool) -> int:
    """How many values of some small count are left at least to who knows all answers; those that
    tables of larger cells could have given as well, which are like one of a largest cell, are left
    out."""
    alike: dict[Hashable, list[World]] = defaultdict(list)
    for world in product(range(most + 1), repeat=4):
        answers = _of_periods(world, least, compared=compared)
        whole = answers.get((frozenset(PERIODS[0]), False))
        if whole is None or _left(whole) > most:
            continue
        alike[tuple(answers.items())].append(world)
    return min(
        len(set(cell))
        for same in alike.values()
        if not any(most in world for world in same)
        for cell in zip(*same, strict=True)
        if any(0 < count < least for count in cell)
    )


def test_no_small_count_can_be_worked_out_of_several_periods() -> None:
    assert _fewest_values(6, 3, compared=True) >= 2


def test_the_attacker_finds_what_two_periods_tell_that_are_not_compared() -> None:
    assert _fewest_values(6, 3, compared=False) == 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=4))
def test_no_two_periods_differ_by_a_small_year(years: list[tuple[int, int]]) -> None:
    """Wholes that are shown, of any two periods of which one begins or ends within the other."""
    shown = _wholes_of_periods(years)

    for (first, last), whole in shown.items():
        for (start, end), other in shown.items():
            if first <= start and end <= last and (first == start or last == end):
                assert not is_small(whole - other), shown


def _wholes_of_periods(years: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    cells = [
        Cell({"form": form, "year": str(2020 + n)}, number)
        for n, numbers in enumerate(years)
        for form, number in zip("ab", numbers, strict=True)
        if number
    ]
    mask = Mask(most=0, absent_is_zero=True)
    there = sorted({cell.codes["year"] for cell in cells})
    of_years = {
        year: engine.compute(COUNTING, {"": [c for c in cells if c.codes["year"] == year]},
                             mask=mask)
        for year in there
    }  # fmt: skip
    together = engine.compute(COUNTING, {"": cells}, mask=mask)
    shown = {}
    for first, last in combinations_with_replacement(range(2020, 2020 + len(years)), 2):
        asked = {year for year in there if first <= int(year) <= last}
        taken = [cell for cell in cells if cell.codes["year"] in asked]
        answer = hide_small_years(
            engine.compute(COUNTING, {"": taken}, mask=mask),
            of_years=of_years, together=together, asked=asked, over=0,
        )  # fmt: skip
        if answer.total.count is not None:
            shown[first, last] = answer.total.count
    return shown


def test_a_small_year_is_not_what_is_left_of_the_whole() -> None:
    """34, 12 and 3: the whole is shown, and of its parts only the year that tells of no other."""
    assert _wholes_of_periods([(20, 14), (12, 0), (3, 0)]) == {(2020, 2022): 49, (2021, 2021): 12}


def test_the_attacker_finds_what_is_hidden_beside_by_size() -> None:
    """The rule before: the smallest other one is hidden beside. The attacker must find that."""
    alike: dict[object, set[int]] = defaultdict(set)
    for one, two, three in product(range(1, 8), range(8, 25), range(8, 25)):
        beside = min(two, three)
        alike[one + two + three, max(two, three), two == beside].add(one)

    assert min(map(len, alike.values())) == 1


@given(counts, st.integers(0, 5), st.integers(0, 60))
def test_what_is_missing_tells_of_no_small_group(numbers: list[int], few: int, more: int) -> None:
    missing = Missing(few, sum(numbers) + few + more, None)
    computed = engine.compute(COUNTING, {"": []}, mask=Mask(most=0))
    total = replace(computed.total, count=sum(numbers))
    told = hide_small(replace(computed, total=total, missing=missing), over=0).missing

    if told.count is not None:
        assert told.of is not None
        assert not any(map(is_small, (told.count, told.of, told.of - sum(numbers), more)))
