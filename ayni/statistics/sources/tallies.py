"""Tallies: what is counted of records of this node, kept so that nobody need open a record to see
a figure. Sealed; a dashboard opens a few hundred cells, however many records there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ayni.statistics.indicators.engine import Cell
from ayni.statistics.sources.own_tables import Tally
from ayni.vault import api as vault

# source -> table -> dimensions of its cells, in order.
TABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "linea145": {
        "reports": ("crime", "situation", "anonymous", "wait"),
        "named": ("crime", "role", "nationality", "sex", "age"),
    },
}
Counts = Counter[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Tallied:
    """The cells of some tables of one holder, summed over the years that were asked for."""

    holder: str
    tables: Mapping[str, Sequence[Cell]]
    years: tuple[int, int]
    counted_at: datetime


def keep(
    holder: str, source: str, counted: Mapping[str, Mapping[int, Counts]], now: datetime
) -> None:
    """Put these counts ({table: {year: counts}}) in place of the holder's former ones."""
    subject = _key_of(holder)
    Tally.objects.filter(holder=holder, source=source).delete()
    sealer = vault.sealer(subject)
    rows = []
    for table, years in counted.items():
        names = TABLES[source][table]
        for year, counts in years.items():
            row = Tally(
                holder=holder,
                subject=subject,
                source=source,
                table=table,
                year=year,
                counted_at=now,
            )
            cells: list[Any] = [[*codes, n] for codes, n in sorted(counts.items()) if n]
            row.seal(sealer, cells={"names": list(names), "cells": cells})
            rows.append(row)
    Tally.objects.bulk_create(rows)


def _key_of(holder: str) -> UUID:
    """One key for all tallies of an institution."""
    there = Tally.objects.filter(holder=holder).first()
    return vault.new_subject() if there is None else there.subject


def holders(source: str) -> list[str]:
    """The institutions of this node that have counts of this source, by code."""
    rows = Tally.objects.filter(source=source).order_by("holder")
    return list(rows.values_list("holder", flat=True).distinct())


def read(
    holder: str, source: str, tables: Iterable[str], years: tuple[int, int] | None
) -> Tallied | None:
    """What is kept for a holder; None if nothing of this source is. `year` is a dimension of every
    cell."""
    there = Tally.objects.filter(holder=holder, source=source)
    known = sorted(there.values_list("year", flat=True).distinct())
    if not known:
        return None
    first, last = years or (known[0], known[-1])
    rows = list(there.filter(table__in=sorted(set(tables)), year__range=(first, last)))
    found: dict[str, list[Cell]] = {table: [] for table in tables}
    sealer = vault.sealer(rows[0].subject) if rows else None
    for row in rows:
        assert sealer is not None
        found[row.table] += _opened(row, row.unseal(sealer)["cells"])
    moments = there.order_by("-counted_at").values_list("counted_at", flat=True)
    return Tallied(holder, found, (first, last), moments[0])


def _opened(row: Tally, told: Any) -> list[Cell]:
    names = told["names"]
    return [
        Cell({**dict(zip(names, cell[:-1], strict=True)), "year": str(row.year)}, cell[-1])
        for cell in told["cells"]
    ]
