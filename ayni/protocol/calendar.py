"""The calendar of a post: public holidays of the country it stands in, and its time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# The holidays of the world are read where a working day is asked for: no command that does not
# count any waits for them.
SATURDAY = 5


class HolidaysUnknown(ValueError):
    """A country of which nobody here knows the public holidays; the text is its code."""


@dataclass(frozen=True, slots=True)
class PostCalendar:
    """Working days are Monday to Friday without the country's public holidays, if it is known."""

    country: str
    zone: tzinfo

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in _holidays(self.country, day.year)


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()


@lru_cache(maxsize=512)
def post_calendar(country: str, zone: str) -> PostCalendar:
    """The calendar of a post in a country (ISO 3166-1 alpha-2, or empty) and an IANA time zone.

    Raises `HolidaysUnknown`, and zoneinfo.ZoneInfoNotFoundError for an unknown zone.
    """
    import holidays

    if country and country.upper() not in holidays.list_supported_countries():
        raise HolidaysUnknown(country)
    return PostCalendar(country.upper(), ZoneInfo(zone))
