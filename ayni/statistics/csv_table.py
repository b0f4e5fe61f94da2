"""A table in a CSV file, read as a stream. Pure: bytes come in, rows go out.

UTF-8 with or without byte order mark, separated by commas, quoted as RFC 4180 says. Nothing is
guessed: another encoding, other columns or a broken row is refused with the place and what to do.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

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
                    _(
                        "row %(row)s has %(values)s values; the header has %(columns)s columns. A "
                        "value that holds a comma or a quotation mark must stand in quotation "
                        "marks."
                    )
                    % {"row": number, "values": len(cells), "columns": len(header)}
                )
            else:
                yield Row(number, dict(zip(header, cells, strict=True)))
    except csv.Error as wrong:
        raise TableRefused(
            _("row %(row)s cannot be read as CSV: %(why)s") % {"row": number + 1, "why": wrong}
        ) from None
    if not header:
        raise TableRefused(_("the file is empty: there is not even a header. Download it again."))


def _text(lines: Iterable[bytes]) -> Iterator[str]:
    """The lines as text. Raises `TableRefused` with line and byte where it is not UTF-8."""
    before = 0
    for number, line in enumerate(lines, 1):
        if number == 1:
            _check_start(line)
        content = line.removeprefix(BOM) if number == 1 else line
        if len(line) >= LONGEST_LINE:
            raise TableRefused(
                _("line %(line)s is longer than %(most)s bytes; this is no table of reports.")
                % {"line": number, "most": LONGEST_LINE}
            )
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as wrong:
            place = before + len(line) - len(content) + wrong.start
            raise TableRefused(
                _(
                    "line %(line)s is not UTF-8: byte %(place)s of the file is %(byte)s. It was "
                    "probably saved as Windows-1252; open it in a spreadsheet and save it as CSV "
                    "with the encoding UTF-8, or download it again."
                )
                % {"line": number, "place": place + 1, "byte": f"0x{content[wrong.start]:02x}"}
            ) from None
        if "\0" in text:
            place = before + len(line) - len(content) + content.index(b"\0")
            raise TableRefused(
                _(
                    "line %(line)s holds a zero byte (byte %(place)s of the file): this is no "
                    "text. Save it as CSV with the encoding UTF-8, or download it again."
                )
                % {"line": number, "place": place + 1}
            )
        before += len(line)
        yield text


def _check_start(line: bytes) -> None:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableRefused(
            _(
                "line 1 begins with bytes 1 and 2 of UTF-16; the encoding must be UTF-8. Open it "
                "in a spreadsheet and save it as CSV with the encoding UTF-8."
            )
        )
    if line.startswith(b"PK\x03\x04"):
        raise TableRefused(
            _(
                "the file is a spreadsheet or archive (it begins with PK), not a CSV file. Save it "
                "as CSV with the encoding UTF-8."
            )
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
        reasons.append(_("missing: %(names)s") % {"names": ", ".join(missing)})
    if unexpected:
        names = ", ".join(_short(name) for name in unexpected)
        reasons.append(_("unexpected: %(names)s") % {"names": names})
    if twice:
        reasons.append(_("twice: %(names)s") % {"names": ", ".join(twice)})
    hint = ""
    if len(header) == 1:
        used = [repr(mark) for mark in _SEPARATORS if mark in header[0]]
        if used:
            hint = " " + _(
                "The values are separated by %(mark)s; they must be separated by commas."
            ) % {"mark": used[0]}
    reason = _("wrong columns; %(reasons)s.") % {"reasons": "; ".join(reasons)}
    raise ColumnsRefused(reason + hint, tuple(header))


def _short(name: str) -> str:
    shown = name if len(name) <= 60 else f"{name[:57]}..."
    return repr(shown) if not shown or shown != shown.strip() or not shown.isprintable() else shown
