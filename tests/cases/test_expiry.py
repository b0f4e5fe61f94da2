"""When a record is blocked and when erased, against a walk through the days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cases.expiry import Next, Step, following, is_due
from ayni.cases.retention import kept_until

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def _lived(last_kept: date, hold: date | None, months: int) -> tuple[date, date]:
    """The days on which a record is blocked and erased if somebody looks every day."""
    blocked = None
    day = last_kept - timedelta(days=3)
    while True:
        day += timedelta(days=1)
        if hold is not None and day <= hold:
            continue
        if blocked is None:
            if day > last_kept:
                blocked = day
        elif day > kept_until(blocked, months):
            return blocked, day


@given(last=DAYS, hold=st.none() | st.integers(-40, 900), months=st.integers(1, 24))
def test_looking_every_day_takes_each_step_on_the_day_that_was_foretold(
    last: date, hold: int | None, months: int
) -> None:
    held = None if hold is None else last + timedelta(days=hold)
    blocked, erased = _lived(last, held, months)
    common = {"last_kept": last, "held_until": held, "blocked_months": months, "erased": False}

    first = following(blocked_on=None, **common)  # type: ignore[arg-type]
    second = following(blocked_on=blocked, **common)  # type: ignore[arg-type]

    assert (first.step, first.on) == (Step.BLOCK, blocked)
    assert (second.step, second.on) == (Step.ERASE, erased)


@given(last=DAYS, hold=DAYS, today=DAYS)
def test_nothing_is_due_while_a_hold_lasts(last: date, hold: date, today: date) -> None:
    for blocked in (None, last):
        found = following(
            last_kept=last, blocked_on=blocked, erased=False, held_until=hold, blocked_months=1
        )
        if today <= hold:
            assert not is_due(found, today)


@given(hold=st.none() | DAYS, today=DAYS)
def test_what_is_worked_on_or_erased_has_no_next_step(hold: date | None, today: date) -> None:
    for last, blocked, erased in ((None, None, False), (today, today, True)):
        found = following(
            last_kept=last, blocked_on=blocked, erased=erased, held_until=hold, blocked_months=12
        )
        assert found == Next(Step.NONE)
        assert not is_due(found, today)


def test_what_cannot_be_is_refused() -> None:
    day = date(2026, 1, 1)
    with pytest.raises(ValueError, match="worked on"):
        following(last_kept=None, blocked_on=day, erased=False, held_until=None, blocked_months=12)
    with pytest.raises(ValueError, match="at least a month"):
        following(last_kept=day, blocked_on=None, erased=False, held_until=None, blocked_months=0)
