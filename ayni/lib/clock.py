"""The only place that reads the clock. Pure files take `now` as an argument instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")
# So that minutes, hours and years can be added to and taken from any moment that was told.
EARLIEST, LATEST = 1900, 9000


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def hour_up(moment: datetime) -> datetime:
    """`moment` rounded up to the full hour: what may be told to those who see clocks, not cases."""
    floor = moment.replace(minute=0, second=0, microsecond=0)
    return floor if floor == moment else floor + timedelta(hours=1)


def isoformat(moment: datetime) -> str:
    """RFC 3339 text in UTC with seconds and `Z`; raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be sent to another node")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """The inverse of `isoformat`; raises ValueError for any other form (RFC 3339), for a moment
    that does not exist, and for a year before 1900 or after 9000."""
    found = _FORM.fullmatch(text)
    if found is None or not EARLIEST <= int(found[1]) <= LATEST:
        raise ValueError("not a moment in UTC, to the second, with Z")
    year, month, day, hour, minute, second = map(int, found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
