"""What is asked for, read strictly: a page of a list, the row it goes on from, a named record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

_LONGEST = 7  # digits of a page


def page_number(text: str) -> int:
    """The number of a page. Raises ValueError for anything but up to seven ASCII digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        raise ValueError("page")
    return int(text)


def row_after(text: str, *, sign: str = "/") -> tuple[datetime, UUID]:
    """The time, in UTC, and the id of the row before, parted by `sign`. Raises ValueError."""
    at, found, last = text.partition(sign)
    moment = datetime.fromisoformat(at)
    if not found or moment.tzinfo is None:
        raise ValueError("after")
    try:
        return moment.astimezone(UTC), UUID(last)
    except OverflowError:
        raise ValueError("after") from None


def record_named(sent: Mapping[str, str], kinds: Collection[str]) -> tuple[str, UUID]:
    """Kind (`about`) and id (`about_id`) of the record that a form names. Raises ValueError."""
    about = sent.get("about", "")
    if about not in kinds:
        raise ValueError("about")
    return about, UUID(sent.get("about_id", ""))
