"""What a release publishes, as bytes that are the same wherever they are made. Pure.

Canonical JSON: its SHA-256 names the release, and a rebuilt release has these very bytes. It
travels packed and in parts, for an entry that all members keep is small.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORMAT = 1
LARGEST = 64_000_000  # bytes of a content, unpacked
PART = 24_000  # characters of one part
MOST_PARTS = 1_000
_NAMED = {"value", "low", "high", "not_shown"}  # what files call the numbers of a line
MOST = 2**53  # of one number: every format and every reader of one holds it exactly (RFC 8259)


class NotAContent(ValueError):
    """These parts are not the content that was announced."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: a code for each dimension (None: all together), the value (None: hidden),
    and the interval beside it where the method has one, ends included."""

    codes: tuple[str | None, ...]
    value: int | None
    low: int | None = None
    high: int | None = None

    def as_data(self) -> list[Any]:
        """As it stands in the content."""
        told: list[Any] = [*self.codes, self.value]
        return told if self.low is None else [*told, self.low, self.high]


@dataclass(frozen=True, slots=True)
class Shown:
    """A published table: `by` names its dimensions, `where` is what all its records fulfil."""

    name: str
    by: tuple[str, ...]
    where: Mapping[str, str]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that is published. `about`: population, period, source, crime; `parameters`: what
    the method declares; `records`: open records, first row the names of columns, or none."""

    mode: str
    subject: str
    about: Mapping[str, Any]
    parameters: Mapping[str, Any]
    tables: tuple[Shown, ...]
    records: tuple[tuple[str, ...], ...] = ()

    def to_bytes(self) -> bytes:
        """Canonical: sorted names, no spaces, UTF-8."""
        data = {
            "format": FORMAT,
            "mode": self.mode,
            "subject": self.subject,
            "about": dict(self.about),
            "parameters": dict(self.parameters),
            "tables": [
                {
                    "name": each.name,
                    "by": list(each.by),
                    "where": dict(each.where),
                    "lines": [line.as_data() for line in each.lines],
                }
                for each in self.tables
            ],
            "records": [list(row) for row in self.records],
        }
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text.encode()


def digest_of(raw: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def content_of(raw: bytes) -> Content:
    """The content in these bytes. Raises `NotAContent`, whatever they are."""
    try:
        data = json.loads(raw, parse_constant=_no_number)
        if data["format"] != FORMAT:
            raise NotAContent(data["format"])
        found = Content(
            str(data["mode"]),
            str(data["subject"]),
            dict(data["about"]),
            dict(data["parameters"]),
            tuple(_shown(each) for each in data["tables"]),
            tuple(tuple(map(str, row)) for row in data["records"]),
        )
        if b"\\u" in raw:  # seldom: half a character, which no page can be written with
            found.to_bytes()
    except (
        AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError,
    ) as wrong:  # fmt: skip
        raise NotAContent from wrong
    return found


def _no_number(name: str) -> None:
    """Infinity and NaN are no JSON."""
    raise NotAContent(name)


def is_regular(found: Content) -> bool:
    """Whether tables and records can be read as such: each column once and under a name that no
    number has, a value for each column in every record. A content that its owner signed need not
    be; what is not cannot become a file."""
    for table in found.tables:
        if len(set(table.by)) != len(table.by) or _NAMED & set(table.by):
            return False
    if not found.records:
        return True
    names, *rows = found.records
    return len(set(names)) == len(names) and all(len(row) == len(names) for row in rows)


def _shown(data: Mapping[str, Any]) -> Shown:
    by = tuple(map(str, data["by"]))
    return Shown(
        str(data["name"]),
        by,
        {str(k): str(v) for k, v in data["where"].items()},
        tuple(_line(row, len(by)) for row in data["lines"]),
    )


def _line(row: Sequence[Any], width: int) -> Line:
    codes = tuple(None if each is None else str(each) for each in row[:width])
    told = [None if each is None else int(each) for each in row[width:]]
    if len(codes) != width or len(told) not in {1, 3}:
        raise NotAContent("line")
    if any(each is not None and abs(each) > MOST for each in told):
        raise NotAContent("number")
    return Line(codes, *told)


def packed(raw: bytes) -> list[str]:
    """The parts in which a content travels."""
    text = base64.b64encode(zlib.compress(raw, 9)).decode()
    return [text[at : at + PART] for at in range(0, len(text), PART)]


def unpacked(parts: Sequence[str], *, sha256: str) -> bytes:
    """The content of these parts, in their order. Raises `NotAContent` for any other."""
    try:
        whole = base64.b64decode("".join(parts), validate=True)
        opened = zlib.decompressobj()
        raw = opened.decompress(whole, LARGEST)
    except (ValueError, zlib.error) as wrong:
        raise NotAContent from wrong
    if not opened.eof or digest_of(raw) != sha256:
        raise NotAContent(sha256)
    return raw
