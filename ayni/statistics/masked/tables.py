"""The tables that may be added over states, as data with a fixed public list for each dimension.

`data/sum_tables.yaml` is read once; a change of it is a change of what states agree to add, so a
table that has changed has another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from ayni.statistics.masked.errors import UnknownTable
from ayni.statistics.masked.layout import Layout

_FILE = Path(__file__).resolve().parent.parent / "data" / "sum_tables.yaml"


@dataclass(frozen=True, slots=True)
class SumTable:
    """`population`: who is counted, the same name in every table that counts the same persons;
    `names`: by language."""

    code: str
    population: str
    crime: str
    names: Mapping[str, str]
    layout: Layout


@cache
def sum_tables() -> Mapping[str, SumTable]:
    """Every table by its code."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    found = yaml.load(_FILE.read_text("utf-8"))
    return {
        row["code"]: SumTable(
            row["code"],
            row["population"],
            row["crime"],
            dict(row["names"]),
            Layout(tuple((name, tuple(of)) for name, of in row["dimensions"].items())),
        )
        for row in found["tables"]
    }


def sum_table(code: str) -> SumTable:
    """A table by its code. Raises `UnknownTable`."""
    try:
        return sum_tables()[code]
    except KeyError:
        raise UnknownTable(table=code) from None
