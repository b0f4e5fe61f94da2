"""Indicators and sources as data: read, checked by a schema, and by what no schema can say.

Pure but for the files. A mistake is refused with the file and the place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from ayni.lib.errors import Misconfigured
from ayni.statistics.indicators.result import Crime, Unit, Words

ROOM = Path(__file__).parent.parent
INDICATORS, SOURCES = "indicators", "sources"
# Dimensions of which a value counts everybody: it stands alone in a selection.
WHOLES: Mapping[str, frozenset[str]] = {
    "sex": frozenset({"all"}),
    "age": frozenset({"all"}),
    "form": frozenset({"all"}),
    "citizenship": frozenset({"total"}),
    "crime": frozenset(),
}
CRIMES = frozenset({Crime.TRAFFICKING.value, Crime.SMUGGLING.value})


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are counted: for each dimension the values that are, or that are not."""

    only: Mapping[str, frozenset[str]]
    never: Mapping[str, frozenset[str]]

    @property
    def dimensions(self) -> frozenset[str]:
        """The names of what is asked of a row."""
        return frozenset(self.only) | frozenset(self.never)

    def takes(self, codes: Mapping[str, str]) -> bool:
        """Whether a row with these codes is counted."""
        return all(codes[name] in values for name, values in self.only.items()) and not any(
            codes[name] in values for name, values in self.never.items()
        )


@dataclass(frozen=True, slots=True)
class Ratio:
    """`rows` of `of`, with its code; with `is_rest` what is left of `of` without `rows`: a source
    that tells a whole and its parts has no row for what is missing. `table`: which tally of own
    records is asked."""

    code: str
    table: str
    rows: Selection
    of: Selection
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not counted, of what: rows that any of the selections takes, each once; without any
    what is left of the whole when what is counted is taken away. `table`: which tally of own
    records is asked."""

    table: str
    rows: tuple[Selection, ...]
    of: Selection

    def takes(self, codes: Mapping[str, str]) -> bool:
        """Whether a row with these codes is left out."""
        return any(each.takes(codes) for each in self.rows)


@dataclass(frozen=True, slots=True)
class Whole:
    """What the shares are of, where it is not the sum of the rows."""

    table: str
    rows: Selection


@dataclass(frozen=True, slots=True)
class Counting:
    """How one source counts an indicator: a breakdown (`rows`, `by`), or `lines` of ratios."""

    source: str
    table: str
    by: tuple[str, ...]
    rows: Selection | None
    whole: Whole | None
    part: Selection | None
    lines: tuple[Ratio, ...]
    each: tuple[str, ...]
    missing: LeftOut | None
    notes: tuple[Words, ...]
    differs: Words | None

    def selections(self) -> Iterator[tuple[str, Selection]]:
        """Every selection with the table that it asks."""
        if self.rows is not None:
            yield self.table, self.rows
        if self.whole is not None:
            yield self.whole.table, self.whole.rows
        for ratio in self.lines:
            yield ratio.table, ratio.rows
            yield ratio.table, ratio.of
        if self.missing is not None:
            for selection in (*self.missing.rows, self.missing.of):
                yield self.missing.table, selection


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted of what, and how each source that can counts it."""

    code: str
    unit: Unit
    crime: Crime
    title: Words
    numerator: Words
    denominator: Words
    excluded: Words
    corridor: bool
    sources: Mapping[str, Counting]


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from. `kind`: published (loaded as it stands), own (records of this
    node), clocks (between states). `regions`: short names of regions as the source names them."""

    code: str
    kind: str
    title: Words
    attribution: Words
    coverage: Words
    counts: Words
    dated: Words
    masks: Words
    mark: str
    regions: Mapping[str, str]


@cache
def indicators() -> dict[str, Indicator]:
    """The indicators that are shipped, by code, in their order. Raises `Misconfigured`."""
    told = _checked(INDICATORS)
    return {each["code"]: build_indicator(each) for each in told[INDICATORS]}


@cache
def sources() -> dict[str, Source]:
    """The sources that are shipped, by code. Raises `Misconfigured`."""
    texts = ("title", "attribution", "coverage", "counts", "dated", "masks")
    return {
        each["code"]: Source(
            code=each["code"],
            kind=each["kind"],
            mark=each["mark"],
            regions=dict(each["regions"]),
            **{name: Words(**each[name]) for name in texts},
        )
        for each in _checked(SOURCES)[SOURCES]
    }


def _checked(name: str) -> dict[str, Any]:
    path = ROOM / "data" / f"{name}.yaml"
    told = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    schema = json.loads((ROOM / "schema" / f"{name}.schema.json").read_text("utf-8"))
    for wrong in Draft202012Validator(schema).iter_errors(told):
        where = "/".join(map(str, wrong.absolute_path))
        raise Misconfigured(f"{path.name}: {where}: {wrong.message}")
    codes = [each["code"] for each in told[name]]
    if len(set(codes)) != len(codes):
        raise Misconfigured(f"{path.name}: a code stands twice")
    return dict(told)


def build_indicator(told: Mapping[str, Any]) -> Indicator:
    """An indicator of what its schema lets through. Raises `Misconfigured` for a selection that
    adds a whole to its parts, or does not say which crime is counted."""
    code = told["code"]
    crime = Crime(told["crime"])
    counted = {source: _counting(source, given) for source, given in told["sources"].items()}
    for source, counting in counted.items():
        for _table, selection in counting.selections():
            _check(f"{code}/{source}", selection)
        if source in ("cases", "linea145", "htcds"):
            _check_crime(f"{code}/{source}", counting, crime)
    return Indicator(
        code=code,
        unit=Unit(told["unit"]),
        crime=crime,
        corridor=bool(told.get("corridor")),
        sources=counted,
        **{name: Words(**told[name]) for name in ("title", "numerator", "denominator", "excluded")},
    )


def _check(where: str, selection: Selection) -> None:
    for name, values in selection.only.items():
        wholes = values & WHOLES.get(name, frozenset())
        if wholes and values - wholes:
            raise Misconfigured(f"{where}: {name}: a whole is never added to its parts")
        if name == "crime" and len(values) != 1:
            raise Misconfigured(f"{where}: the two crimes are never added up")


def _check_crime(where: str, counting: Counting, crime: Crime) -> None:
    for _table, selection in counting.selections():
        if selection.only.get("crime") != frozenset({crime.value}):
            raise Misconfigured(f"{where}: say which crime is counted, {crime.value}")


def _counting(source: str, told: Mapping[str, Any]) -> Counting:
    table = told.get("table", "")
    missing = told.get("missing")
    return Counting(
        source=source,
        table=table,
        by=tuple(told["by"]),
        rows=_selection(told["rows"]) if "rows" in told else None,
        whole=Whole(told["whole"]["table"], _selection(told["whole"]["rows"]))
        if "whole" in told
        else None,
        part=_selection(told["part"]) if "part" in told else None,
        lines=tuple(_ratio(line, table) for line in told.get("lines", ())),
        each=tuple(told.get("each", ())),
        missing=_left_out(missing, table) if missing else None,
        notes=tuple(Words(**note) for note in told.get("notes", ())),
        differs=Words(**told["differs"]) if "differs" in told else None,
    )


def _ratio(told: Mapping[str, Any], table: str) -> Ratio:
    return Ratio(
        code=told["code"],
        table=told.get("table", table),
        rows=_selection(told["but"] if "but" in told else told["rows"]),
        of=_selection(told["of"]),
        is_rest="but" in told,
    )


def _left_out(told: Mapping[str, Any], table: str) -> LeftOut:
    rows = told.get("rows", [])
    rows = rows if isinstance(rows, list) else [rows]
    return LeftOut(
        table=told.get("table", table),
        rows=tuple(_selection(each) for each in rows),
        of=_selection(told["of"]),
    )


def _selection(told: Mapping[str, Any]) -> Selection:
    only = {name: frozenset(values) for name, values in told.items() if isinstance(values, list)}
    never = {
        name: frozenset(values["not"]) for name, values in told.items() if isinstance(values, dict)
    }
    return Selection(only, never)
