"""How large what is published can become, before anything is counted or charged. Pure.

A content that is too large to travel would be found only when it is made: under differential
privacy after its cost has been entered for good. So the size is bounded from what is declared in
public: the columns with their values, the tables, and the number of records that there are
certainly not more of. No record is looked at, and nothing depends on how many there are.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from ayni.statistics.releasing.content import LARGEST, MOST_PARTS, PART
from ayni.statistics.releasing.joint import Codes, Column

_SAMPLE = 2_000  # records of which the packed size is measured
_HEAD = 200_000  # bytes for names, parameters and what the content says of itself
_MORE = 1.05  # the number of open records is measured with noise
_NUMBERS = 36  # bytes of a count and the two ends of its interval


@dataclass(frozen=True, slots=True)
class Size:
    """`size`: bytes of the content; `parts`: in how many parts it travels. Never too few."""

    size: int
    parts: int

    @property
    def fits(self) -> bool:
        """Whether it can travel."""
        return self.size <= LARGEST and self.parts <= MOST_PARTS


def size_of(raw: bytes, parts: int) -> Size:
    """Of a content that is made."""
    return Size(len(raw), parts)


def largest(columns: Sequence[Column], tables: Sequence[Codes], bound: int) -> Size:
    """The most that open records and tables over these columns can become. Values are as unlike
    each other as they can be: each equally often, and no column tells of another."""
    widest = {each.name: max(len(_said(value)) for value in each.values) for each in columns}
    number = {each.name: len(each.values) for each in columns}
    records = math.ceil(bound * _MORE)
    row = sum(widest.values()) + len(columns) + 2
    lines = [(math.prod(number[name] for name in table), table) for table in tables]
    of_tables = sum(
        count * (sum(widest[name] + 1 for name in table) + _NUMBERS) for count, table in lines
    )
    packed = _packed(columns) * records / _SAMPLE + of_tables + _HEAD
    return Size(records * row + of_tables + _HEAD, math.ceil(packed * 4 / 3 / PART))


def _packed(columns: Sequence[Column]) -> int:
    """Bytes of a sample of records, packed as they travel but for base64."""
    # No secret and no chance: the worst case is the same for everybody.
    drawn = hashlib.shake_256(b"sizing").digest(4 * _SAMPLE * len(columns))
    places = iter(int.from_bytes(drawn[at : at + 4]) for at in range(0, len(drawn), 4))
    rows = [[each.values[next(places) % len(each.values)] for each in columns]
            for _row in range(_SAMPLE)]  # fmt: skip
    return len(zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 9))


def _said(value: str) -> str:
    return json.dumps(value, ensure_ascii=True)


def parts_of(raw: bytes) -> int:
    """In how many parts a content travels."""
    return math.ceil(len(base64.b64encode(zlib.compress(raw, 9))) / PART)
