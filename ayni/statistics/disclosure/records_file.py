"""A file of records, plain or packed with gzip, read as a stream. Pure: bytes in, rows out.

An empty value is a value, and so is `NA` (Namibia). Nothing is guessed and nothing is left out: a
file that is not what it must be is refused with line, column and value.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ayni.statistics.disclosure.findings import Check, Figure, Finding, NotDisclosable

BOM = b"\xef\xbb\xbf"
LARGEST = 2_000_000_000  # bytes once unpacked
LONGEST_LINE = 1_000_000  # bytes
LONGEST_VALUE = 200  # signs
MOST_COLUMNS = 1_000
MOST_RECORDS = 20_000_000
_GZIP, _ARCHIVE = b"\x1f\x8b", b"PK\x03\x04"


class FileNotRead(NotDisclosable):
    """The file is no table of records; the finding says where, what, and what to do."""


def refuse(code: str, where: str = "", **figures: Figure) -> FileNotRead:
    """The refusal of a file, to be raised."""
    return FileNotRead(Finding(code, Check.PARAMETERS, where, figures))


Row = tuple[int, tuple[str, ...]]
Header = Callable[[Sequence[str]], None]


def check_file(path: Path) -> None:
    """Refuse what is no plain file and, before a byte of it is read, one that is too large."""
    if not path.is_file():
        raise refuse("file_missing")
    if path.stat().st_size > LARGEST:  # a packed one is hardly ever smaller once unpacked
        raise refuse("file_too_large", most=LARGEST)


def read_records(
    path: Path, columns: Sequence[str], *, header: Header | None = None, most: int | None = None
) -> Iterator[Row]:
    """Line number and the values of these columns, in their order, for each record of the file.
    `header` is told every column of the file, before the first record. `most`: how many records
    the caller can hold, where these are fewer than `MOST_RECORDS`.

    Raises `FileNotRead` as soon as something is wrong, OSError if the file cannot be opened.
    """
    check_file(path)
    most = MOST_RECORDS if most is None else min(most, MOST_RECORDS)
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == _ARCHIVE:
            raise refuse("file_is_archive")
        if start.startswith(_GZIP):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield from _rows(io.BufferedReader(unpacked), columns, header, most)
        else:
            yield from _rows(file, columns, header, most)


def _rows(file: BinaryIO, columns: Sequence[str], tell: Header | None, most: int) -> Iterator[Row]:
    reader = csv.reader(_lines(file), strict=True)
    header: list[str] = []
    places: list[int] = []
    checked: set[str] = set()
    records = 0
    try:
        for cells in reader:
            if not cells:
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                places = places_of(header, columns)
                if tell is not None:
                    tell(header)
                continue
            line = reader.line_num
            if len(cells) != len(header):
                raise refuse(
                    "row_of_other_length",
                    line=line, found=len(cells), expected=len(header), value=shown(cells[-1]),
                )  # fmt: skip
            records += 1
            if records > most:
                raise refuse("too_many_records", most=most)
            values = tuple(cells[place] for place in places)
            for name, value in zip(columns, values, strict=True):
                if value not in checked:
                    _check_value(line, name, value)
                    checked.add(value)
            yield line, values
    except csv.Error as wrong:
        raise refuse("line_not_csv", line=reader.line_num, value=str(wrong)) from None
    if not header:
        raise refuse("file_empty")
    if not records:
        raise refuse("file_without_records")


def _lines(file: BinaryIO) -> Iterator[str]:
    size = number = 0
    while True:
        try:
            line = file.readline(LONGEST_LINE + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise refuse("file_not_gzip", line=number) from None
        if not line:
            return
        number += 1
        size += len(line)
        if size > LARGEST:
            raise refuse("file_too_large", most=LARGEST)
        if len(line) > LONGEST_LINE:
            raise refuse("line_too_long", line=number, most=LONGEST_LINE)
        line = line.removeprefix(BOM) if number == 1 else line
        yield _decoded(line, number)


def _decoded(line: bytes, number: int) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as wrong:
        byte = f"0x{line[wrong.start]:02x}"
        raise refuse("line_not_text", line=number, place=wrong.start + 1, value=byte) from None
    if "\0" in text:
        place = line.index(0) + 1
        raise refuse("line_not_text", line=number, place=place, value="0x00")
    return text


def places_of(header: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Where these columns stand. Raises `FileNotRead` for one that is not there, or twice."""
    if len(header) > MOST_COLUMNS:
        raise refuse("too_many_columns", found=len(header), most=MOST_COLUMNS)
    for name in columns:
        if columns.count(name) > 1:
            raise refuse("column_in_both", name)
        if name not in header:
            known = ", ".join(shown(each) for each in header[:80])
            raise refuse("column_unknown", shown(name), known=known)
        if header.count(name) > 1:
            raise refuse("column_twice", name)
    return [header.index(name) for name in columns]


def _check_value(line: int, name: str, value: str) -> None:
    if len(value) > LONGEST_VALUE:
        raise refuse("value_too_long", name, line=line, value=shown(value), most=LONGEST_VALUE)
    if value.isascii():
        wrong = not value.isprintable()
    else:
        wrong = not value.isprintable() or "\ufffd" in value or _read_twice(value)
    if wrong:
        raise refuse("value_unreadable", name, line=line, value=shown(value))


def _read_twice(value: str) -> bool:
    """Whether the text is UTF-8 that somebody read as Windows-1252 ("PerÃº")."""
    try:
        return value.encode("cp1252").decode("utf-8") != value
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False


def shown(value: str) -> str:
    """A value as it may stand in a sentence: at most 60 signs, without control signs."""
    short = value if len(value) <= 60 else value[:60]
    return repr(short) if not short or not short.isprintable() else short
