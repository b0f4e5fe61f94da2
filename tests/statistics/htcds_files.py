"""Workbooks and texts as the official files of HTCDS 2.0 are, filled in with invented persons."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import xlsxwriter

from ayni.members import api as members
from ayni.statistics import tasks
from ayni.statistics.htcds import fields, formats, guard, upload_job
from ayni.statistics.htcds.records import Reading

TODAY = date(2026, 11, 29)
NOW = datetime.fromisoformat("2026-11-29T15:00:00+00:00")
ROOT = Path(__file__).resolve().parent.parent.parent
REAL = ROOT.parent / "shared" / "data" / "htcds"
OFFICIAL = {
    "plain": REAL / "HTCDS Excel Spreadsheet v2.0.xlsx",
    "validated": REAL / "HTCDS Excel Spreadsheet single select with validation v2.0.xlsx",
    "form": REAL / "htcds_xlsform.xlsx",
    "table": REAL / "HTCDS Field Standards 2.0.ods",
}
# Row 1 of the official templates as it is: the address in another order than row 2 has it, a name
# that misses a letter, and one that is missing.
_HIDDEN_ADDRESS = ("prs_MailingCity", "prs_MailingCountry", "prs_MailingState",
                   "prs_MailingStreet", "prs_MailingPostalCode")  # fmt: skip
_WRONG = {
    "vic_TraffickingStatusDecisionMakingOrg": "vic_TraffickinStatusDecisionMakingOrg",
    "cas_ReasonForOutgoingReferral": "",
}
# What stands in the cells of the address when somebody follows the labels.
ADDRESS = {
    "Mailing Street": "Calle Inventada 1",
    "Mailing City": "La Paz",
    "Mailing State/Province": "Murillo",
    "Mailing Zip/Postal Code": "00100",
    "Mailing Country": "Bolivia (Plurinational State of)",
}


def header() -> tuple[list[str], list[str]]:
    """Rows 1 and 2 of the official templates."""
    names: list[str] = list(fields.official()["template"])
    labels = [fields.fields()[name].label for name in names]
    start = names.index("prs_MailingStreet")
    names[start : start + 5] = _HIDDEN_ADDRESS
    return ["", *(_WRONG.get(name, name) for name in names)], ["", *labels]


def row(**cells: Any) -> dict[str, Any]:
    """One filled row of a template: label -> cell."""
    return {"First Name": "Rosa", "Second Name": "Inventada", **cells}


def book(
    rows: Sequence[Mapping[str, Any]],
    *,
    sheet: str = "Case Sheet",
    above: int = 0,
    names: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    formulas: Mapping[str, str] | None = None,
) -> bytes:
    """A template as somebody filled it in, by its labels. `above`: rows that were put on top."""
    first, second = header()
    first, second = list(names or first), list(labels or second)
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_formulas": False}) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        page = made.add_worksheet(sheet)
        for at, (name, label) in enumerate(zip(first, second, strict=True)):
            page.write(above, at, name)
            page.write(above + 1, at, label)
        for number, told in enumerate(rows, 1):
            page.write(above + 1 + number, 0, number)
            for label, cell in told.items():
                at = second.index(label)
                if isinstance(cell, date):
                    page.write_datetime(above + 1 + number, at, cell, day)
                else:
                    page.write(above + 1 + number, at, cell)
        for place, formula in (formulas or {}).items():
            page.write_formula(place, formula, None, "5")
    return raw.getvalue()


def sheet(rows: Sequence[Sequence[Any]], name: str = "Sheet1") -> bytes:
    """A workbook with one sheet of these cells, as a program writes it."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True}) as made:
        page = made.add_worksheet(name)
        for at, cells in enumerate(rows):
            page.write_row(at, 0, cells)
    return raw.getvalue()


def read(raw: bytes | str, file: str = "cases.xlsx", **given: Any) -> Reading:
    """Read a file of this name today."""
    content = raw.encode() if isinstance(raw, str) else raw
    return formats.read(content, file=file, today=TODAY, **given)


def values_of(raw: bytes | str, file: str = "cases.xlsx", **given: Any) -> dict[str, Any]:
    """The values of the only record of a file without problems."""
    found = read(raw, file, **given)
    assert [str(problem) for problem in found.problems] == []
    assert len(found.records) == 1
    return dict(found.records[0][1].values)


def refusals(raw: bytes | str, file: str = "cases.xlsx", **given: Any) -> list[str]:
    """What is said about a file that is refused, or about its rows."""
    try:
        found = read(raw, file, **given)
    except guard.Refused as refused:
        return [str(problem) for problem in refused.problems]
    return [str(problem) for problem in found.problems]


def work_off(institution: UUID) -> None:
    """What the worker does with the files that officers of an institution gave at the page."""
    with members.acting(institution):
        waiting = upload_job.unfinished()
    for upload in waiting:
        tasks.import_upload(str(institution), str(upload))
