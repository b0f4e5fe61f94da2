"""A workbook of plain sheets (xlsxwriter): text and numbers, nothing else.

No cell is ever a formula, a link or a number that was a text: whatever a text begins with, it is
written as text. An empty text takes no cell: a reader finds the same, and of open records half the
values are empty.

Written in the memory: not all that officers take out is published, and the library's way of writing
row by row (`constant_memory`) has it in files on the disk meanwhile, for no shorter a time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

import xlsxwriter

Cell = str | int | float | None
_OFF = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# What XML cannot hold (XML 1.0, "Char"): the library would write it and no reader open it.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHEN = datetime(1980, 1, 1)  # noqa: DTZ001 (the library takes no zone) the same rows, the same bytes
_LONGEST = 32_767  # characters of a cell (Excel's limit)
_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")


def workbook(sheets: Sequence[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
    """The workbook with these sheets: (name, rows). A name is cut at 31 characters."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, _OFF) as book:
        book.set_properties({"created": _WHEN})
        for name, rows in sheets:
            sheet = book.add_worksheet(_NOT_IN_NAMES.sub(" ", name)[:_LONGEST_NAME])
            text, number = sheet.write_string, sheet.write_number
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is None or value == "":
                        continue
                    if isinstance(value, str):
                        text(at, column, _text(value))
                    else:
                        number(at, column, value)
    return raw.getvalue()


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """A text as a cell can hold it; most sheets say few texts many times."""
    return _FORBIDDEN.sub("\ufffd", value)[:_LONGEST]
