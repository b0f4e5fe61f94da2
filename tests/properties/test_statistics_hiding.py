"""Small counts are hidden from readers of figures, and cannot be worked out from what is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.indicators import engine
from ayni.statistics.indicators.definition import Counting, Selection
from ayni.statistics.indicators.engine import Cell, Mask
from ayni.statistics.indicators.hiding import LEAST, hide_small, is_small

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
def test_what_is_hidden_is_not_the_whole_less_the_rest(numbers: list[int]) -> None:
    found = _shown(numbers)
    hidden = [line for line in found.lines if line.count is None]
    if not hidden or found.total.count is None:
        return
    left = found.total.count - sum(line.count or 0 for line in found.lines)

    assert left == 0 or left >= LEAST or len(found.lines) == len(hidden)
    assert len(hidden) > 1 or len(found.lines) == 1


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

    assert None not in told or len(large) == 1
    if len(large) > 1:
        assert sorted(n for n in told if n is not None) == sorted(large)


def test_hidden_cells_are_counted() -> None:
    assert _shown([3, 40, 12]).total.masked_cells == 2
