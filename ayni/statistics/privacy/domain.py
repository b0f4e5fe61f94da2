"""What a release may speak of: values of every column, and tables. Declared, never inferred.

A domain is a file of data that exists before any record is looked at. A value that occurs in the
records and not in the domain is nobody's to learn of: it counts as the column's bucket, which is
one of the declared values ("unknown", "other", or the empty value). A column without a bucket
leaves such a record out. Both are counted for the operator only.

The cohort is the column whose value is the year of registration: a record of a year that is not
released is left out, so it has no bucket.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import prod
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ayni.statistics.privacy.errors import DomainRefused

FOLDER = Path(__file__).parent / "domains"
# More cells than this and one table would take all memory, and its noise would say nothing.
MOST_CELLS = 100_000
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its values in their order, and the value under which all others are counted."""

    name: str
    values: tuple[str, ...]
    bucket: str | None


@dataclass(frozen=True)
class Domain:
    """Columns, the tables that are published, and the column that holds the year of registration.

    Names in a table stand in the order of the columns. `cells` and `pairs` are public: they follow
    from the declaration alone.
    """

    id: str
    version: int
    cohort: str
    columns: tuple[Column, ...]
    tables: tuple[Names, ...]

    @cached_property
    def names(self) -> Names:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """How many values each column has."""
        return tuple(len(column.values) for column in self.columns)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each column stands."""
        return {name: place for place, name in enumerate(self.names)}

    @property
    def years(self) -> tuple[int, ...]:
        """The years of registration that may be spoken of."""
        return tuple(int(value) for value in self.column(self.cohort).values)

    def of_years(self, years: Collection[int]) -> Domain:
        """The same domain with these years of registration only, so that nothing is measured or
        said of another. Raises `DomainRefused` if none of them is declared."""
        column = self.column(self.cohort)
        kept = tuple(value for value in column.values if int(value) in years)
        if not kept:
            raise DomainRefused([_("None of these years is declared.")])
        columns = tuple(
            replace(each, values=kept) if each is column else each for each in self.columns
        )
        return replace(self, columns=columns)

    def column(self, name: str) -> Column:
        """The column of this name. Raises KeyError."""
        return self.columns[self.places[name]]

    def shape(self, table: Names) -> tuple[int, ...]:
        """How many values each column of a table has."""
        return tuple(self.sizes[self.places[name]] for name in table)

    def cells(self, table: Names) -> int:
        """How many cells a table has."""
        return prod(self.shape(table))

    def other_pairs(self) -> tuple[Names, ...]:
        """Every pair of columns that is no published table."""
        published = set(self.tables)
        return tuple(pair for pair in combinations(self.names, 2) if pair not in published)

    def as_data(self) -> dict[str, Any]:
        """The declaration, as it stands in its file."""
        return {
            "id": self.id,
            "version": self.version,
            "cohort": self.cohort,
            "columns": [
                {"name": c.name, "values": list(c.values), "bucket": c.bucket} for c in self.columns
            ],
            "tables": [list(table) for table in self.tables],
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the declaration, in hexadecimal."""
        text = json.dumps(self.as_data(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read_domain(name: str) -> Domain:
    """The declared domain of this name. Raises `DomainRefused`; KeyError for an unknown name."""
    known = {path.stem: path for path in FOLDER.glob("*.json")}
    return domain_of(json.loads(known[name].read_text(encoding="utf-8")))


def domain_of(data: Mapping[str, Any]) -> Domain:
    """A domain from its declaration. Raises `DomainRefused` with every problem."""
    try:
        columns = tuple(
            Column(str(c["name"]), tuple(map(str, c["values"])), c["bucket"])
            for c in data["columns"]
        )
        order = {column.name: place for place, column in enumerate(columns)}
        tables = tuple(
            tuple(sorted(map(str, table), key=lambda name: order.get(name, -1)))
            for table in data["tables"]
        )
        domain = Domain(str(data["id"]), int(data["version"]), str(data["cohort"]), columns, tables)
    except (KeyError, TypeError, ValueError) as wrong:
        raise DomainRefused([_("The declaration has no such part: %s") % wrong]) from wrong
    problems = [*_problems_of_columns(domain), *_problems_of_tables(domain)]
    if problems:
        raise DomainRefused(problems)
    return domain


def _problems_of_columns(domain: Domain) -> list[str]:
    problems = []
    if len(set(domain.names)) != len(domain.names) or len(domain.names) < 2:
        problems.append(_("At least two columns, each with a name of its own."))
    for column in domain.columns:
        if len(column.values) < 2 or len(set(column.values)) != len(column.values):
            problems.append(_("%s: at least two values, each once.") % column.name)
        if column.bucket is not None and column.bucket not in column.values:
            problems.append(_("%s: the bucket is not one of the values.") % column.name)
    cohort = next((c for c in domain.columns if c.name == domain.cohort), None)
    if cohort is None or cohort.bucket is not None:
        problems.append(_("The year of registration is a column, and has no bucket."))
    elif not all(value.isascii() and value.isdecimal() for value in cohort.values):
        problems.append(_("%s: years are numbers.") % cohort.name)
    return problems


def _problems_of_tables(domain: Domain) -> list[str]:
    problems = []
    if not domain.tables or len(set(domain.tables)) != len(domain.tables):
        problems.append(_("At least one table, each once."))
    for table in domain.tables:
        said = " × ".join(table)
        if not 1 <= len(table) <= 3 or len(set(table)) != len(table):
            problems.append(_("%s: a table has one, two or three columns.") % said)
        elif not set(table) <= set(domain.names):
            problems.append(_("%s: a column that is not declared.") % said)
        elif domain.cells(table) > MOST_CELLS:
            problems.append(_("%s: too many cells.") % said)
    if not problems:
        # Every pair of columns is measured, also where no table shows it.
        large = [pair for pair in domain.other_pairs() if domain.cells(pair) > MOST_CELLS]
        problems += [_("%s: too many cells.") % " × ".join(pair) for pair in large]
    return problems
