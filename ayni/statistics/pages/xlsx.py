"""A workbook of plain sheets (Office Open XML, ECMA-376 part 1): text and numbers, nothing else.

Written here because no dependency writes workbooks and four fixed parts need none. No cell is ever
a formula: text is an inline string, whatever it begins with.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from html import escape

Cell = str | int | float | None
_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_P = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHEN = (1980, 1, 1, 0, 0, 0)  # the same rows make the same bytes
_LONGEST = 32_767  # characters of a cell (Excel's limit)


def workbook(sheets: Sequence[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
    """The workbook with these sheets: (name of at most 31 characters, rows)."""
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kinds = f'<Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>'
    listed = links = ""
    parts: list[tuple[str, str]] = []
    for number, (name, rows) in enumerate(sheets, 1):
        kinds += (
            f'<Override PartName="/xl/worksheets/sheet{number}.xml"'
            f' ContentType="{main}.worksheet+xml"/>'
        )
        listed += f'<sheet name="{_text(name[:31])}" sheetId="{number}" r:id="rId{number}"/>'
        links += (
            f'<Relationship Id="rId{number}" Type="{_R}/worksheet"'
            f' Target="worksheets/sheet{number}.xml"/>'
        )
        parts.append((f"xl/worksheets/sheet{number}.xml", _sheet(rows)))
    parts += [
        ("[Content_Types].xml",
         f'<Types xmlns="{_P}/content-types"><Default Extension="rels"'
         ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         f'<Default Extension="xml" ContentType="application/xml"/>{kinds}</Types>'),
        ("_rels/.rels",
         f'<Relationships xmlns="{_P}/relationships"><Relationship Id="rId1"'
         f' Type="{_R}/officeDocument" Target="xl/workbook.xml"/></Relationships>'),
        ("xl/workbook.xml",
         f'<workbook xmlns="{_NS}" xmlns:r="{_R}"><sheets>{listed}</sheets></workbook>'),
        ("xl/_rels/workbook.xml.rels",
         f'<Relationships xmlns="{_P}/relationships">{links}</Relationships>'),
    ]  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in parts:
            packed.writestr(zipfile.ZipInfo(path, _WHEN), _HEAD + content)
    return out.getvalue()


def _sheet(rows: Iterable[Sequence[Cell]]) -> str:
    said = "".join(
        f'<row r="{number}">'
        f"{''.join(_cell(f'{_column(at)}{number}', value) for at, value in enumerate(row))}</row>"
        for number, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{_NS}"><sheetData>{said}</sheetData></worksheet>'


def _column(number: int) -> str:
    """The letters of a column, the first is 0."""
    said = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        said = chr(ord("A") + rest) + said
    return said


def _cell(place: str, value: Cell) -> str:
    if value is None:
        return f'<c r="{place}"/>'
    if isinstance(value, str):
        words = _text(value[:_LONGEST])
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def _text(said: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", said), quote=True)
