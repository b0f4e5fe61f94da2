"""What two nodes compare of a day, against sets written out."""

from __future__ import annotations

import hashlib
import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.exchange import tally

_NUMBERS = st.sets(st.integers(min_value=0, max_value=60), max_size=40)


def _held(numbers: set[int]) -> dict[str, str]:
    return {hashlib.sha256(str(n).encode()).hexdigest(): f"{n:032x}" for n in numbers}


@given(_NUMBERS, _NUMBERS)
def test_two_days_are_alike_exactly_if_they_hold_the_same(one: set[int], other: set[int]) -> None:
    ours, theirs = _held(one), _held(other)

    assert (tally.day_digest(ours) == tally.day_digest(theirs)) == (one == other)
    here, there = tally.differences(ours, theirs)
    assert (here, there) == (_held(one - other), _held(other - one))


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2100, 1, 1)))
def test_fourteen_days_that_are_over_since_two_are_compared(today: date) -> None:
    days = tally.days(today)

    assert len(days) == 14
    assert days[-1] == today - timedelta(days=2)
    assert all(b - a == timedelta(days=1) for a, b in itertools.pairwise(days))


def test_a_long_day_is_listed_in_parts_that_together_are_the_day() -> None:
    held = _held(set(range(tally.MOST_LISTED + 1)))
    parts = list(tally.parts(held))

    assert len(parts) == 16
    assert {d: m for _, part in parts for d, m in part.items()} == held
    assert all(d.startswith(begins) for begins, part in parts for d in part)
    assert list(tally.parts({})) == [("", {})]
