"""A sheet of a workbook (.xlsx), read safely. Pure but for the file.

The file is looked at before anything is unpacked: its size, what it says it holds, and then what it
really holds, counted while it is unpacked in pieces. A sheet that names a far-away cell would make
any reader build all the empty cells between; it is refused. Parts that a reader of cells does not
need (drawings, printers) may be missing or broken.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import python_calamine
from django.utils.translation import gettext as _

Cell = int | float | str | bool | time | date | datetime | timedelta
# The whole GLOTIP export of 2025 is 2.3 MB, 27 MB unpacked, 58,772 rows.
LARGEST_FILE = 50_000_000
LARGEST_UNPACKED = 300_000_000
MOST_PARTS = 2_000
_PIECE = 1 << 20
# Spreadsheets write each cell as `<c r="A1"`. A reader builds every cell between the first and the
# last one, so nothing else is let through: no cell without a place, after column Z or row 299,999.
MOST_ROWS = 299_999
_ODD = (
    re.compile(rb'<c(?! r="[A-Z][0-2]?[0-9]{1,5}")[\s>/].{0,20}', re.DOTALL),
    re.compile(rb'<row(?! r="[0-2]?[0-9]{1,5}")[\s>/].{0,20}', re.DOTALL),
    re.compile(rb"<\w{1,20}:(?:c|row|worksheet)[\s>/].{0,20}", re.DOTALL),
)
_OVERLAP = 64


class WorkbookRefused(ValueError):
    """The file is not a workbook that can be read; the text says what it is and what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one sheet from 1 on, as a spreadsheet counts. `rows` are read once."""

    name: str
    height: int
    rows: Iterator[list[Cell]]


def read_file(path: Path, progress: Callable[[int], None] = lambda _read: None) -> bytes:
    """The bytes of a file, once, so that what is checked is what is read. Raises `WorkbookRefused`
    for no plain file, and for one that is too large (nothing of it is read then)."""
    if not path.is_file():
        raise WorkbookRefused(_("there is no such file (or it is no plain file)"))
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise WorkbookRefused(
            _(
                "the file has %(size)s bytes; at most %(most)s are read. This is not the export "
                "that was expected; download it again from the data portal."
            )
            % {"size": size, "most": LARGEST_FILE}
        )
    pieces = []
    try:
        with path.open("rb") as opened:
            while piece := opened.read(_PIECE):
                pieces.append(piece)
                progress(len(piece))
    except OSError as wrong:
        raise WorkbookRefused(_("cannot be read: %(why)s") % {"why": wrong.strerror}) from None
    return b"".join(pieces)


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def open_sheet(content: bytes, wanted: str) -> Sheet:
    """The sheet with this name. Raises `WorkbookRefused`, for another name with those there are."""
    check_contents(content)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(content))
        names = book.sheet_names
        if wanted not in names:
            raise WorkbookRefused(
                _(
                    "the sheet %(wanted)s is missing; the workbook has: %(names)s. If the sheet "
                    "was renamed, say which one it is with --sheet."
                )
                % {"wanted": repr(wanted), "names": ", ".join(repr(_short(n)) for n in names)}
            )
        sheet = book.get_sheet_by_name(wanted)
        # Rows before the first cell are not in `height`, and are given as empty ones.
        height = sheet.start[0] + sheet.height if sheet.start else 0
        return Sheet(wanted, height, iter(sheet.iter_rows()))
    except (python_calamine.CalamineError, OSError) as wrong:
        raise WorkbookRefused(
            _("this workbook cannot be read: %(why)s. Download it again.") % {"why": wrong}
        ) from None


def check_contents(content: bytes) -> None:
    """Unpack every part in pieces and count. Raises `WorkbookRefused` for what is no workbook, is
    broken, grows beyond `LARGEST_UNPACKED` bytes, or holds cells outside of a table."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            said = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or said > LARGEST_UNPACKED:
                raise _grows(said)
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise WorkbookRefused(_no_workbook())
            unpacked = 0
            for part in parts:
                unpacked = _count(archive, part, unpacked)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
    ) as wrong:  # fmt: skip
        raise WorkbookRefused(f"{_no_workbook()} ({wrong})") from None


def _count(archive: zipfile.ZipFile, part: zipfile.ZipInfo, before: int) -> int:
    """Bytes unpacked after this part, when there were `before`."""
    sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    unpacked, end = before, b""
    with archive.open(part) as opened:
        while piece := opened.read(_PIECE):
            unpacked += len(piece)
            if unpacked > LARGEST_UNPACKED:
                raise _grows(unpacked)
            if sheet:
                _check_cells(part.filename, end + piece, first=not end)
                end = piece[-_OVERLAP:]
    return unpacked


def _check_cells(part: str, text: bytes, *, first: bool) -> None:
    if first and b"<worksheet" not in text[:4096]:
        raise WorkbookRefused(_odd(part, text[:40]))
    # A cell cut in two at the end of a piece is seen whole with the next one.
    for odd in _ODD:
        for found in odd.finditer(text):
            if found.start() < len(text) - _OVERLAP // 2 or text.endswith(b">"):
                raise WorkbookRefused(_odd(part, found[0]))


def _odd(part: str, found: bytes) -> str:
    return _(
        "%(part)s holds %(found)s, which is not how spreadsheets write a table of at most "
        "%(rows)s rows and 26 columns. Remove what stands outside of the table, save the workbook "
        "again as xlsx, or download it again."
    ) % {
        "part": part,
        "found": repr(found.decode("ascii", "replace")),
        "rows": MOST_ROWS,
    }


def _grows(size: int) -> WorkbookRefused:
    return WorkbookRefused(
        _(
            "unpacked, the workbook would have more than %(most)s bytes (%(size)s were counted). "
            "This is not the export that was expected; download it again."
        )
        % {"most": LARGEST_UNPACKED, "size": size}
    )


def _no_workbook() -> str:
    return _(
        "this is not a workbook in the format xlsx, or it is damaged. Download it again; a CSV "
        "file or an older workbook (xls) must be saved as xlsx."
    )


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."
