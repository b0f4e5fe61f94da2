"""Birth and age, pure: an exact date, a year and month, a year, or an age band.

Age unknown counts as child wherever protection depends on it (design, "Persons"; UNICEF
guidelines, presumption of age; UY Ley 19.643 art. 3 M).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

ADULT_AT = 18  # trafficking protocol, art. 3 d
OLDEST = 130
_DIGITS = {
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "year_month": r"[0-9]{4}-[0-9]{2}",
    "year": r"[0-9]{4}",
    "age_band": r"[0-9]{1,3}-[0-9]{1,3}",
    "unknown": r".*",
}


class Precision(StrEnum):
    """How exactly a birth is known."""

    DATE = "date"
    YEAR_MONTH = "year_month"
    YEAR = "year"
    AGE_BAND = "age_band"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """Whether the person stated it or someone estimated it."""

    STATED = "stated"
    ESTIMATED = "estimated"


class AgeStatus(StrEnum):
    """What is known about being under 18."""

    ADULT = "adult"
    CHILD = "child"
    UNKNOWN = "unknown"

    @property
    def counts_as_child(self) -> bool:
        """Unknown counts as child."""
        return self is not AgeStatus.ADULT


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth as known. `value`: YYYY-MM-DD, YYYY-MM, YYYY, or for a band `low-high` in years as
    stated on `as_of` (ISO date); empty when unknown."""

    precision: Precision
    value: str = ""
    quality: Quality = Quality.STATED
    as_of: str = ""


UNKNOWN = Birth(Precision.UNKNOWN)


def from_json(data: Any) -> Birth:
    """A birth from its stored form; None gives an unknown one. Raises ValueError when malformed."""
    if data is None:
        return UNKNOWN
    birth = Birth(
        Precision(data["precision"]),
        data.get("value", ""),
        Quality(data.get("quality", "stated")),
        data.get("as_of", ""),
    )
    bounds(birth)
    return birth


def to_json(birth: Birth) -> dict[str, str]:
    """The stored form."""
    return {
        "precision": birth.precision.value,
        "value": birth.value,
        "quality": birth.quality.value,
        "as_of": birth.as_of,
    }


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)


def bounds(birth: Birth) -> tuple[date, date] | None:
    """Earliest and latest (inclusive) day of birth; None if unknown. Raises ValueError."""
    if not re.fullmatch(_DIGITS[birth.precision], birth.value):
        raise ValueError("a birth is written with digits and hyphens")
    match birth.precision:
        case Precision.UNKNOWN:
            return None
        case Precision.DATE:
            day = date.fromisoformat(birth.value)
            return day, day
        case Precision.YEAR_MONTH:
            year, month = (int(part) for part in birth.value.split("-"))
            last = _month_end(year, month).toordinal() - 1
            return date(year, month, 1), date.fromordinal(last)
        case Precision.YEAR:
            year = int(birth.value)
            return date(year, 1, 1), date(year, 12, 31)
        case Precision.AGE_BAND:
            low, high = (int(part) for part in birth.value.split("-"))
            if not 0 <= low <= high <= OLDEST:
                raise ValueError("an age band goes from a lower to a higher age")
            said = date.fromisoformat(birth.as_of)
            earliest = _years_before(said, high + 1).toordinal() + 1
            return date.fromordinal(earliest), _years_before(said, low)


def check_possible(birth: Birth, today: date) -> None:
    """Raise ValueError for a birth of somebody not born yet, or older than anybody.

    A day of difference is allowed: today is tomorrow elsewhere.
    """
    possible = bounds(birth)
    if possible is None:
        return
    earliest, latest = possible
    if earliest.toordinal() > today.toordinal() + 1:
        raise ValueError("nobody is born in the future")
    if today.year - latest.year > OLDEST:
        raise ValueError("nobody is that old")


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _eighteenth(day: date) -> date:
    try:
        return day.replace(year=day.year + ADULT_AT)
    except ValueError:  # born on 29 February: of age on 1 March, the later of the usual readings
        return date(day.year + ADULT_AT, 3, 1)


def narrowed(birth: Birth, *, is_child: bool, today: date) -> Birth | None:
    """The age band that is left once an officer has verified that somebody is, or is not, a child.

    None for a year or month: it is not thrown away for something coarser.
    """
    if birth.precision is Precision.UNKNOWN:
        low, high, as_of = 0, OLDEST, today.isoformat()
    elif birth.precision is Precision.AGE_BAND:
        low, high = (int(part) for part in birth.value.split("-"))
        as_of = birth.as_of
    else:
        return None
    if is_child and high >= ADULT_AT:
        low, high, as_of = min(low, ADULT_AT - 1), ADULT_AT - 1, today.isoformat()
    elif not is_child and low < ADULT_AT:
        low, high, as_of = ADULT_AT, max(high, ADULT_AT), today.isoformat()
    return Birth(Precision.AGE_BAND, f"{low}-{high}", Quality.STATED, as_of)


def age_status(birth: Birth, today: date) -> AgeStatus:
    """Adult or child only if every possible day of birth agrees, otherwise unknown.

    An *estimated* age never makes an adult of someone who may be a child: an estimate counts as
    adult only from 21 years on (three years of margin, a proposal [D], no source).
    """
    possible = bounds(birth)
    if possible is None:
        return AgeStatus.UNKNOWN
    earliest, latest = possible
    youngest_adult = _eighteenth(latest) <= today
    if birth.quality is Quality.ESTIMATED and youngest_adult:
        margin = date(latest.year + 3, latest.month, min(latest.day, 28))
        youngest_adult = _eighteenth(margin) <= today
    if youngest_adult:
        return AgeStatus.ADULT
    if _eighteenth(earliest) > today:
        return AgeStatus.CHILD
    return AgeStatus.UNKNOWN
