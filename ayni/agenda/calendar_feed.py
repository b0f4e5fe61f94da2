"""Meetings and due days as calendar programs read them (iCalendar, RFC 5545 and 7986). Pure.

A moment is written in UTC, which is exact in every program without a description of a time zone; a
due day is a date. Nothing is said of how long a meeting lasts, as nobody has told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from icalendar import Event  # read where a calendar is written: no command waits for it

_OURS = UUID("5c8b6e0a-3a53-4c0a-9f0e-6a7f2f6f1d42")  # made once, at random, for these names only
_PRODUCT = "-//Ayni//Meetings of the platform//EN"
FETCH_AGAIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar. `about`: the stable name of what it is about, the same on every
    node; `starts`: a moment, or a day; `sequence`: how often those concerned had to be told anew;
    `changed`: when what it says was published."""

    about: str
    title: str
    place: str
    starts: datetime | date
    sequence: int
    changed: datetime
    cancelled: bool = False


def uid(about: str) -> str:
    """The stable identifier of what an entry is about: the same on every node, naming none."""
    return str(uuid5(_OURS, about))


def _event(entry: Entry) -> Event:
    from icalendar import Event

    found = Event()
    starts = entry.starts
    changed = entry.changed.astimezone(UTC)
    found.add("uid", uid(entry.about))
    found.add("dtstamp", changed)  # without METHOD: when it was last revised (RFC 5545, 3.8.7.2)
    found.add("last-modified", changed)
    found.add("sequence", entry.sequence)
    found.add("summary", _plain(entry.title))
    found.add("dtstart", starts.astimezone(UTC) if isinstance(starts, datetime) else starts)
    if entry.place:
        found.add("location", _plain(entry.place))
    if not isinstance(starts, datetime):
        found.add("transp", "TRANSPARENT")  # a due day keeps nobody busy
    found.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    return found


def _plain(text: str) -> str:
    """One line without signs that steer a terminal or a parser."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def feed(entries: Iterable[Entry], *, name: str) -> bytes:
    """A calendar of that name; the same entries give the same bytes."""
    from icalendar import Calendar

    found = Calendar()
    found.add("prodid", _PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("name", _plain(name))
    found.add("x-wr-calname", _plain(name))
    found.add("refresh-interval", FETCH_AGAIN, parameters={"value": "DURATION"})
    found.add("x-published-ttl", "PT6H")
    for each in sorted(entries, key=lambda one: (_moment(one.starts), one.about)):
        found.add_component(_event(each))
    return bytes(found.to_ical())


def _moment(starts: datetime | date) -> datetime:
    if isinstance(starts, datetime):
        return starts
    return datetime(starts.year, starts.month, starts.day, tzinfo=UTC)
