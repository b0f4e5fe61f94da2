"""A table in a CSV file, read as a stream. Pure: bytes come in, rows go out.

UTF-8 with or without byte order mark, separated by commas, quoted as RFC 4180 says. Nothing is
guessed: another encoding, other columns or a broken row is refused with the place and what to do.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

BOM = b"\xef\xbb\xbf"
# Longer lines are no table: without a limit one line could fill the memory.
LONGEST_LINE = 1_000_000
_SEPARATORS = (";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (the header is 1) and its cells as found."""

    number: int
    cells: dict[str, str]


class TableRefused(ValueError):
    """The file is not the table that was expected; the text says where, what, and what to do."""


class ColumnsRefused(TableRefused):
    """Columns are missing, or there are others. `found` is the header as it stands."""

    def __init__(self, reason: str, found: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.found = found


def read_rows(lines: Iterable[bytes], columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a file whose header names exactly these columns, in any order.

    `lines` are the lines of the file with their ends, each at most `LONGEST_LINE` bytes. Empty
    lines are passed over. Raises `TableRefused` as soon as something is wrong.
    """
    reader = csv.reader(_text(lines), strict=True)
    number = 0
    header: list[str] = []
    try:
        for cells in reader:
            number += 1
            if not cells:
                continue
            if not header:
                header = _checked(cells, columns)
            elif len(cells) != len(header):
                raise TableRefused(
                    f"row {number} has {len(cells)} values; the header has {len(header)} columns. "
                    "A value that holds a comma or a quotation mark must stand in quotation marks."
                )
            else:
                yield Row(number, dict(zip(header, cells, strict=True)))
    except csv.Error as wrong:
        raise TableRefused(f"row {number + 1} cannot be read as CSV: {wrong}") from None
    if not header:
        raise TableRefused("the file is empty: there is not even a header. Download it again.")


def _text(lines: Iterable[bytes]) -> Iterator[str]:
    """The lines as text. Raises `TableRefused` with line and byte where it is not UTF-8."""
    before = 0
    for number, line in enumerate(lines, 1):
        if number == 1:
            _check_start(line)
        content = line.removeprefix(BOM) if number == 1 else line
        if len(line) >= LONGEST_LINE:
            raise TableRefused(
                f"line {number} is longer than {LONGEST_LINE} bytes; this is no table of reports."
            )
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as wrong:
            place = before + len(line) - len(content) + wrong.start
            raise TableRefused(
                f"line {number} is not UTF-8: byte {place + 1} of the file is "
                f"0x{content[wrong.start]:02x}. It was probably saved as Windows-1252; open it in "
                "a spreadsheet and save it as CSV with the encoding UTF-8, or download it again."
            ) from None
        if "\0" in text:
            place = before + len(line) - len(content) + content.index(b"\0")
            raise TableRefused(
                f"line {number} holds a zero byte (byte {place + 1} of the file): this is no text. "
                "Save it as CSV with the encoding UTF-8, or download it again."
            )
        before += len(line)
        yield text


def _check_start(line: bytes) -> None:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableRefused(
            "line 1 begins with bytes 1 and 2 of UTF-16; the encoding must be UTF-8. Open it in a "
            "spreadsheet and save it as CSV with the encoding UTF-8."
        )
    if line.startswith(b"PK\x03\x04"):
        raise TableRefused(
            "the file is a spreadsheet or archive (it begins with PK), not a CSV file. Save it as "
            "CSV with the encoding UTF-8."
        )


def _checked(cells: list[str], columns: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    missing = [name for name in columns if name not in header]
    unexpected = [name for name in header if name not in columns]
    twice = sorted({name for name in header if header.count(name) > 1 and name in columns})
    if not missing and not unexpected and not twice:
        return header
    reasons = []
    if missing:
        reasons.append(f"missing: {', '.join(missing)}")
    if unexpected:
        reasons.append(f"unexpected: {', '.join(_short(name) for name in unexpected)}")
    if twice:
        reasons.append(f"twice: {', '.join(twice)}")
    hint = ""
    if len(header) == 1:
        used = [repr(mark) for mark in _SEPARATORS if mark in header[0]]
        if used:
            hint = f" The values are separated by {used[0]}; they must be separated by commas."
    raise ColumnsRefused(f"wrong columns; {'; '.join(reasons)}.{hint}", tuple(header))


def _short(name: str) -> str:
    shown = name if len(name) <= 60 else f"{name[:57]}..."
    return repr(shown) if not shown or shown != shown.strip() or not shown.isprintable() else shown
