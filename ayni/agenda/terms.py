"""Who presides on which day. Pure.

A term runs from its first day up to the day of the handing over, which is the first day of the
next one. Its end may not be known: then only the days up to the last one on which a source shows
it in office are certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
_DAY = timedelta(days=1)


class End(StrEnum):
    """What is known of the end of a term."""

    DAY = "day"
    OPEN = "open"  # it presides until it hands over
    UNKNOWN = "unknown"  # it has ended, or may have: nobody knows when


@dataclass(frozen=True, slots=True)
class Term:
    """One presidency. `until`: with `DAY`, the day of the handing over; `seen`: with `UNKNOWN`, the
    last day on which a source shows it in office; `month_only`: of `begins` only the month is
    known; `inferred`: no source states it."""

    state: str
    begins: date
    end: End
    until: date | None
    seen: date | None
    month_only: bool
    inferred: bool
    source: str
    mark: str

    @property
    def before(self) -> date | None:
        """The first day on which it is not certain any more that it presides; None: no such."""
        match self.end:
            case End.DAY:
                return self.until
            case End.OPEN:
                return None
            case End.UNKNOWN:
                last = max(self.begins, self.seen or self.begins)
                return last + _DAY if last < date.max else last

    def covers(self, day: date) -> bool:
        """Whether it certainly presides on a day."""
        return self.begins <= day and (self.before is None or day < self.before)


def of_json(row: Mapping[str, Any]) -> Term:
    """A term as it stands in an entry. Raises ValueError for a day that does not exist."""
    return Term(
        state=row["state"],
        begins=date.fromisoformat(row["begins"]),
        end=End(row["end"]),
        until=_day(row["until"]),
        seen=_day(row["seen"]),
        month_only=row["month_only"],
        inferred=row["inferred"],
        source=row["source"],
        mark=row["mark"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def as_json(term: Term) -> Json:
    """The same as it stands in an entry."""
    return {
        "state": term.state,
        "begins": term.begins.isoformat(),
        "end": term.end.value,
        "until": term.until.isoformat() if term.until else "",
        "seen": term.seen.isoformat() if term.seen else "",
        "month_only": term.month_only,
        "inferred": term.inferred,
        "source": term.source,
        "mark": term.mark,
    }


def expected_end(term: Term, years: int) -> date | None:
    """The day on which a term would end by the rule on its length in years; None where its end is
    known. The last day of February stands for the 29th."""
    if term.end is End.DAY:
        return None
    year = term.begins.year + years
    if year > date.max.year:
        return None
    try:
        return term.begins.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def ends_too_early(term: Term) -> bool:
    """Whether a term ends, or was last seen, before there was a day of it."""
    if term.end is End.DAY:
        return term.until is None or term.until <= term.begins
    return term.end is End.UNKNOWN and term.seen is not None and term.seen < term.begins


def overlapping(terms: Iterable[Term]) -> tuple[Term, Term] | None:
    """Two terms that certainly share a day, the earlier one first; None if no two do."""
    found = sorted(terms, key=lambda each: (each.begins, each.state))
    for place, first in enumerate(found):
        for second in found[place + 1 :]:
            if first.before is None or second.begins < first.before:
                return first, second
    return None


@dataclass(frozen=True, slots=True)
class Presiding:
    """Who presides on a day (None: not known), and the last one known to have begun by then."""

    term: Term | None
    last: Term | None


def presiding(terms: Iterable[Term], day: date) -> Presiding:
    """Who presides on a day, of terms of which no two overlap."""
    begun = sorted((each for each in terms if each.begins <= day), key=lambda each: each.begins)
    last = begun[-1] if begun else None
    return Presiding(next((each for each in begun if each.covers(day)), None), last)


def replaced(terms: Iterable[Term], new: Term, *, begins: date | None = None) -> tuple[Term, ...]:
    """The terms with a new one, in place of the one that began on a day if that is given."""
    kept = [each for each in terms if each.begins != begins]
    return tuple(sorted([*kept, new], key=lambda each: (each.begins, each.state)))


def handed_over(
    terms: Iterable[Term], new: Term, *, before_until: date | None = None
) -> tuple[Term, ...]:
    """The terms after a handing over on the first day of `new`.

    A term that presides until it hands over ends on that day. One whose end is not known ends on
    `before_until` if that is given, and stays as it is if not. Any other end stays: one that lies
    later overlaps then, and is for a person to correct.
    """
    found = list(terms)
    last = presiding(found, new.begins).last
    if last is not None and last.end is End.OPEN and last.begins < new.begins:
        found[found.index(last)] = replace(last, end=End.DAY, until=new.begins)
    elif last is not None and last.end is End.UNKNOWN and before_until is not None:
        found[found.index(last)] = replace(last, end=End.DAY, until=before_until, seen=None)
    return replaced(found, new)
