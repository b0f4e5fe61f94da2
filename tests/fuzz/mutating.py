"""Changes of JSON as JSON, from a number alone: the same number makes the same change."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**63, 2**64, 10**400,
    1.5, 1e21, 1e308, "", "\0", "a", "\ud800", "\u202e", "\uff41", "\u0663", "\u00b2", "Z", "AA",
    "A" * 43, "A" * 44, "0" * 32, "0" * 64, "\u00e9" * 40, "x" * 5000,
    "2026-11-24T15:30:00Z", "2026-02-30T10:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
    "2026-11-24T15:30:00Z\n", "\uff12\uff10\uff12\uff16-11-24T15:30:00Z", "ar", "bo", "secretariat",
    "ar-programme", "http://[", "https://ar.example", "Ed25519", [], {}, [[]], [{}], {"": ""},
    {"body": {}},
]  # fmt: skip


class Choices:
    """Numbers that follow from a seed (SHAKE-256)."""

    def __init__(self, seed: int) -> None:
        self._seed, self._count = seed, 0

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        self._count += 1
        text = f"{self._seed}/{self._count}".encode()
        return int.from_bytes(hashlib.shake_256(text).digest(8), "big") % max(1, limit)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for name, each in inner:
        if len(found) > 2000 or len(path) > 40:
            break
        found += _places(each, (*path, name))
    return found


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


def _odd(choices: Choices, old: Any) -> Any:
    kind = choices.below(8)
    if kind == 0 and isinstance(old, str):
        at = choices.below(len(old) + 1)
        return old[:at] + chr(choices.below(0x300)) + old[at + choices.below(2) :]
    if kind == 1 and type(old) is int:
        return old + choices.below(5) - 2
    if kind == 2:
        deep: Any = old
        for _ in range(choices.below(300)):
            deep = [deep] if choices.below(2) else {"a": deep}
        return deep
    return copy.deepcopy(ODD[choices.below(len(ODD))])


def _change(value: Any, choices: Choices) -> Any:
    places = _places(value)
    path = places[choices.below(len(places))]
    if not path:
        return _odd(choices, value) if choices.below(8) == 0 else value
    holder, name, kind = _at(value, path[:-1]), path[-1], choices.below(8)
    if kind == 0:
        del holder[name]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(choices.below(len(holder) + 1), copy.deepcopy(holder[name]))
    elif kind == 2 and isinstance(holder, dict):
        holder[str(_odd(choices, name))] = copy.deepcopy(holder[name])
    elif kind == 3:
        other = places[choices.below(len(places))]
        holder[name] = copy.deepcopy(_at(value, other))
    else:
        holder[name] = _odd(choices, holder[name])
    return value


def mutated(data: bytes, seed: int) -> bytes:
    """`data` with one to four changes: as JSON if it is JSON, else of single bytes."""
    choices = Choices(seed)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _bytes_changed(data, choices)
    try:
        for _ in range(1 + choices.below(4)):
            value = _change(value, choices)
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")
    except (RecursionError, ValueError, OverflowError):
        return _bytes_changed(data, choices)


def _bytes_changed(data: bytes, choices: Choices) -> bytes:
    changed = bytearray(data)
    for _ in range(1 + choices.below(4)):
        at, kind = choices.below(len(changed) + 1), choices.below(5)
        if kind == 0:
            changed[at:at] = bytes([choices.below(256)])
        elif kind == 1:
            del changed[at : at + 1 + choices.below(8)]
        elif kind == 2:
            changed[at : at + 4] = choices.below(2**32).to_bytes(4, "big")
        elif at < len(changed):
            changed[at] = choices.below(256)
    return bytes(changed)
