"""Small counts are hidden from readers of figures, and cannot be worked out from what is shown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.indicators import engine
from ayni.statistics.indicators.definition import Counting, Selection
from ayni.statistics.indicators.engine import Cell, Mask
from ayni.statistics.indicators.hiding import LEAST, hide_small, is_small
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
    _attacked(12, 4, 3, over=True)


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
