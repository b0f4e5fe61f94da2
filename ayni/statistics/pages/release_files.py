"""A published release as files: one for each table and one for the open records, with a
Frictionless Data Package beside them. The JSON is the very bytes that were signed."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator
from typing import Any

from django.utils.translation import gettext as _

from ayni.gazette.api import Published
from ayni.statistics import api as statistics
from ayni.statistics.api import Content, Shown
from ayni.statistics.errors import NoParquet, NotRegular
from ayni.statistics.pages import files, release_tables, xlsx
from ayni.statistics.pages import published_words as words
from ayni.statistics.releasing.content import is_regular
from ayni.statistics.releasing.joint import NOT_TOLD
from ayni.statistics.releasing.kinds import title

_WHEN = (1980, 1, 1, 0, 0, 0)  # the same release makes the same bytes
_MOST_LABELS = 1_000  # of one column: the words of what a reader can look up
_WHY = "not_shown"  # the parameter of a release, and the column of its files
_UNSAFE = re.compile("[^a-z0-9-]+")
Row = dict[str, Any]
Resource = tuple[str, str, list[Row], list[Row]]  # name, title, fields, rows


def packed(entry: Published, content: Content, raw: bytes, kind: str) -> bytes:
    """A ZIP of a release in one of `files.FORMATS`, with its `datapackage.json`. Raises
    `NoParquet`, `NotRegular`, KeyError for no format."""
    if not is_regular(content):
        raise NotRegular
    if kind == "parquet" and not files.parquet_is_here():
        raise NoParquet
    resources = list(_resources(content))
    if kind == "json":
        made = [("release.json", raw)]
    elif kind == "xlsx":
        made = [("release.xlsx", _workbook(entry, content, resources))]
    else:
        made = [
            (f"{name}.{kind}", files.written(kind, fields, rows))
            for name, _title, fields, rows in resources
        ]
    metadata = _package(entry, content, kind, made, resources)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in made:
            archive.writestr(zipfile.ZipInfo(name, _WHEN), data)
        told = json.dumps(metadata, ensure_ascii=False, indent=2)
        archive.writestr(zipfile.ZipInfo("datapackage.json", _WHEN), told)
    return out.getvalue()


def _resources(content: Content) -> Iterator[Resource]:
    for number, table in enumerate(content.tables, 1):
        # Another member may have called its table anything.
        name = f"{number:02d}-{_UNSAFE.sub('-', table.name.lower())[:60]}"
        why = _why(content, table)
        lines = list(_rows(table, why))
        yield name, release_tables.table_title(table), _fields(content, table, why), lines
    if content.records:
        names, *rows = content.records
        fields = [
            _column(name, {row[place] for row in rows}, _("Code."))
            for place, name in enumerate(names)
        ]
        told = [dict(zip(names, row, strict=True)) for row in rows]
        yield "records", _("Open records"), fields, told


def _column(name: str, codes: Collection[str | None], description: str) -> Row:
    """A column of codes as the metadata describes it: every code that occurs with its words, in the
    form of Table Schema 2.0 (`categories`)."""
    told = sorted(code for code in codes if code is not None)
    return {
        "name": name,
        "type": "string",
        "title": statistics.dimension(name),
        "description": description,
        "categories": [
            {"value": code, "label": release_tables.label(name, code)}
            for code in told[:_MOST_LABELS]
        ],
    }


def _why(content: Content, table: Shown) -> str:
    """Why numbers of a table are not shown, as its release declares it; empty where all are shown,
    or where one mark stands for several reasons."""
    hidden = any(line.value is None for line in table.lines)
    return str(content.parameters.get(_WHY, "")) if hidden else ""


def _fields(content: Content, table: Shown, why: str) -> list[Row]:
    found = [_field(table, place) for place in range(len(table.by))]
    hides = any(line.value is None for line in table.lines)
    empty = [_("Empty where it is not shown."), *([words.hidden(content)] if hides else [])]
    found.append(
        {"name": "value", "type": "integer", "title": _("Number"), "description": " ".join(empty)}
    )
    if why:
        found.append(
            {"name": _WHY, "type": "string", "title": _("Why a number is not shown"),
             "description": _("Empty where it is shown."),
             "categories": [{"value": why, "label": words.why_not_shown(why)}]}
        )  # fmt: skip
    if any(line.low is not None for line in table.lines):
        for name, said in (("low", _("Interval, lower end")), ("high", _("Interval, upper end"))):
            found.append(
                {"name": name, "type": "integer", "title": said,
                 "description": _("Of a published count, at 95 per cent.")}
            )  # fmt: skip
    return found


def _field(table: Shown, place: int) -> Row:
    codes = {line.codes[place] for line in table.lines}
    if None not in codes:
        return _column(table.by[place], codes, _("Code."))
    named = {NOT_TOLD if code == "" else code for code in codes}
    return _column(table.by[place], named, _("Code; empty: all together."))


def _rows(table: Shown, why: str) -> Iterator[Row]:
    # An empty field says "all together", so that an empty code beside totals needs a name.
    named = [any(line.codes[at] is None for line in table.lines) for at in range(len(table.by))]
    intervals = any(line.low is not None for line in table.lines)
    for line in table.lines:
        row: Row = {
            name: NOT_TOLD if code == "" and beside else code or ""
            for name, code, beside in zip(table.by, line.codes, named, strict=True)
        }
        row["value"] = line.value
        if why:
            row[_WHY] = why if line.value is None else ""
        yield {**row, "low": line.low, "high": line.high} if intervals else row


def _workbook(entry: Published, content: Content, resources: list[Resource]) -> bytes:
    sheets: list[tuple[str, Any]] = [
        (_("About"), [[title(entry.said)], *_about(entry, content)]),
        (_("Codes"), _codes(resources)),
    ]
    for name, said, fields, rows in resources:
        names = [each["name"] for each in fields]
        lines = [[said], names, *([row[each] for each in names] for row in rows)]
        sheets.append((name[:31], lines))
    return xlsx.workbook(sheets)


def _about(entry: Published, content: Content) -> list[list[str]]:
    """What must be known to read the figures, line by line."""
    body = entry.said.body
    told: list[list[str]] = [[key, text] for key, text in words.facts(entry, content)]
    told += [["", each] for each in release_tables.method_words(content, body["method"])]
    told += [["", each] for each in words.elsewhere(content)]
    told += [["SHA-256", str(body["sha256"])]]
    return told + [[each["key"], each["value"]] for each in words.parameters(content)]


def _columns(resources: list[Resource]) -> dict[str, Row]:
    """Every column of codes with its words, whichever tables have it."""
    found: dict[str, Row] = {}
    for _name, _said, fields, _rows in resources:
        for each in fields:
            if "categories" in each:
                here = found.setdefault(each["name"], {"title": each["title"], "codes": {}})
                here["codes"] |= {one["value"]: one["label"] for one in each["categories"]}
    return found


def _codes(resources: list[Resource]) -> list[list[str]]:
    """A sheet with every column and code of the others, in words."""
    head = [_("Column"), _("Column in words"), _("Code"), _("The code in words.")]
    return [head] + [
        [name, each["title"], code, word]
        for name, each in _columns(resources).items()
        for code, word in each["codes"].items()
    ]


def _package(
    entry: Published,
    content: Content,
    kind: str,
    made: list[tuple[str, bytes]],
    resources: list[Resource],
) -> Row:
    body = entry.said.body
    by_name = {f"{name}.{kind}": (said, fields) for name, said, fields, _rows in resources}
    described = []
    for name, data in made:
        said, fields = by_name.get(name, (title(entry.said), []))
        described.append(
            {
                "profile": "tabular-data-resource" if kind == "csv" else "data-resource",
                "name": name.rpartition(".")[0].replace("_", "-"),
                "path": name,
                "title": said,
                "format": kind,
                "mediatype": files.FORMATS[kind][1],
                **({"encoding": "utf-8"} if kind in ("csv", "json") else {}),
                "bytes": len(data),
                "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
                **({"schema": {"fields": fields, "missingValues": [""]}} if fields else {}),
            }
        )
    return {
        "profile": "tabular-data-package" if kind == "csv" else "data-package",
        "name": f"ayni-{entry.said.owner}-{entry.said.key}",
        "title": title(entry.said),
        "description": " ".join(release_tables.method_words(content, body["method"])),
        "created": entry.said.at.isoformat(),
        "sources": [{"title": words.source(entry)}],
        "contributors": [{"title": f"ayni {entry.said.owner}", "role": "publisher"}],
        "resources": described,
        "ayni": {
            "release": entry.said.key,
            "version": entry.said.version,
            "sha256": body["sha256"],
            "entry": entry.digest,
            "mode": body["mode"],
            "method": body["method"],
            "facts": [{"title": key, "text": text} for key, text in words.facts(entry, content)],
            "elsewhere": words.elsewhere(content),
            "columns": _columns(resources),
            "parameters": dict(content.parameters),
            "about": dict(content.about),
        },
    }
