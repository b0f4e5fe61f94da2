"""Who can be spoken of in a release: data, read from `data/release_populations.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ayni.lib.errors import Misconfigured
from ayni.statistics.masked.reading import Known
from ayni.statistics.masked.tables import sum_tables
from ayni.statistics.privacy.domain import Domain, read_domain
from ayni.statistics.privacy.ledger import Limits
from ayni.statistics.releasing.errors import UnknownPopulation
from ayni.statistics.releasing.joint import Codes, Column
from ayni.statistics.sources.tallies import TABLES

_FILE = Path(__file__).resolve().parent.parent / "data" / "release_populations.yaml"
YEARS = tuple(str(year) for year in range(2000, 2100))
RECORDS, SUM = "records", "sum"
_CRIMES = ("trafficking", "smuggling")


@dataclass(frozen=True, slots=True)
class Population:
    """`persons`: who is counted, the same name wherever the same persons are; `names`: by language;
    `source`: a source of tallies, `records` or `sum`; `table` and `where`: of which tally, and
    which of its cells; `columns`: the year of registration among them, under the name `year`, if
    there is one; `tables`: those that may be shown; `domain`: of records; `known`: which columns of
    records others may know of somebody, beside whom all others must not be learned."""

    code: str
    persons: str
    names: Mapping[str, str]
    crime: str
    source: str
    columns: tuple[Column, ...]
    tables: tuple[Codes, ...]
    year: str = ""
    table: str = ""
    where: Mapping[str, str] | None = None
    domain: Domain | None = None
    known: Codes = ()

    def values(self, name: str) -> Codes:
        """The values of a column. Raises KeyError."""
        return next(each.values for each in self.columns if each.name == name)


@cache
def _file() -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    return yaml.load(_FILE.read_text("utf-8"))


@cache
def populations() -> Mapping[str, Population]:
    """Every population that is declared, by code. Raises `Misconfigured` for one that adds up the
    two crimes or names a column that its source does not have."""
    found = {}
    for row in _file()["populations"]:
        if row["crime"] not in _CRIMES or row["code"] in found:
            raise Misconfigured(f"release_populations.yaml: {row['code']}")
        made = _of_records(row) if row["source"] == RECORDS else _of_tally(row)
        found[made.code] = made
    return found


def limits() -> Limits:
    """What may be spent, in rho."""
    told = _file()["limits"]
    return Limits(
        release=Decimal(told["release"]),
        record=Decimal(told["record"]),
        person=Decimal(told["person"]),
        registrations=told["registrations"],
    )


def population(code: str) -> Population:
    """One of them. Raises `UnknownPopulation`."""
    try:
        return populations()[code]
    except KeyError:
        raise UnknownPopulation(population=code) from None


def shared(one: Population) -> Codes:
    """The columns that every table of the same persons has; none where there is one table."""
    if one.source == SUM:
        _sum, persons, *_days = one.persons.split(".")
        tables = [
            {name for name, _values in each.layout.dimensions}
            for each in sum_tables().values()
            if each.population == persons
        ]
    else:
        tables = [
            {column.name for column in each.columns}
            for each in populations().values()
            if each.persons == one.persons
        ]
    return tuple(sorted(set.intersection(*tables))) if len(tables) > 1 else ()


def of_sum(known: Known) -> Population:
    """The population of a sum over states: one period, for sums of overlapping ones are not made
    (`masked/rounds.py`)."""
    table, declared = known.table, known.round.declared
    period = f"{declared.first.isoformat()}.{declared.last.isoformat()}"
    columns = tuple(Column(name, values, None) for name, values in table.layout.dimensions)
    names = tuple(name for name, _values in table.layout.dimensions)
    return Population(
        code=f"sum.{table.code}.{period}",
        persons=f"sum.{table.population}.{period}",
        names=table.names,
        crime=table.crime,
        source=SUM,
        columns=columns,
        tables=(names,),
    )


def _of_tally(row: Mapping[str, Any]) -> Population:
    names = TABLES[row["source"]][row["table"]]
    where = dict(row["where"])
    domain = read_domain(row["domain"]) if "domain" in row else None
    if domain is not None:
        columns = [Column(each.name, each.values, each.bucket) for each in domain.columns]
    else:
        told = {"year": {"values": YEARS, "other": None}, **row["columns"]}
        columns = [Column(name, tuple(of["values"]), of["other"]) for name, of in told.items()]
    wrong = ({each.name for each in columns} | set(where)) - {"year", *names}
    if wrong or ("crime" in names and where.get("crime") != row["crime"]):
        raise Misconfigured(f"release_populations.yaml: {row['code']}: {sorted(wrong)}")
    return Population(
        code=row["code"],
        persons=row.get("persons", row["code"]),
        names=dict(row["names"]),
        crime=row["crime"],
        source=row["source"],
        columns=tuple(columns),
        tables=tuple(map(tuple, row["tables"])) if domain is None else domain.tables,
        year="year" if domain is None else domain.cohort,
        table=row["table"],
        where=where,
        domain=domain,
        known=tuple(row.get("known", ())),
    )


def _of_records(row: Mapping[str, Any]) -> Population:
    domain = read_domain(row["domain"])
    columns = tuple(Column(each.name, each.values, each.bucket) for each in domain.columns)
    known = tuple(row["known"])
    if not known or not set(known) < set(domain.names):
        raise Misconfigured(f"release_populations.yaml: {row['code']}: {sorted(known)}")
    return Population(
        code=row["code"],
        persons=row.get("persons", row["code"]),
        names=dict(row["names"]),
        crime=row["crime"],
        source=RECORDS,
        columns=columns,
        tables=domain.tables,
        year=domain.cohort,
        domain=domain,
        known=known,
    )
