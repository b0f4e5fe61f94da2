"""How the hotline's files are loaded, through `api`. Every value of the files is invented."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.test import Client

from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.sources import tallies
from tests.cast import enter

DATA = Path(__file__).parent / "data"
REPORTS, PERSONS = DATA / "reports.csv", DATA / "persons.csv"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Files:
    """The two files, and how a test changes one cell or all of a file."""

    reports: Path
    persons: Path

    def rows(self, kind: str) -> list[dict[str, str]]:
        """All rows of a file."""
        path: Path = getattr(self, kind)
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def write(self, kind: str, rows: list[dict[str, str]]) -> None:
        """Write a file anew."""
        path: Path = getattr(self, kind)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            write = csv.DictWriter(file, list(rows[0]))
            write.writeheader()
            write.writerows(rows)

    def change(self, kind: str, index: int, **cells: str) -> None:
        """Change cells of one row (counted from 0)."""
        rows = self.rows(kind)
        rows[index] |= cells
        self.write(kind, rows)


def load(by: Actor, files: Files | None = None, **given: Any) -> statistics.Load:
    """Load both files now."""
    files = files or Files(REPORTS, PERSONS)
    return statistics.import_linea145(
        by=by, reports=files.reports, persons=files.persons, **{"now": NOW, **given}
    )


def an_edition(loaded_rows: int = 3) -> statistics.Edition:
    """A file of a published source of which `loaded_rows` of ten are loaded: it is not counted."""
    return statistics.Edition.objects.create(
        source="glotip", file="invented.xlsx", digest="0" * 64, dated=NOW.date(), rows=10,
        loaded_rows=loaded_rows, began_at=NOW,
    )  # fmt: skip


def counts_of(*holders: str) -> None:
    """Invented cases of each of these institutions, as they are counted: 83 persons, of whom so few
    are boys that a reader of figures is not shown how many."""
    persons = {
        ("trafficking", "female", "adult", "yes", "host"): 40,
        ("trafficking", "male", "adult", "yes", "host"): 25,
        ("trafficking", "female", "child", "no", "host"): 15,
        ("trafficking", "male", "child", "no", "host"): 3,
    }
    counted: dict[str, Counter[tuple[str, ...]]] = {
        "persons": Counter(persons),
        "origins": Counter({("trafficking", "BO", "female", "host"): 83}),
        "flows": Counter({("trafficking", "BO", "unknown", "AR"): 83}),
        "reports": Counter({("trafficking", "urgency", "later"): 83}),
        "forms": Counter({("trafficking", "ForcedLabour"): 65}),
    }
    for holder in holders:
        told = {table: {2023: counts} for table, counts in counted.items()}
        tallies.keep(holder, tallies.CASES, told, NOW)


def lines_of(by: Actor, run: statistics.Load) -> list[statistics.Line]:
    """The whole log of a load, as an officer reads it."""
    return statistics.open_log(by=by, load_id=run.id, limit=None).lines


def browser(user: members.User, language: str = "es") -> Client:
    """A signed-in browser."""
    client = Client(headers={"host": "ar.localhost", "accept-language": language})
    enter(client, user)
    client.cookies["ayni_ar_language"] = language
    return client
