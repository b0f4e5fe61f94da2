"""What the plenary has set, and on which days each value holds. Pure.

A rule is a row of lines, the first first. Days are included on both sides. Of the first line the
beginning may not be known: then it holds on every day up to its last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]
UNKNOWN = "unknown"  # the name of a line of which the first day is not known
_DAY = timedelta(days=1)
_DAYS = frozenset({"from", "until"})


def holds(begins: date | None, until: date | None, day: date) -> bool:
    """Whether a day lies between two days, both included; None: not known, or no end is set."""
    return (begins is None or begins <= day) and (until is None or day <= until)


@dataclass(frozen=True, slots=True)
class Line:
    """One value (empty: it is not known), where it is written and how it is known. `begins`: its
    first day, None if it is not known; `until`: its last one, None while no end is set."""

    value: str
    source: str
    mark: str
    begins: date | None = None
    until: date | None = None

    @property
    def code(self) -> str:
        """What tells it from the other lines of its rule: its first day, or `UNKNOWN`."""
        return self.begins.isoformat() if self.begins else UNKNOWN


NOTHING = Line("", "", "")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def of_json(body: Mapping[str, Any]) -> tuple[Line, ...]:
    """The lines of a rule as an entry or the data hold them: the last one, and those before it.
    Raises ValueError for a day that does not exist."""
    return tuple(
        Line(
            row["value"], row["source"], row["mark"],
            _day(row.get("from", "")), _day(row.get("until", "")),
        )
        for row in (*body.get("earlier", ()), body)
    )  # fmt: skip


def as_json(lines: Sequence[Line]) -> Json:
    """The same as they stand in an entry. Days and earlier lines are said only where there are any,
    so that a rule without them is of the form that it had before there were days."""
    rows = [
        {
            "value": each.value,
            "source": each.source,
            "mark": each.mark,
            "from": each.begins.isoformat() if each.begins else "",
            "until": each.until.isoformat() if each.until else "",
        }
        for each in lines
    ]
    *earlier, last = rows
    told: Json = {name: text for name, text in last.items() if text or name not in _DAYS}
    return {**told, "earlier": earlier} if earlier else told


def on(lines: Iterable[Line], day: date) -> Line:
    """The line that holds on a day; `NOTHING` if none does."""
    return next((each for each in lines if holds(each.begins, each.until, day)), NOTHING)


def _first(line: Line) -> date:
    return line.begins or date.min


def overlapping(lines: Iterable[Line]) -> tuple[Line, Line] | None:
    """Two lines that hold on one day, the earlier one first; None if no two do."""
    found = sorted(lines, key=_first)
    for first, second in zip(found, found[1:], strict=False):
        if _first(second) <= (first.until or date.max):
            return first, second
    return None


def in_order(lines: Sequence[Line]) -> bool:
    """Whether the lines stand with the first first."""
    return list(lines) == sorted(lines, key=_first)


def ends_before_it_begins(line: Line) -> bool:
    """Whether the last day of a line is before its first."""
    return line.until is not None and line.until < _first(line)


def written(lines: Iterable[Line], new: Line, *, replaces: str = "") -> tuple[Line, ...]:
    """The lines of a rule with a new one.

    It takes the place of the line `replaces` (its `code`); if none is named, of one with the same
    first day. A line before it that has no end holds up to the day before. One that has an end
    keeps it: if the two overlap then, that is for a person to correct.
    """
    kept = [each for each in lines if each.code != (replaces or new.code)]
    before = [each for each in kept if _first(each) < _first(new)]
    if new.begins is not None and before:
        last = max(before, key=_first)
        if last.until is None:
            kept[kept.index(last)] = replace(last, until=new.begins - _DAY)
    return tuple(sorted([*kept, new], key=_first))
