"""Help lines: which numbers may be shown, in which order. Pure: `now` is an argument.

Promise 8: a number is shown only with a source and a date of verification. The rule stands at the
top of `data/lines.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ayni.lib.errors import Misconfigured

LONGEST = timedelta(days=90)
OLD = timedelta(days=2 * 365)
MARKS = frozenset({"V", "2", "M"})
# Danger first, then lines made for this, then lines for another purpose.
KINDS = (
    "emergency", "trafficking", "human_rights", "police", "children", "women", "missing",
    "prosecution", "legal", "abroad",
)  # fmt: skip
LANGUAGES = ("es", "pt", "en")
_SOURCE_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")


@dataclass(frozen=True, slots=True)
class Line:
    """One help line of a state (`country`: ISO 3166-1 alpha-2 in small letters)."""

    id: str
    country: str
    kind: str
    numbers: tuple[str, ...]
    purpose: Mapping[str, str]
    hours: Mapping[str, str] | None
    body: str | None
    source: str
    source_date: str | None
    mark: str
    verified_on: date | None
    verified_by: str | None
    expires: date | None

    @property
    def source_is_old(self) -> bool:
        """Whether the source has no date or was older than two years when it was read."""
        if self.source_date is None or self.verified_on is None:
            return True
        year, month, day = (*map(int, self.source_date.split("-")), 28)[:3]
        return self.verified_on - date(year, month, day) > OLD

    def shown_on(self, today: date) -> bool:
        """Whether the number may be shown on that day."""
        if self.mark != "V" or self.verified_on is None or self.expires is None:
            return False
        return self.verified_on <= today < self.expires


def load(path: Path) -> tuple[Line, ...]:
    """The lines of a file. Raises `Misconfigured` with file, row and reason."""
    try:
        rows = YAML(typ="rt", pure=True).load(path.read_text("utf-8"))["lines"]
    except (YAMLError, KeyError, TypeError) as error:
        raise Misconfigured(f"{path.name}: not a list of help lines: {error}") from None
    lines = []
    for row in rows:
        where = f"{path.name}:{row.lc.line + 1}"
        try:
            lines.append(_line(row))
        except (KeyError, ValueError, TypeError) as error:
            raise Misconfigured(f"{where}: {error}") from None
    return tuple(lines)


def _line(row: Mapping[str, Any]) -> Line:
    source_date = None if row["source_date"] is None else str(row["source_date"])
    line = Line(
        id=str(row["id"]),
        country=str(row["country"]),
        kind=str(row["kind"]),
        numbers=tuple(str(n) for n in row["numbers"]),
        purpose=_words(row["purpose"]),
        hours=None if row["hours"] is None else _words(row["hours"]),
        body=row["body"],
        source=str(row["source"] or ""),
        source_date=source_date,
        mark=str(row["mark"]),
        verified_on=row["verified_on"],
        verified_by=row["verified_by"],
        expires=row["expires"],
    )
    _check(line)
    return line


def _words(texts: Mapping[str, str]) -> dict[str, str]:
    missing = [language for language in LANGUAGES if not texts.get(language)]
    if missing:
        raise ValueError(f"no text in {', '.join(missing)}")
    return {language: str(texts[language]) for language in LANGUAGES}


def _check(line: Line) -> None:
    if line.kind not in KINDS:
        raise ValueError(f"unknown kind {line.kind}")
    if line.mark not in MARKS:
        raise ValueError(f"unknown mark {line.mark}")
    if not line.numbers or not line.source:
        raise ValueError("a line needs a number and a source")
    if line.source_date is not None and not _SOURCE_DATE.fullmatch(line.source_date):
        raise ValueError("source_date must be year-month or year-month-day")
    told = (line.verified_on, line.verified_by, line.expires)
    if line.mark == "V" and not all(told):
        raise ValueError("a verified line needs verified_on, verified_by and expires")
    if line.mark != "V" and any(told):
        raise ValueError("only a line marked V has been verified")
    if line.verified_on and line.expires and line.expires - line.verified_on > LONGEST:
        raise ValueError("expires at most 90 days after verified_on")


def shown(lines: Iterable[Line], country: str, today: date) -> list[Line]:
    """What is shown to somebody who is in `country`: danger first; none that has expired."""
    found = [
        line
        for line in lines
        if line.country == country and line.kind != "abroad" and line.shown_on(today)
    ]
    return sorted(found, key=lambda line: KINDS.index(line.kind))


def shown_abroad(lines: Iterable[Line], today: date) -> list[Line]:
    """Lines for nationals who are outside their own country."""
    return [line for line in lines if line.kind == "abroad" and line.shown_on(today)]
