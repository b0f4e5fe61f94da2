"""What a value means, against a rule so simple that nobody can doubt it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.watch.levels import ORDER, Bounds, Level

NUMBERS = st.floats(-1e9, 1e9)


@given(first=NUMBERS, second=NUMBERS, value=NUMBERS)
def test_a_value_is_wrong_from_its_second_bound_on_and_to_be_looked_at_from_its_first(
    first: float, second: float, value: float
) -> None:
    if first == second:
        return
    low, high = sorted([first, second])
    rising = "good" if value < low else "look" if value < high else "wrong"
    falling = "good" if value > high else "look" if value > low else "wrong"

    assert Bounds(low, high).level(value) == rising
    assert Bounds(high, low, falling=True).level(value) == falling


@given(low=NUMBERS, high=NUMBERS, falling=st.booleans())
def test_bounds_in_the_wrong_order_are_refused(low: float, high: float, falling: bool) -> None:
    right = high < low if falling else low < high
    if right:
        Bounds(low, high, falling=falling)
    else:
        with pytest.raises(ValueError, match="wrong order"):
            Bounds(low, high, falling=falling)


def test_what_is_not_known_is_never_good() -> None:
    assert Bounds(1, 2).level(None) is Level.UNKNOWN
    assert Bounds(None, None).level(None) is Level.UNKNOWN


def test_without_a_bound_every_known_value_is_good() -> None:
    assert Bounds(None, None).level(1e9) is Level.GOOD
    assert Bounds(None, 1).level(0) is Level.GOOD
    assert Bounds(1, None).level(5) is Level.LOOK


def test_the_page_begins_with_the_worst() -> None:
    assert ORDER[0] is Level.WRONG
    assert ORDER[-1] is Level.GOOD
