"""Moments as they go to another node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ayni.lib import clock


def test_a_moment_is_told_in_utc_and_read_back() -> None:
    la_paz = timezone(timedelta(hours=-4))
    moment = datetime(2026, 3, 1, 20, 15, 30, tzinfo=la_paz)

    text = clock.isoformat(moment)

    assert text == "2026-03-02T00:15:30Z"
    assert clock.parse(text) == moment


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.isoformat(datetime(2026, 3, 1))  # noqa: DTZ001 - the point of the test


def test_what_the_secretariat_learns_is_rounded_up_to_the_hour() -> None:
    assert clock.hour_up(datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)).hour == 11
    assert clock.hour_up(datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)).hour == 10
