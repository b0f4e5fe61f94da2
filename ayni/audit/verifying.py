"""Recomputing the chain and naming the first link that does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ayni.audit import chain
from ayni.audit.models import Entry, Head


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link of the chain that does not hold.

    `code`: `missing`, `changed`, `moved` (its link to the one before), `end_missing`, `head`,
    `no_head`; of the signed heads `signed_head`, `head_missing`, `held_abroad`: the first entry
    that is not what was signed lies between `number` and `until`. `verb` and `at` are of the entry
    with `number`, if it is still there.
    """

    number: int
    code: str
    why: str
    verb: str = ""
    at: datetime | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was recomputed: how many entries held, the digest of the last of them, what broke."""

    entries: int
    digest: bytes
    broken: Broken | None


_WHY = {
    "missing": "an entry is missing",
    "changed": "the entry was changed",
    "moved": "the entry does not follow the one before it",
    "end_missing": "entries at the end are missing",
    "head": "the head is not that of the last entry",
    "no_head": "the head is missing",
}


def _broken(number: int, code: str, entry: Entry | None = None) -> Broken:
    if entry is None:
        return Broken(number, code, _WHY[code])
    return Broken(number, code, _WHY[code], entry.verb, entry.at)


def digest_of(entry: Entry, previous: bytes) -> bytes:
    """The digest that an entry must have after `previous` (32 bytes)."""
    return chain.digest(
        previous=previous,
        number=entry.number,
        at=entry.at,
        actor={
            "id": entry.actor_id,
            "institution": entry.actor_institution,
            "kind": entry.actor_kind,
            "role": entry.actor_role,
        },
        verb=entry.verb,
        subject=entry.subject,
        detail=entry.detail,
    )


def verify() -> Verdict:
    """Recompute the whole chain from its first entry to the head; reads every entry once."""
    previous, number = chain.START, 0
    # The head first: what is appended while this runs stands after it.
    head = Head.objects.filter(id=1).first()
    for entry in Entry.objects.order_by("number").iterator(chunk_size=2000):
        if head is not None and entry.number > head.number:
            break
        if entry.number != number + 1:
            return Verdict(number, previous, _broken(number + 1, "missing"))
        if bytes(entry.previous) != previous:
            return Verdict(number, previous, _broken(entry.number, "moved", entry))
        expected = digest_of(entry, previous)
        if bytes(entry.digest) != expected:
            return Verdict(number, previous, _broken(entry.number, "changed", entry))
        previous, number = expected, entry.number
    return Verdict(number, previous, _at_the_end(head, number, previous))


def _at_the_end(head: Head | None, number: int, previous: bytes) -> Broken | None:
    if head is None:
        return _broken(number, "no_head")
    if head.number > number:
        return _broken(number + 1, "end_missing")
    if bytes(head.digest) != previous:
        return _broken(number, "head")
    return _beyond(head)


def _beyond(head: Head) -> Broken | None:
    """A head set back: entries stand after it, although no append is under way (it would hold the
    row of the head, and a fresh reading of that row waits for none)."""
    now = Head.objects.get(id=1)
    if now.number > head.number:
        return None
    beyond = Entry.objects.filter(number__gt=now.number).order_by("number").first()
    return None if beyond is None else _broken(beyond.number, "head", beyond)


def verify_chain() -> Broken | None:
    """None if the whole chain holds, else its first broken link."""
    return verify().broken
