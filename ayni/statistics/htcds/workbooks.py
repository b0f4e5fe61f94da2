"""HTCDS 2.0 in the official Excel templates: read and written. Pure: bytes come in and go out.

Layout of all three (read in two of them; the third, with several choices in a cell, is known by its
description only): row 1 is hidden and holds names, row 2 labels, column A the number of a row, data
begin in row 3. Several codes in a cell are separated by semicolons. We write row 1 as row 2 says.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from string import ascii_uppercase
from typing import Any

import python_calamine as calamine
import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from ayni.statistics.htcds import columns, fields, guard, values
from ayni.statistics.htcds.fields import Field
from ayni.statistics.htcds.records import (
    Change,
    Line,
    Problem,
    Reading,
    Record,
    cells_of,
    several_of_form,
    take,
)
from ayni.statistics.htcds.values import Value

SHEETS = ("Case Sheet", "Sheet1")
_FORM = {"survey", "choices"}
_FIRST = 3  # the first row with data
_FEW = 3  # columns by which a header is known
_SEARCHED = 30  # rows in which a shifted header is looked for
# Excel counts a 29 February 1900: earlier days are written as text.
_FROM = date(1900, 3, 1)


class Template(StrEnum):
    """The three official templates."""

    PLAIN = "plain"  # "HTCDS Excel Spreadsheet v2.0.xlsx"
    VALIDATED = "validated"  # "… single select with validation v2.0.xlsx": labels from lists
    SEVERAL = "several"  # the template for several choices (xlsm); its macros are not written


def read(raw: bytes, *, file: str, today: date, sheet: str = "") -> Reading:
    """The records of a workbook. `sheet`: the one that holds the cases, where it was renamed.

    Raises `guard.Refused` for a workbook that is none of the templates.
    """
    looked = guard.look_through(io.BytesIO(raw), file)
    name = _which(list(looked), sheet, file)
    _check_cells(looked[name], name)
    try:
        with calamine.load_workbook(io.BytesIO(raw)) as book:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except calamine.CalamineError:
        raise guard.refuse(file, _("a workbook whose parts can be read; save it anew")) from None
    return _read_rows(rows, name, today)


def _check_cells(looked: guard.Sheet, sheet: str) -> None:
    formula = _("a value; this cell holds a formula. Copy and paste it as a value")
    error = _("a value; this cell holds an error. Empty it, or correct it")
    told = [
        *((cell, formula) for cell in looked.formulas),
        *((cell, error) for cell in looked.errors if cell not in looked.formulas),
    ]
    if told:
        raise guard.Refused(
            *(
                Problem(sheet, int(cell.lstrip(ascii_uppercase) or 0), cell, "", expected)
                for cell, expected in told
            )
        )


def _which(names: list[str], asked: str, file: str) -> str:
    told = _("sheets here: %(names)s") % {"names": ", ".join(names)}
    if asked:
        if asked in names:
            return asked
        raise guard.refuse(file, f"{_('a sheet of this name')} ({told})", asked)
    if {name.casefold() for name in names} >= _FORM:
        raise guard.refuse(
            file, _("answers; this workbook is the XLSForm, which holds the questions"), names[0]
        )
    for name in SHEETS:
        if name in names:
            return name
    wanted = _("a sheet %(names)s; if another one holds the cases, name it with --sheet") % {
        "names": " / ".join(SHEETS)
    }
    raise guard.refuse(file, f"{wanted} ({told})")


def _read_rows(rows: Sequence[Sequence[Any]], sheet: str, today: date) -> Reading:
    found, first, problems, changes = _header(rows, sheet)
    if problems:
        return Reading(problems=problems)
    submissions = columns.of_submissions(str(cell) for cell in rows[0])
    names = {name: f"{xl_col_to_name(at)} ({name})" for at, name in enumerate(found) if name}
    lines: list[Line] = []
    for number, row in enumerate(rows[first - 1 :], first):
        for at, cell in enumerate(row):
            if at and cell != "" and (at >= len(found) or found[at] is None):
                column = xl_col_to_name(at)
                problems.append(
                    Problem(sheet, number, column, str(cell), _("a column with a name above it"))
                )
        cells = {name: row[at] for at, name in enumerate(found) if name and at < len(row)}
        lines.append(Line(number, several_of_form(cells) if submissions else cells, names))
    reading = take(lines, sheet=sheet, today=today, separator=" " if submissions else ";")
    reading.problems = problems + reading.problems
    reading.changes = changes + reading.changes
    return reading


def _known(row: Sequence[Any]) -> tuple[int, int]:
    """How many cells of a row are names of fields, and how many are labels."""
    texts = [str(cell) for cell in row if cell]
    return (
        sum(columns.field_of(text) is not None for text in texts),
        sum(bool(columns.labelled(text)) for text in texts),
    )


def _header(
    rows: Sequence[Sequence[Any]], sheet: str
) -> tuple[list[str | None], int, list[Problem], list[Change]]:
    """The field of each column (empty: passed over; None: there is no name), the number of the
    first row with data, and what is wrong."""
    named, first_labels = _known(rows[0]) if rows else (0, 0)
    labels = _known(rows[1])[1] if len(rows) > 1 else 0
    if named < _FEW:
        return [], 0, [_no_header(rows, sheet, first_labels)], []
    if labels < _FEW:  # one row of names, as a program writes it
        given = [(xl_col_to_name(at), str(cell)) for at, cell in enumerate(rows[0]) if cell]
        resolved, problems, changes = columns.resolve(
            given, sheet=sheet, row=1, submissions=columns.of_submissions(map(str, rows[0]))
        )
        by_place = iter(resolved)
        return [next(by_place) if cell else None for cell in rows[0]], 2, problems, changes
    return _two_rows(rows[0], rows[1], sheet)


def _no_header(rows: Sequence[Sequence[Any]], sheet: str, labels: int) -> Problem:
    if labels >= _FEW:
        return Problem(sheet, 1, "", "", _(
            "the names of the fields in row 1, which the template hides, and the labels in row 2; "
            "row 1 holds labels: the hidden row was deleted"))  # fmt: skip
    for number, row in enumerate(rows[:_SEARCHED], 1):
        if _known(row)[0] >= _FEW:
            return Problem(sheet, number, "", "", _(
                "the names of the fields in row 1, not here; delete the rows above"))  # fmt: skip
    return Problem(sheet, 1, "", "", _("names of HTCDS 2.0 in row 1 and labels in row 2"))


def _two_rows(
    names: Sequence[Any], labels: Sequence[Any], sheet: str
) -> tuple[list[str | None], int, list[Problem], list[Change]]:
    found: list[str | None] = []
    problems: list[Problem] = []
    changes: list[Change] = []
    for at in range(max(len(names), len(labels))):
        name = str(names[at]).strip() if at < len(names) else ""
        label = str(labels[at]).strip() if at < len(labels) else ""
        column = xl_col_to_name(at)
        if not name and not label:
            found.append(None)
            continue
        one, wrong = columns.template_field(name, label)
        if one is not None and one in found:
            wrong = _("each field once; it has a column already")
        if wrong:
            problems.append(Problem(sheet, 1 if not label else 2, column, label or name, wrong))
        elif name != one:
            changes.append(Change(sheet, 1, column, name, str(one)))
        found.append(one)
    return found, _FIRST, problems, changes


# Writing


def write(records: Iterable[Record], template: Template) -> bytes:
    """A workbook in the layout of an official template. What the template has no column for stands
    in further columns to the right. Formulas are off: what begins with "=" is text."""
    rows = [cells_of(record) for record in records]
    official: list[str] = fields.official()["template"]
    used = {name for row in rows for name in row}
    names = [*official, *(name for name in fields.fields() if name in used - set(official))]
    raw = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(raw, options) as book:
        plain = template is Template.PLAIN
        sheet = book.add_worksheet(SHEETS[1] if plain else SHEETS[0])
        _write_sheet(book, sheet, names, rows, labelled=template is Template.VALIDATED)
        if template is Template.VALIDATED:
            _write_lists(book, sheet, names)
    return raw.getvalue()


def _write_sheet(
    book: Any, sheet: Any, names: list[str], rows: list[dict[str, Value]], *, labelled: bool
) -> None:
    known = fields.fields()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    bold = book.add_format({"bold": True, "text_wrap": True})
    for at, name in enumerate(names, 1):
        sheet.write_string(0, at, name)
        sheet.write_string(1, at, known[name].label, bold)
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.freeze_panes(2, 1)
    sheet.set_column(1, len(names), 18)
    for number, row in enumerate(rows, 1):
        sheet.write_number(number + 1, 0, number)
        for at, name in enumerate(names, 1):
            if name in row:
                _write_cell(sheet, number + 1, at, known[name], row[name], day, labelled)


def _write_cell(
    sheet: Any, row: int, at: int, one: Field, value: Value, day: Any, labelled: bool
) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, Decimal):
        sheet.write_number(row, at, float(value))
    elif isinstance(value, date) and value >= _FROM:
        sheet.write_datetime(row, at, value, day)
    else:
        text = _label(one, value) if labelled else values.write(one, value)
        sheet.write_string(row, at, text)


def _label(one: Field, value: Value) -> str:
    """As the lists of the validated template have it: labels of codes, names of countries."""
    if one.kind == "country":
        return fields.countries()[str(value)]
    if one.kind == "countries" and isinstance(value, tuple):
        return ";".join(fields.countries()[code] for code in value)
    if one.codes is not None and one.kind in ("code", "codes") and not one.is_own:
        listed = value if isinstance(value, tuple) else (str(value),)
        return ";".join(one.codes[code] for code in listed)
    return values.write(one, value)


def _write_lists(book: Any, sheet: Any, names: list[str]) -> None:
    about = book.add_worksheet("about")
    about.write_string(0, 0, "Microsoft Excel HTCDS 2.0")
    lists = book.add_worksheet("validation")
    lists.write_string(0, 0, "Validation Lookups")
    known = fields.fields()
    at = 1
    for column, name in enumerate(names, 1):
        one = known[name]
        told = (
            list(fields.countries().values())
            if one.kind in ("country", "countries")
            else list((one.codes or {}).values())
        )
        if not told or one.is_own:
            continue
        lists.write_string(2, at, one.label)
        for number, label in enumerate(told, 3):
            lists.write_string(number, at, label)
        letter = xl_col_to_name(at, col_abs=True)
        # A warning, not a bar: several choices are allowed where the standard allows them.
        sheet.data_validation(
            2, column, 1001, column,
            {
                "validate": "list",
                "source": f"=validation!{letter}$4:{letter}${len(told) + 3}",
                "error_type": "warning" if one.kind in fields.MANY else "stop",
            },
        )  # fmt: skip
        at += 1
