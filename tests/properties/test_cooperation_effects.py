"""Within which time half of the withdrawals had their effect."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation.effects import LEAST, Half, half_within

_TIMES = st.integers(0, 400 * 24).map(lambda hours: timedelta(hours=hours))
_OR_NEVER = st.one_of(_TIMES, st.none())


@given(st.lists(_OR_NEVER, max_size=LEAST - 1))
def test_fewer_than_ten_give_no_figure(times: list[timedelta | None]) -> None:
    assert half_within(times) is None


@given(st.lists(_TIMES, min_size=LEAST, max_size=40))
def test_at_least_half_took_no_longer_and_it_is_one_of_them(times: list[timedelta]) -> None:
    half = half_within(times)

    assert half is not None
    assert half.within in times
    assert sum(time <= half.within for time in times) * 2 >= len(times)
    assert sum(time < half.within for time in times) * 2 <= len(times)


@given(st.lists(_OR_NEVER, min_size=LEAST, max_size=40))
def test_who_has_not_answered_counts_as_one_that_took_longer_than_all(
    times: list[timedelta | None],
) -> None:
    longest = timedelta(days=4000)
    as_if = half_within([longest if time is None else time for time in times])
    half = half_within(times)

    assert half is not None
    assert as_if is not None
    assert half == (Half(None) if as_if.within == longest else as_if)


@given(st.lists(_TIMES, min_size=LEAST, max_size=40), st.integers(1, 200))
def test_those_who_never_answer_make_no_figure_better(times: list[timedelta], more: int) -> None:
    before, after = half_within(times), half_within([*times, *[None] * more])

    assert before is not None
    assert after is not None
    assert before.within is not None
    assert after.within is None or after.within >= before.within
