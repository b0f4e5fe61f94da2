"""Where a page of cases ended, as text for an address, and read back. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

Place = tuple[datetime, UUID]


def as_text(place: Place) -> str:
    """The place of a case in the list: when it was opened, and its id."""
    return f"{place[0].isoformat()}_{place[1]}"


def place_in(text: str) -> Place | None:
    """The place that stands in an address; None for anything that is not one."""
    at, _sign, ident = text.partition("_")
    try:
        moment = datetime.fromisoformat(at)
        return (moment.astimezone(UTC), UUID(ident)) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
