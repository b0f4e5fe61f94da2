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


@pytest.mark.parametrize(
    "text",
    [
        "2026-1-2T3:4:5Z", "2026-02-30T10:00:00Z", "2026-03-01T10:00:00Z\n", "",
        "2026-03-01T10:00:00+00:00", "２０２６-03-01T10:00:00Z", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "2026-03-01T23:59:60Z",
    ],
)  # fmt: skip
def test_a_moment_written_otherwise_or_from_no_time_of_ours_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        clock.parse(text)
