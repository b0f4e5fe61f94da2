"""Small workbooks in the form of UNODC's export, written part by part. Every count is invented."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.statistics import api as statistics

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HEADER = [
    "Iso3_code", "Country", "Region", "Subregion", "Indicator", "Dimension", "Category", "Sex",
    "Age", "Year", "Unit of measurement", "txtVALUE", "Source",
]  # fmt: skip
PLACES = {
    "ARG": ("Argentina", "Americas", "Latin America and the Caribbean"),
    "BOL": ("Bolivia (Plurinational State of)", "Americas", "Latin America and the Caribbean"),
    "CHL": ("Chile", "Americas", "Latin America and the Caribbean"),
    "NAM": ("Namibia", "Africa", "Sub-Saharan Africa"),
    "": ("Sark", "Europe", "Northern Europe"),
}
DETECTED = "Detected trafficking victims"
CHILD, ADULT = "0 to 17 years", "18 years or over"
BY: Actor = audit.job("import-glotip")


def row(state: str, value: Any, **told: Any) -> list[Any]:
    """One row: detected victims, all together, unless told otherwise."""
    said = {
        "Indicator": DETECTED, "Dimension": "Total", "Category": "Total", "Sex": "Total",
        "Age": "Total", "Year": 2020, "Unit of measurement": "Counts", "Source": "GLOTIP", **told,
    }  # fmt: skip
    country, region, part = PLACES.get(state, ("Somewhere", "Somewhere", "Somewhere"))
    said |= {"Iso3_code": state, "Country": country, "Region": region, "Subregion": part}
    said |= {"txtVALUE": value, **told}
    return [said[name] for name in HEADER]


def sexes(state: str, year: int, **counts: Any) -> list[list[Any]]:
    """Rows by sex and age: `girls`, `women`, `boys`, `men`."""
    codes = {
        "girls": ("Female", CHILD), "women": ("Female", ADULT),
        "boys": ("Male", CHILD), "men": ("Male", ADULT),
    }  # fmt: skip
    return [
        row(state, value, Sex=codes[who][0], Age=codes[who][1], Year=year)
        for who, value in counts.items()
    ]


def citizens(state: str, value: Any, citizenship: str, **told: Any) -> list[Any]:
    """A row by citizenship."""
    return row(state, value, Dimension="by citizenship", Category=citizenship, **told)


def sheet(rows: Sequence[Sequence[Any]], *, date: Any = "14/04/2025") -> list[list[Any]]:
    """The rows of a whole sheet: title, date, header, rows."""
    return [["UNODC"], [date], HEADER, *map(list, rows)]


def write(
    path: Path,
    table: Sequence[Sequence[Any]],
    *,
    name: str = "data_glotip_1",
    more: dict[str, bytes] | None = None,
) -> Path:
    """Write a workbook with one sheet. A drawing is named that is not in it, as in the real one."""
    cells = []
    for number, values in enumerate(table, 1):
        told = "".join(_cell(f"{chr(65 + n)}{number}", v) for n, v in enumerate(values) if v != "")
        cells.append(f'<row r="{number}">{told}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/package/2006/relationships"
    start = '<?xml version="1.0" encoding="UTF-8"?>'
    parts = {
        "[Content_Types].xml": f"{start}<Types xmlns="
        '"http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/drawings/drawing1.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.drawing+xml"/></Types>',
        "_rels/.rels": f'{start}<Relationships xmlns="{kinds}"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{start}<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{start}<Relationships xmlns="{kinds}"><Relationship '
        f'Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{start}<worksheet xmlns="{main}" xmlns:r="{office}">'
        f'<sheetData>{"".join(cells)}</sheetData><drawing r:id="rId9"/></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, (more or {}).get(part, text.encode()))
        for part, content in (more or {}).items():
            if part not in parts:
                archive.writestr(part, content)
    return path


def _cell(place: str, value: Any) -> str:
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def a_workbook() -> Path:
    """The smallest workbook there is, in a folder of its own."""
    path = Path(tempfile.mkdtemp(prefix="ayni-test-")) / "small.xlsx"
    return write(path, sheet([row("ARG", 7)]))


def load(path: Path, **given: Any) -> statistics.Imported:
    """Load a workbook now."""
    return statistics.import_glotip(**{"by": BY, "file": path, "now": NOW, **given})
