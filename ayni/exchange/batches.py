"""Many envelopes in one request and what is answered to each: the form. Pure.

Bytes: the mark `AYNB`, one version byte, then each envelope behind its length (big-endian, four
bytes). The answer is canonical JSON with one item for each envelope, in their order: the same
signed receipt or refusal that the envelope would have had alone, or why it has to come again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ayni.exchange import documents, envelope
from ayni.exchange.errors import Malformed, TooLarge

MARK = b"AYNB\x01"
MOST = 50
# No more than one envelope may have: a peer that sends many costs no more memory than one that
# sends a large one.
LARGEST = envelope.LARGEST
LARGEST_ANSWER = 65_536 * MOST
# For the envelopes of a request, each with its length of four bytes.
ROOM = LARGEST - len(MARK)

FAILED = "failed"  # the receiver's software failed at it
FOLLOWS = "follows"  # one before it in its conversation failed in the same request
NO_TIME = "no_time"  # the time for one request was over before its turn
LATER = frozenset({FAILED, FOLLOWS, NO_TIME})


def pack(envelopes: Sequence[bytes]) -> bytes:
    """The bytes of a request. Raises `TooLarge` for more than one request takes."""
    packed = MARK + b"".join(len(raw).to_bytes(4, "big") + raw for raw in envelopes)
    if len(packed) > LARGEST or len(envelopes) > MOST:
        raise TooLarge(f"{len(envelopes)} envelopes, {len(packed)} bytes")
    return packed


def unpack(raw: bytes) -> list[bytes]:
    """The envelopes of a request, each still to be judged. Raises `TooLarge`, `Malformed`."""
    if len(raw) > LARGEST:
        raise TooLarge(f"{len(raw)} bytes, {LARGEST} at most")
    if raw[: len(MARK)] != MARK:
        raise Malformed("not AYNB of version 1")
    found: list[bytes] = []
    place = len(MARK)
    while place < len(raw):
        if len(found) == MOST:
            raise TooLarge(f"more than {MOST} envelopes")
        length = int.from_bytes(raw[place : place + 4], "big")
        part = raw[place + 4 : place + 4 + length]
        if not length or len(part) != length:
            raise Malformed("an envelope of the batch has a wrong length")
        found.append(part)
        place += 4 + length
    if not found:
        raise Malformed("an empty batch")
    return found


def answers(items: Iterable[dict[str, Any]]) -> bytes:
    """The bytes of an answer. An item is `{"receipt"}`, `{"refusal"}` (signed documents) or
    `{"later"}` (one of `LATER`)."""
    return documents.canonical({"answers": list(items)})


def read_answers(raw: bytes, *, count: int) -> list[dict[str, Any]]:
    """The items of an answer, one for each of `count` envelopes; their documents are still to be
    judged. Raises `TooLarge`, `Malformed`."""
    value = documents.parse(raw, largest=LARGEST_ANSWER)
    if not isinstance(value, dict) or set(value) != {"answers"}:
        raise Malformed("an answer to a batch has answers")
    items = value["answers"]
    if not isinstance(items, list) or len(items) != count:
        raise Malformed(f"not one answer for each of {count} envelopes")
    for item in items:
        if not isinstance(item, dict) or len(item) != 1 or not set(item) <= _NAMES:
            raise Malformed("an answer is a receipt, a refusal or later")
        name, said = next(iter(item.items()))
        if not (isinstance(said, dict) if name != "later" else said in _LATER_TEXTS):
            raise Malformed("an answer that says nothing")
    return items


_NAMES = {"receipt", "refusal", "later"}
_LATER_TEXTS = tuple(sorted(LATER))  # compared by equality: what came may be no text at all
