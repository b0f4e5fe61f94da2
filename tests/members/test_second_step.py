"""How often a second step may be wrong: against a plain list of the wrong tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.members.second_step import MOST, WITHIN, after_wrong, wait

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
GAPS = st.lists(st.integers(0, 20 * 60), max_size=30)


@given(GAPS)
def test_no_quarter_of_an_hour_after_a_first_wrong_try_holds_more_than_five(
    gaps: list[int],
) -> None:
    failed, since, now = 0, None, START
    tried: list[datetime] = []
    for gap in gaps:
        now += timedelta(seconds=gap)
        if not wait(failed, since, now):
            tried.append(now)
            failed, since = after_wrong(failed, since, now)
    begun: list[datetime] = []  # of each row of tries the first
    for moment in tried:
        if not begun or moment - begun[-1] >= WITHIN:
            begun.append(moment)
    for first in begun:
        assert sum(first <= moment < first + WITHIN for moment in tried) <= MOST


@given(st.integers(0, 20), st.none() | st.datetimes(timezones=st.just(UTC)))
def test_nobody_waits_longer_than_a_quarter_of_an_hour(failed: int, since: datetime | None) -> None:
    assert timedelta() <= wait(failed, since, START) <= WITHIN


@given(st.integers(MOST, 50), st.integers(0, 14 * 60 + 59))
def test_after_five_wrong_tries_the_next_one_waits(failed: int, seconds: int) -> None:
    assert wait(failed, START, START + timedelta(seconds=seconds)) > timedelta()
    assert not wait(failed, START, START + WITHIN)
