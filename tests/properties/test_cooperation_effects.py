"""Within which time half of the withdrawals had their effect."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation.effects import LEAST, half_within

_TIMES = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))


@given(st.lists(_TIMES, max_size=LEAST - 1))
def test_fewer_than_ten_give_no_figure(times: list[timedelta]) -> None:
    assert half_within(times) is None


@given(st.lists(_TIMES, min_size=LEAST, max_size=80))
def test_at_least_half_took_no_longer_and_it_is_one_of_them(times: list[timedelta]) -> None:
    half = half_within(times)

    assert half in times
    assert sum(time <= half for time in times) * 2 >= len(times)
    assert sum(time < half for time in times) * 2 <= len(times)
