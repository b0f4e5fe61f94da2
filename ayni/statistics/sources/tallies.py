"""Tallies: what is counted of records of this node, kept so that nobody need open a record to see
a figure. Sealed; a dashboard opens a few hundred cells, however many records there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Min

from ayni.statistics.indicators.engine import Cell, summed
from ayni.statistics.sources import profiles
from ayni.statistics.sources.case_codes import Entry
from ayni.statistics.sources.own_tables import Tally
from ayni.vault import api as vault

CASES, ERASED_CASES = "cases", "cases_erased"
_OF_CASES: Mapping[str, tuple[str, ...]] = {
    "persons": ("crime", "sex", "age", "form_told", "side"),
    "origins": ("crime", "citizenship", "sex", "side"),
    "flows": ("crime", "citizenship", "exploited_in", "detected_in"),
    "reports": ("crime", "situation", "wait"),
    "forms": ("crime", "form"),
    profiles.PROFILES: profiles.OF_CASES,
}
# source -> table -> dimensions of its cells, in order.
TABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "linea145": {
        "reports": ("crime", "situation", "anonymous", "wait"),
        "named": ("crime", "role", "nationality", "sex", "age"),
    },
    "htcds": {
        "persons": ("crime", "sex", "age", "form_told"),
        "flows": ("crime", "citizenship", "exploited_in", "detected_in"),
        "forms": ("crime", "form"),
        profiles.PROFILES: profiles.OF_RECORDS,
    },
    CASES: _OF_CASES,
    ERASED_CASES: _OF_CASES,
}
# What is read as one source: what cases add that are there, and what erased ones have left.
_KEPT_AS: Mapping[str, tuple[str, ...]] = {CASES: (CASES, ERASED_CASES)}
Counts = Counter[tuple[str, ...]]


class WrongTally(Exception):
    """A tally would hold less than none of something: it is not the sum of its records."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files that the counted records came from: the last day that they tell of, and name and
    SHA-256 of each, in the order in which they were loaded."""

    last_day: date
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tallied:
    """The cells of some tables of one holder, summed over the years that were asked for. `files`:
    None where the records came from no file, or what was counted does not tell it."""

    holder: str
    tables: Mapping[str, Sequence[Cell]]
    years: tuple[int, int]
    counted_at: datetime
    files: Files | None = None

    @property
    def dated(self) -> date:
        """The date of the data: the last day of the files, else the day of the count."""
        return self.counted_at.date() if self.files is None else self.files.last_day


def keep(
    holder: str,
    source: str,
    counted: Mapping[str, Mapping[int, Counts]],
    now: datetime,
    files: Files | None = None,
) -> None:
    """Put these counts ({table: {year: counts}}) in place of the holder's former ones."""
    subject = _key_of(holder)
    Tally.objects.filter(holder=holder, source=source).delete()
    sealer = vault.sealer(subject)
    rows = []
    for table, years in counted.items():
        for year, counts in years.items():
            row = Tally(holder=holder, subject=subject, source=source, table=table, year=year)
            _seal(row, counts, sealer, now, files)
            rows.append(row)
    Tally.objects.bulk_create(rows)


def _seal(
    row: Tally, counts: Counts, sealer: vault.Sealer, now: datetime, files: Files | None = None
) -> None:
    cells: list[Any] = [[*codes, n] for codes, n in sorted(counts.items()) if n]
    told: dict[str, Any] = {"names": list(TABLES[row.source][row.table]), "cells": cells}
    if files is not None:
        told["last_day"] = files.last_day.isoformat()
        told["files"] = [list(each) for each in files.files]
    row.seal(sealer, cells=told)
    row.counted_at = now


def keep_entries(holder: str, source: str, entries: Counter[Entry], now: datetime) -> None:
    """`keep`, of counts by table, year and codes."""
    counted: dict[str, dict[int, Counts]] = {}
    for (table, year, codes), number in entries.items():
        counted.setdefault(table, {}).setdefault(year, Counter())[codes] += number
    keep(holder, source, counted, now)


def change(holder: str, source: str, by: Counter[Entry], now: datetime) -> None:
    """Add to the counts of a holder (below zero: take from them), whoever else does so now. Raises
    `WrongTally` before anything is written."""
    touched = sorted({(table, year) for (table, year, _codes), n in by.items() if n})
    if not touched:
        return
    subject = _key_of(holder)
    sealer = vault.sealer(subject)
    changed = []
    for table, year in touched:
        row, _is_new = Tally.objects.select_for_update().get_or_create(
            holder=holder, source=source, table=table, year=year,
            defaults={"subject": subject, "counted_at": now},
        )  # fmt: skip
        counts = _counts(row, sealer)
        counts.update({codes: n for (t, y, codes), n in by.items() if (t, y) == (table, year)})
        if any(number < 0 for number in counts.values()):
            raise WrongTally(f"{source}, {table}, {year}")
        _seal(row, counts, sealer, now)
        changed.append(row)
    Tally.objects.bulk_update(changed, ["cells", "counted_at"])


def _counts(row: Tally, sealer: vault.Sealer) -> Counts:
    if row.cells is None:
        return Counter()
    told: Any = row.unseal(sealer)["cells"]
    return Counter({tuple(cell[:-1]): cell[-1] for cell in told["cells"]})


def entries(holder: str, source: str) -> Counter[Entry]:
    """Everything that is kept for a holder."""
    found: Counter[Entry] = Counter()
    rows = list(Tally.objects.filter(holder=holder, source=source))
    sealer = vault.sealer(rows[0].subject) if rows else None
    for row in rows:
        assert sealer is not None
        found.update({(row.table, row.year, c): n for c, n in _counts(row, sealer).items()})
    return found


def are_kept(holder: str, source: str) -> bool:
    """Whether anything was counted for a holder."""
    return Tally.objects.filter(holder=holder, source__in=_kept_as(source)).exists()


def _kept_as(source: str) -> tuple[str, ...]:
    return _KEPT_AS.get(source, (source,))


def _key_of(holder: str) -> UUID:
    """One key for all tallies of an institution, whoever counts first."""
    known = Tally.objects.filter(holder=holder).values_list("subject", flat=True)
    there = known.first()
    if there is not None:
        return there
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtext('ayni.statistics.tallies'), hashtext(%s))",
            [holder],
        )
    # Two sources may be counted for the first time at once: what one made the other uses.
    return known.first() or vault.new_subject()


def holders(source: str) -> list[str]:
    """The institutions of this node that have counts of this source, by code."""
    return holders_of([source])[source]


def holders_of(sources: Collection[str]) -> dict[str, list[str]]:
    """The same of each of some sources, asked at once."""
    kept_as = {source: _kept_as(source) for source in sources}
    asked = {each for some in kept_as.values() for each in some}
    rows = Tally.objects.filter(source__in=asked).values_list("source", "holder").distinct()
    there = set(rows) if asked else set()
    return {
        source: sorted({holder for told, holder in there if told in some})
        for source, some in kept_as.items()
    }


def read(
    holder: str,
    source: str,
    tables: Mapping[str, Collection[str] | None],
    years: tuple[int, int] | None,
) -> Tallied | None:
    """What is kept for a holder; None if nothing of this source is. `tables`: each with the
    dimensions that are asked for, over the others its cells are summed; None for all of them.
    `year` is a dimension of every cell."""
    there = Tally.objects.filter(holder=holder, source__in=_kept_as(source))
    known = there.aggregate(first=Min("year"), last=Max("year"), at=Max("counted_at"))
    if known["at"] is None:
        return None
    first, last = years or (known["first"], known["last"])
    rows = list(there.filter(table__in=sorted(tables), year__range=(first, last)))
    found: dict[str, list[Cell]] = {table: [] for table in tables}
    sealer = vault.sealer(rows[0].subject) if rows else None
    files = None
    for row in rows:
        assert sealer is not None
        told = row.unseal(sealer)["cells"]
        found[row.table] += _opened(row, told, tables[row.table])
        files = files or _files(told)
    return Tallied(holder, found, (first, last), known["at"], files)


def read_table(
    holder: str, source: str, table: str, years: tuple[int, int] | None
) -> Tallied | None:
    """The same of one table with all its dimensions, and with everybody in it: who has no profile
    yet, or never had one, is among the profiles (`profiles.completed`)."""
    if table != profiles.PROFILES:
        return read(holder, source, {table: None}, years)
    found = read(holder, source, {table: None, profiles.PERSONS: None}, years)
    if found is None:
        return None
    whole = profiles.completed(found.tables[profiles.PERSONS], found.tables[table])
    return replace(found, tables={table: whole})


def _files(told: Any) -> Files | None:
    """Whatever was counted at once came from the same files; earlier software told none."""
    if "last_day" not in told:
        return None
    return Files(
        date.fromisoformat(told["last_day"]), tuple((name, sha) for name, sha in told["files"])
    )


def _opened(row: Tally, told: Any, over: Collection[str] | None) -> list[Cell]:
    names, year = told["names"], str(row.year)
    cells = summed(names, told["cells"], names if over is None else over)
    return [Cell({**cell.codes, "year": year}, cell.count) for cell in cells]
