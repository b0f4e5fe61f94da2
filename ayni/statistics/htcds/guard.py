"""What a file may be before anything reads it: its size, and what a workbook is packed of.

A workbook is a ZIP archive of XML: a few kilobytes can hold gigabytes, one cell at the far corner
can ask for all the memory there is, and a cell can hold a formula instead of a value. So each sheet
is looked through as a stream before the library that reads it gets it.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _

from ayni.statistics.htcds.records import Problem

MOST_BYTES = 50_000_000
MOST_UNPACKED = 400_000_000
MOST_PARTS = 2_000
MOST_ROWS, MOST_COLUMNS = 200_000, 400
MOST_AREA = 5_000_000  # cells of the rectangle that a reader builds, empty ones too
MOST_FORMULAS = 20  # of which the place is told
_PIECE = 1 << 20
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_LINK = "Relationship"


class Refused(Exception):
    """The file as a whole is not read; each problem says why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def refuse(file: str, expected: str, value: str = "", *, row: int = 0, column: str = "") -> Refused:
    """A refusal of the whole file for one reason."""
    return Refused(Problem(file, row, column, value, expected))


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that came through a page: its name and its bytes, never on a disk."""

    name: str
    content: bytes = field(repr=False)


def read_whole(path: Path | HeldFile) -> bytes:
    """The bytes of a plain file of at most `MOST_BYTES`. Raises `Refused`."""
    found = path.content if isinstance(path, HeldFile) else _on_disk(path)
    if len(found) > MOST_BYTES:
        raise refuse(path.name, _too_big())
    if not found.strip(b"\0 \r\n\t"):
        raise refuse(path.name, _("a file that is not empty"))
    return found


def _on_disk(path: Path) -> bytes:
    name = path.name
    try:
        if not path.is_file():
            raise refuse(name, _("a file that exists"))
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise refuse(name, _too_big(), f"{size:,} bytes")
        with path.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as wrong:
        raise refuse(name, _("a file that can be read"), wrong.strerror or "") from None


def _too_big() -> str:
    return _("a file of at most %(most)s million bytes; divide it") % {
        "most": MOST_BYTES // 1_000_000
    }


@dataclass(slots=True)
class Sheet:
    """What a look through a sheet brings: its farthest cell, and cells that hold formulas, or an
    error such as #N/A, which the library that reads it gives as empty."""

    rows: int = 0
    columns: int = 0
    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def look_through(file: BinaryIO, name: str) -> dict[str, Sheet]:
    """Sheet name -> what is in it. Raises `Refused` for what is no workbook, or packed to harm."""
    try:
        with zipfile.ZipFile(file) as packed:
            _check_parts(packed, name)
            return {sheet: _looked(packed, path, name) for sheet, path in _sheets(packed, name)}
    # What the library raises for bytes that are no archive, a damaged part, a packing that it does
    # not know, and a part with a password.
    except (
        zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, KeyError,
    ):  # fmt: skip
        raise refuse(name, _("a workbook in the format of Excel (xlsx or xlsm)")) from None
    except (ParseError, DefusedXmlException, UnicodeError, ValueError):
        raise refuse(name, _("a workbook whose parts can be read; save it anew")) from None


def _check_parts(packed: zipfile.ZipFile, name: str) -> None:
    parts = packed.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise refuse(name, _("a workbook that unpacks to a reasonable size"))
    for part in parts:  # a part that says it is smaller than it is fails its checksum
        with packed.open(part) as opened:
            while opened.read(_PIECE):
                pass


def _sheets(packed: zipfile.ZipFile, name: str) -> Iterator[tuple[str, str]]:
    links = _tree(packed, "xl/_rels/workbook.xml.rels")
    targets = {
        link.get("Id"): link.get("Target", "") for link in links if _local(link.tag) == _LINK
    }
    sheets = [
        each for each in _tree(packed, "xl/workbook.xml").iter() if _local(each.tag) == "sheet"
    ]
    if not sheets:
        raise refuse(name, _("a workbook with a sheet"))
    for sheet in sheets:
        link = next((sheet.get(key) for key in sheet.keys() if _local(key) == "id"), None)
        target = targets.get(link, "")
        path = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        yield sheet.get("name", ""), path


def _local(tag: str) -> str:
    """A name without its namespace: there are two, of the transitional and the strict form."""
    return tag.rpartition("}")[2]


def _tree(packed: zipfile.ZipFile, path: str) -> Any:
    parser = DefusedXMLParser(forbid_dtd=True)
    parser.feed(packed.read(path))
    return parser.close()


def _looked(packed: zipfile.ZipFile, path: str, name: str) -> Sheet:
    found = Sheet()
    looking = DefusedXMLParser(target=_Looking(found, name), forbid_dtd=True)
    with packed.open(path) as opened:
        while piece := opened.read(_PIECE):
            looking.feed(piece)
    looking.close()
    return found


class _Looking:
    """Told of every element of a sheet."""

    def __init__(self, found: Sheet, file: str) -> None:
        self.found, self.file, self.cell, self.inside = found, file, "", False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A cell that is too far away, or a formula in one."""
        local = _local(tag)
        if local == "c":
            self.cell, self.inside = attributes.get("r", ""), True
            if not self.cell:
                raise refuse(self.file, _("cells that say where they stand"))
            self._reach(self.cell)
            if attributes.get("t") == "e" and len(self.found.errors) < MOST_FORMULAS:
                self.found.errors.append(self.cell)
        elif local == "row":
            self._reach("A" + attributes.get("r", "1"))  # a row without its number adds no area
        elif local == "f" and self.inside and len(self.found.formulas) < MOST_FORMULAS:
            self.found.formulas.append(self.cell)

    def _reach(self, place: str) -> None:
        if not place:
            return
        parts = _CELL.fullmatch(place)
        if parts is None:
            raise ValueError("no cell")
        column = 0
        for letter in parts[1]:
            column = column * 26 + ord(letter) - 64
        row = int(parts[2])
        if column > MOST_COLUMNS or row > MOST_ROWS:
            raise refuse(
                self.file,
                _("cells up to row %(rows)s and column %(columns)s only; delete the others")
                % {"rows": MOST_ROWS, "columns": MOST_COLUMNS},
                place,
            )
        self.found.rows = max(self.found.rows, row)
        self.found.columns = max(self.found.columns, column)
        if self.found.rows * self.found.columns > MOST_AREA:
            raise refuse(
                self.file,
                _("a table of at most %(cells)s cells; delete the cells far from it")
                % {"cells": MOST_AREA},
                place,
            )

    def end(self, tag: str) -> None:
        """A cell has ended: formulas of rules for input (`xm:f`) stand outside of any."""
        if _local(tag) == "c":
            self.inside = False

    def data(self, text: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
