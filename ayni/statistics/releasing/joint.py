"""What a release is made of: how many records have each combination of codes. Pure.

Nothing finer is kept of a file of records, and nothing coarser is enough to rebuild a release.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Codes = tuple[str, ...]
NOT_TOLD = "not_told"  # the name of an empty value where a name is needed


_KEYS = 1 << 32


@dataclass(frozen=True, slots=True)
class Column:
    """A column with every value it can have, known before anybody looks at the records, and the
    value under which all others count (None: such a record is left out)."""

    name: str
    values: Codes
    other: str | None


@dataclass(frozen=True, slots=True)
class Joint:
    """`cells`: codes in the order of `names` -> number of records. `outside`: how many values were
    counted under their column's other one; `left_out`: how many records are not here."""

    names: Codes
    cells: Mapping[Codes, int]
    outside: int = 0
    left_out: int = 0

    @property
    def records(self) -> int:
        """How many records there are."""
        return sum(self.cells.values())

    def columns(self) -> dict[str, list[str]]:
        """A value for each record, by column; always in the same order."""
        found: dict[str, list[str]] = {name: [] for name in self.names}
        for codes, number in sorted(self.cells.items()):
            for name, code in zip(self.names, codes, strict=True):
                found[name].extend([code] * number)
        return found

    def keys(self, secret: bytes, shared: Codes = ()) -> list[int]:
        """A key of 32 bits for each record, in the same order: the same wherever the same records
        are counted, as many as there were before keep theirs when one more is added.

        `shared`: columns that other tables of the same persons have as well. Then the keys of all
        records that are alike in them add up to one that every such table gives them."""
        rows = [(codes, n) for codes, number in sorted(self.cells.items()) for n in range(number)]
        keys = [_key(secret, codes, place) for codes, place in rows]
        if not shared:
            return keys
        places = [self.names.index(name) for name in sorted(shared)]
        alike: dict[Codes, list[int]] = {}
        for at, (codes, _place) in enumerate(rows):
            alike.setdefault(tuple(codes[place] for place in places), []).append(at)
        for codes, group in alike.items():
            whole = _key(secret, ("shared", *sorted(shared), *codes), len(group))
            keys[group[-1]] = (whole - sum(keys[at] for at in group[:-1])) % _KEYS
        return keys

    def filled(self) -> Joint:
        """The same with a name for each empty value."""
        cells = {tuple(code or NOT_TOLD for code in codes): n for codes, n in self.cells.items()}
        return Joint(self.names, cells, self.outside, self.left_out)

    def as_data(self) -> dict[str, Any]:
        """As it is kept, sealed."""
        return {
            "names": list(self.names),
            "cells": [[*codes, number] for codes, number in sorted(self.cells.items())],
            "outside": self.outside,
            "left_out": self.left_out,
        }


def coupled(one: Joint, other: Joint) -> Joint | None:
    """Both as one, with the columns of both, where they count the same records: each combination of
    the columns that they share has as many. What each says stays exact; how the columns that only
    one of them has go together is not known and is not asked. None where they do not agree."""
    shared = [name for name in one.names if name in other.names]
    groups = [_grouped(each, shared) for each in (one, other)]
    if {k: len(v) for k, v in groups[0].items()} != {k: len(v) for k, v in groups[1].items()}:
        return None
    more = [place for place, name in enumerate(other.names) if name not in shared]
    cells: Counter[Codes] = Counter()
    for key, rows in groups[0].items():
        for codes, theirs in zip(rows, groups[1][key], strict=True):
            cells[(*codes, *(theirs[place] for place in more))] += 1
    return Joint((*one.names, *(other.names[place] for place in more)), cells)


def _grouped(joint: Joint, by: Sequence[str]) -> dict[Codes, list[Codes]]:
    places = [joint.names.index(name) for name in by]
    found: dict[Codes, list[Codes]] = {}
    for codes, number in sorted(joint.cells.items()):
        found.setdefault(tuple(codes[place] for place in places), []).extend([codes] * number)
    return found


def joint_of(data: Mapping[str, Any]) -> Joint:
    """The same from `as_data`."""
    cells = {tuple(row[:-1]): int(row[-1]) for row in data["cells"]}
    return Joint(tuple(data["names"]), cells, data["outside"], data["left_out"])


def read(columns: Sequence[Column], rows: Iterable[tuple[Codes, int]]) -> Joint:
    """Rows (values in the order of `columns`, how many records) read into the declared columns."""
    # Each value to the declared one that equals it: none that was read is kept.
    known = [{value: value for value in each.values} for each in columns]
    cells: Counter[Codes] = Counter()
    outside = left_out = 0
    for values, number in rows:
        codes = []
        for column, declared, value in zip(columns, known, values, strict=True):
            code = declared.get(value)
            if code is not None:
                codes.append(code)
            elif column.other is not None:
                codes.append(column.other)
                outside += number
            else:
                left_out += number
                break
        else:
            cells[tuple(codes)] += number
    return Joint(tuple(each.name for each in columns), cells, outside, left_out)


def _key(secret: bytes, codes: Codes, place: int) -> int:
    told = json.dumps([*codes, place], ensure_ascii=False).encode()
    return int.from_bytes(hmac.digest(secret, told, hashlib.sha256)[:4])
