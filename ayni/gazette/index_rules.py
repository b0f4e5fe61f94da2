"""What two nodes hold of what is published, compared. Pure.

Per owner, an index is the set of digests of its entries. First only its sum is told; where it is
another one, the digests; then each sends what the other lacks. Whatever either held, both hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

# How many digests one message lists; more are listed in 16 parts, by how they begin.
MOST_LISTED = 8_000
MOST_SENT, MOST_BYTES = 100, 200_000  # entries of one message
MOST_LOADS = 50  # messages of entries of one answer; the rest is sent by the next comparison
_DOMAIN = b"ayni-gazette-index-1\0"
_HEX = "0123456789abcdef"
T = TypeVar("T")


def sum_of(digests: Iterable[str]) -> str:
    """SHA-256, in hexadecimal, over the digests (hexadecimal) of one owner's entries, in no
    order."""
    total = hashlib.sha256(_DOMAIN)
    for digest in sorted(set(digests)):
        total.update(bytes.fromhex(digest))
    return total.hexdigest()


EMPTY = sum_of(())


def other(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Owners of whom the two do not hold the same; owner -> sum, an owner left out holds none."""
    return sorted(
        owner for owner in {*ours, *theirs} if ours.get(owner, EMPTY) != theirs.get(owner, EMPTY)
    )


def parts(digests: Iterable[str], begins: str = "") -> Iterator[tuple[str, list[str]]]:
    """Lists of at most `MOST_LISTED` digests, each with how they begin; one empty list if there is
    nothing, for that is said as well. `digests`: those that begin so."""
    listed = sorted(set(digests))
    if len(listed) <= MOST_LISTED:
        yield begins, listed
        return
    for digit in _HEX:
        inner = begins + digit
        yield from parts([each for each in listed if each.startswith(inner)], inner)


def differences(
    ours: Iterable[str], theirs: Iterable[str], *, begins: str
) -> tuple[list[str], list[str]]:
    """Among the digests that begin so: what only we hold, and what only they do."""
    here = {each for each in ours if each.startswith(begins)}
    there = {each for each in theirs if each.startswith(begins)}
    return sorted(here - there), sorted(there - here)


def overlap(begins: str, others: Iterable[str]) -> bool:
    """Whether a digest that begins so may begin as one of the others says, too."""
    return any(each.startswith(begins) or begins.startswith(each) for each in others)


def loads(things: Sequence[tuple[T, int]]) -> Iterator[list[T]]:
    """Things with their size in bytes, in order, in loads of which each fits one message."""
    load: list[T] = []
    size = 0
    for thing, length in things:
        if load and (len(load) >= MOST_SENT or size + length > MOST_BYTES):
            yield load
            load, size = [], 0
        load.append(thing)
        size += length
    if load:
        yield load


def first_loads(things: Sequence[tuple[T, int]]) -> Iterator[list[T]]:
    """Of the loads those that one answer sends."""
    return islice(loads(things), MOST_LOADS)
