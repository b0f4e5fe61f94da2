"""The only place that reads the clock. Pure files take `now` as an argument instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


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
    """The inverse of `isoformat`; raises ValueError for any other form (RFC 3339)."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
