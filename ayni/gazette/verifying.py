"""Whether what is held here is what its owners have signed: every entry is verified anew.

What came was verified when it came. This asks again of what stands in the database now, and gives
one number for each member, which is the same on every node that holds the same.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from threading import Lock
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from ayni.exchange import api as exchange
from ayni.gazette import index_rules, rules
from ayni.gazette.models import Entry


class Fault(StrEnum):
    """What is wrong with an entry."""

    CHANGED = "changed"  # it is not what its owner signed, or does not stand where it says
    NO_KEY = "no_key"  # the key sheet that it names is not here
    KEY_REFUSED = "key_refused"  # signed with a key that is revoked, over, or of no member


@dataclass(frozen=True, slots=True)
class Found:
    """One entry with which something is wrong."""

    kind: str
    key: str
    version: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held of one owner. `lines`: how many things it says something of, in how many
    `entries`; `total`: SHA-256 over them, in hexadecimal, alike on every node that holds the same;
    `missing`: versions that have not come; `doubled`: those of which two differ."""

    owner: str
    lines: int
    entries: int
    total: str
    missing: int
    doubled: int
    wrong: tuple[Found, ...]

    @property
    def holds(self) -> bool:
        """Whether each entry is what its owner signed and no version contradicts another."""
        return not self.wrong and not self.doubled


def in_groups(total: str) -> str:
    """The first sixteen digits of a total in groups of four, to be read out and compared."""
    return " ".join(total[begin : begin + 4] for begin in range(0, 16, 4))


# Seconds for which a page shows what was found, counted from when that was found, if nothing has
# come meanwhile: what verifies ten thousand signatures is not busy with them all the time.
AGAIN = 600.0
# (owner, room) -> its mark, when that was found, what was found; what was read first goes first.
_Mark = tuple[int, int, UUID]
_FOUND: OrderedDict[tuple[str, str], tuple[_Mark, float, Holding]] = OrderedDict()
_MOST_FOUND = 100
_ONE_AT_A_TIME = Lock()


def verify(*, room: str = "") -> list[Holding]:
    """What is held of each owner, by its code; of one room if named: kinds that begin `agenda.`
    are of the room `agenda`. Reads every entry, one owner after the other."""
    return [_holding(owner, room) for owner in _owners(room)]


def verified(*, room: str = "") -> list[Holding]:
    """The same as this process found it at most `AGAIN` ago; entries of an owner are read again at
    once when another one has come, or a key sheet or directory: a key may be revoked by it. For
    pages, which any officer may load again and again."""
    return [_remembered(owner, room) for owner in _owners(room)]


def _owners(room: str) -> list[str]:
    rows = _entries(room).order_by("subject__owner").values_list("subject__owner", flat=True)
    return list(rows.distinct())


def _entries(room: str) -> QuerySet[Entry]:
    rows = Entry.objects.all()
    return rows.filter(subject__kind__startswith=f"{room}.") if room else rows


def _remembered(owner: str, room: str) -> Holding:
    with _ONE_AT_A_TIME:  # who clicks meanwhile waits, and then finds it done
        mark = _mark(owner)
        known = _FOUND.get((owner, room))
        if known is not None and known[0] == mark and time.monotonic() - known[1] < AGAIN:
            return known[2]
        found = _holding(owner, room)
        _FOUND[owner, room] = (mark, time.monotonic(), found)
        _FOUND.move_to_end((owner, room))
        while len(_FOUND) > _MOST_FOUND:
            _FOUND.popitem(last=False)
        return found


def _mark(owner: str) -> _Mark:
    """Changes whenever an entry of this owner is kept (none is ever removed), or somebody's keys
    are others."""
    rows = Entry.objects.filter(subject__owner=owner)
    found = rows.aggregate(n=Count("id"), last=Max("id"))
    return found["n"], found["last"] or 0, exchange.trust_mark()


def _holding(owner: str, room: str) -> Holding:
    rows = _entries(room).filter(subject__owner=owner).select_related("subject")
    ordered = rows.order_by("subject__kind", "subject__key", "version", "digest")
    digests: list[str] = []
    wrong: list[Found] = []
    lines = missing = doubled = 0
    each_line = groupby(ordered.iterator(chunk_size=200), key=lambda each: each.subject_id)
    for _subject, entries in each_line:
        versions = []
        for each in entries:
            versions.append((each.version, each.digest))
            fault = _fault(each)
            if fault is not None:
                subject = each.subject
                wrong.append(Found(subject.kind, subject.key, each.version, fault))
        judged = rules.line(versions)
        lines, missing = lines + 1, missing + len(judged.missing)
        doubled += len(judged.doubled)
        digests += [digest for _version, digest in versions]
    return Holding(
        owner=owner,
        lines=lines,
        entries=len(digests),
        total=index_rules.sum_of(digests),
        missing=missing,
        doubled=doubled,
        wrong=tuple(wrong),
    )


def _fault(entry: Entry) -> Fault | None:
    try:
        document = json.loads(entry.document)
        if exchange.canonical(document).decode() != entry.document or not _stands(entry, document):
            return Fault.CHANGED
        digest, counts = _digest(entry, document)
    except exchange.UnknownSender:
        return Fault.NO_KEY
    except (exchange.NotGenuine, exchange.Malformed, ValueError, KeyError, TypeError):
        return Fault.CHANGED
    if digest != entry.digest:
        return Fault.CHANGED
    return None if counts else Fault.KEY_REFUSED


def _digest(entry: Entry, document: Any) -> tuple[str, bool]:
    """The digest of what is signed, and whether the key counts. One that does not is asked once
    more as if its owner had brought it: then the signature alone counts. Raises as
    `exchange.check_signed_for_all`."""
    try:
        return exchange.check_signed_for_all(document, source=entry.source), True
    except (exchange.NotGenuine, exchange.UnknownSender):
        if entry.source == entry.subject.owner:
            raise
        return exchange.check_signed_for_all(document, source=entry.subject.owner), False


def _stands(entry: Entry, document: Any) -> bool:
    """Whether it is filed under what it says of itself."""
    body, subject = document["body"], entry.subject
    said = (body["node"], body["kind"], body["key"], body["version"])
    if (body["sheet"], body["withdrawn"]) != (entry.sheet, entry.withdrawn):
        return False
    return said == (subject.owner, subject.kind, subject.key, entry.version)
