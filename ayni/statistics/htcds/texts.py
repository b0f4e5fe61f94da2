"""HTCDS 2.0 as CSV, JSON and XForm submissions: read and written. Pure: bytes come in and go out.

The standard publishes no CSV and no JSON; ours are described by `profile.py`. A submission is the
XML instance of the official XForm: one element a field, several codes separated by spaces.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _

from ayni.statistics.csv_table import BOM, TableRefused, read_rows
from ayni.statistics.htcds import columns, fields, guard, values
from ayni.statistics.htcds.records import (
    INDUSTRIES,
    INDUSTRY,
    Line,
    Problem,
    Reading,
    Record,
    cell_of_json,
    cells_of,
    json_of,
    several_of_form,
    take,
    text_of,
)
from ayni.statistics.htcds.values import Cell, Unfit

STANDARD, VERSION = "HTCDS", "2.0"
# A spreadsheet runs a cell that begins so (OWASP, "CSV Injection"); with an apostrophe before it
# it is text. One that has apostrophes already gets one more, so that each text comes back.
_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_MOST_DEEP = 20


# CSV


def read_csv(raw: bytes, *, file: str, today: date) -> Reading:
    """The records of a CSV file: UTF-8, commas, a header of names. Raises `guard.Refused`."""
    names = _csv_header(raw, file)
    submissions = columns.of_submissions(names)
    found, problems, changes = columns.resolve(
        [(name, name) for name in names], sheet=file, row=1, submissions=submissions
    )
    if problems:
        return Reading(problems=problems)
    lines: list[Line] = []
    try:
        for row in read_rows(io.BytesIO(raw), names):
            cells: dict[str, Cell] = {
                one: _unguarded(row.cells[name])
                for name, one in zip(names, found, strict=True)
                if one
            }
            lines.append(Line(row.number, several_of_form(cells) if submissions else cells))
    except TableRefused as wrong:
        raise guard.refuse(file, f"{_('a table in CSV')}; {wrong}") from None
    reading = take(lines, sheet=file, today=today, separator=" " if submissions else ";")
    reading.changes = changes + reading.changes
    return reading


def _csv_header(raw: bytes, file: str) -> list[str]:
    start = raw.removeprefix(BOM)[:200_000].decode("utf-8", "replace")
    try:
        header = next((row for row in csv.reader(io.StringIO(start, newline="")) if row), [])
    except csv.Error:
        header = []
    names = [name.strip() for name in header]
    if len(names) == 1 and ";" in names[0]:
        raise guard.refuse(
            file, _("names separated by commas; semicolons separate several codes in one value"),
            names[0][:200], row=1,
        )  # fmt: skip
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise guard.refuse(file, _("each field once; it has a column already"), twice[0], row=1)
    return names


def _unguarded(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def _guarded(text: str) -> str:
    return f"'{text}" if _RUNS.match(text) else text


def write_csv(records: Iterable[Record]) -> bytes:
    """A CSV file of every field that a record holds, at least those of the core set."""
    rows = [cells_of(record) for record in records]
    known = fields.fields()
    used = {name for row in rows for name in row}
    names = [n for n, one in known.items() if n in used or (one.core and not one.deprecated)]
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(names)
    for row in rows:
        table.writerow([_csv_cell(known[n], row[n]) if n in row else "" for n in names])
    return written.getvalue().encode()


def _csv_cell(one: fields.Field, value: values.Value) -> str:
    text = values.write(one, value)
    return text if one.kind in values.NUMBERS else _guarded(text)


# JSON


def read_json(raw: bytes, *, file: str, today: date) -> Reading:
    """The records of a JSON document as `profile.json_schema` describes it. Raises `Refused`."""
    try:
        told = values.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise guard.refuse(file, _("text in UTF-8")) from None
    except (ValueError, RecursionError) as wrong:
        raise guard.refuse(file, _("JSON, in which each name stands once"), str(wrong)) from None
    if not isinstance(told, dict) or (told.get("standard"), told.get("version")) != (
        STANDARD,
        VERSION,
    ):
        raise guard.refuse(
            file,
            _("an object with “standard”: “%(standard)s” and “version”: “%(version)s”")
            % {"standard": STANDARD, "version": VERSION},
        )
    listed = told.get("records")
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise guard.refuse(file, _("a list of objects"), column="records")
    reading = Reading()
    lines: list[Line] = []
    for number, row in enumerate(listed, 1):
        cells, problems = _json_cells(row, number, file)
        reading.problems += problems
        if not problems:
            lines.append(Line(number, cells))
    taken = take(lines, sheet=file, today=today)
    taken.problems = sorted(reading.problems + taken.problems, key=lambda one: one.row)
    return taken


def _json_cells(
    row: dict[str, Any], number: int, file: str
) -> tuple[dict[str, Cell], list[Problem]]:
    known = fields.fields()
    cells: dict[str, Cell] = {}
    problems: list[Problem] = []
    for name, told in row.items():
        one = known.get(name)
        if one is None:
            found, wrong, _changes = columns.resolve([(name, name)], sheet=file, row=number)
            expected = wrong[0].expected if wrong else str(found[0])
            problems.append(Problem(file, number, name, name, expected))
            continue
        try:
            cells[name] = cell_of_json(one, told)
        except Unfit as unfit:
            problems.append(Problem(file, number, name, values.dumps(told), str(unfit)))
    return cells, problems


def write_json(records: Iterable[Record]) -> bytes:
    """A JSON document as `profile.json_schema` describes it."""
    known = fields.fields()
    rows = [
        {name: json_of(known[name], value) for name, value in cells_of(record).items()}
        for record in records
    ]
    head = f'{{"standard":"{STANDARD}","version":"{VERSION}","records":[\n'
    return (head + ",\n".join(values.dumps(row) for row in rows) + "\n]}\n").encode()


# XForm submissions


def read_xml(raw: bytes, *, file: str, today: date) -> Reading:
    """The records of one submission of the XForm, or of several in one element, of which each has
    the `id` or `version` that submissions have.

    Fields may lie in groups of elements. No document type, no entities. Raises `guard.Refused`.
    """
    try:
        parser = DefusedXMLParser(forbid_dtd=True)
        parser.feed(raw)
        root = parser.close()
    except DefusedXmlException:
        raise guard.refuse(file, _("XML without a document type and without entities")) from None
    except (ParseError, ValueError, LookupError) as wrong:
        raise guard.refuse(file, _("XML that can be read"), str(wrong)) from None
    if _local(root) in ("h:html", "html") or any(_local(e) == "bind" for e in root.iter()):
        raise guard.refuse(file, _("answers; this is the XForm, which holds the questions"))
    each_named = len(root) > 0 and all({"id", "version"} & set(child.keys()) for child in root)
    several = list(root) if each_named or _local(root) == "submissions" else [root]
    reading = Reading()
    lines: list[Line] = []
    for number, each in enumerate(several, 1):
        cells, problems = _xml_cells(each, number, file)
        reading.problems += problems
        if not problems:
            lines.append(Line(number, cells))
    if not any(line.cells for line in lines) and not reading.problems:
        raise guard.refuse(file, _("at least one submission of the XForm of HTCDS 2.0"))
    taken = take(lines, sheet=file, today=today, separator=" ")
    taken.problems = sorted(reading.problems + taken.problems, key=lambda one: one.row)
    return taken


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _leaves(element: Any, depth: int = 0) -> Iterator[Any]:
    for child in element:
        if _local(child) in columns.META:
            continue
        if len(child) and depth < _MOST_DEEP:
            yield from _leaves(child, depth + 1)
        else:
            yield child


def _xml_cells(element: Any, number: int, file: str) -> tuple[dict[str, Cell], list[Problem]]:
    leaves = [leaf for leaf in _leaves(element) if _local(leaf) not in columns.META]
    names = [(_local(leaf), _local(leaf)) for leaf in leaves]
    found, problems, _changes = columns.resolve(names, sheet=file, row=number)
    cells: dict[str, Cell] = {}
    for leaf, one in zip(leaves, found, strict=True):
        if one is not None:
            cells[one] = leaf.text or ""
    return several_of_form(cells), problems


def write_xml(records: Iterable[Record]) -> bytes:
    """Submissions of the official XForm, each in its element, all in one. What the form has no
    question for stands under its own name."""
    form = fields.official()["form"]
    written = ['<?xml version="1.0" encoding="UTF-8"?>\n<submissions>\n']
    for record in records:
        cells = text_of(record, separator=" ")
        if INDUSTRIES in cells:
            cells[INDUSTRY] = cells.pop(INDUSTRIES)
        written.append(f'<data id="htcds" version="{form["version"]}">')
        for name, text in cells.items():
            element = form.get(name, name)
            written.append(f"<{element}>{escape(text)}</{element}>")
        written.append("</data>\n")
    written.append("</submissions>\n")
    return "".join(written).encode()
