"""How long a case is kept: the pure part, on any day and for any period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cases.retention import LONGEST, Period, check_periods, kept_until, period_for, periods
from ayni.lib.errors import Misconfigured

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2100, 12, 31))
MONTHS = st.integers(min_value=1, max_value=LONGEST)
NORM = Period("uy", 60, "norm", "V", "An invented norm, art. 1")
USUAL = Period("", 36, "parameter", "D", "An invented proposal")


def _simple(day: date, months: int) -> date:
    """The reference: month by month, then back to the last day there is."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


@given(day=DAYS, months=MONTHS)
def test_the_day_is_that_many_months_later(day: date, months: int) -> None:
    assert kept_until(day, months) == _simple(day, months)


@given(day=DAYS, months=MONTHS)
def test_a_longer_period_never_ends_earlier(day: date, months: int) -> None:
    assert kept_until(day, months) > day
    assert kept_until(day + timedelta(days=1), months) >= kept_until(day, months)


def test_a_norm_of_the_state_stands_above_what_the_node_sets() -> None:
    assert period_for("uy", [USUAL, NORM], node_months=1) == NORM
    assert period_for("ar", [USUAL, NORM]) == USUAL
    assert period_for("ar", [USUAL, NORM], node_months=24).months == 24


@pytest.mark.parametrize("months", [0, -1, LONGEST + 1])
def test_what_is_no_period_is_refused(months: int) -> None:
    with pytest.raises(Misconfigured):
        check_periods([replace(USUAL, months=months)])
    with pytest.raises(Misconfigured):
        period_for("ar", [USUAL], node_months=months)


@pytest.mark.parametrize("changed", [{"mark": "M"}, {"source": ""}, {"state": ""}])
def test_a_norm_that_nobody_read_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        check_periods([replace(NORM, **changed)])
    with pytest.raises(Misconfigured):
        check_periods([replace(USUAL, status="custom")])


def test_no_period_at_all_stops() -> None:
    with pytest.raises(Misconfigured):
        period_for("ar", [NORM])


def test_the_periods_of_the_repository_hold_for_every_state() -> None:
    for state in ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve"):
        assert period_for(state, periods()).months > 0
