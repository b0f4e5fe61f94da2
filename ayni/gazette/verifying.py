"""Whether what is held here is what its owners have signed: every entry is verified anew.

What came was verified when it came. This asks again of what stands in the database now, and gives
one number for each member, which is the same on every node that holds the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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


def verify(*, room: str = "") -> list[Holding]:
    """What is held of each owner, by its code; of one room if named: kinds that begin `agenda.`
    are of the room `agenda`. Reads every entry."""
    rows = Entry.objects.select_related("subject").order_by(
        "subject__owner", "subject__kind", "subject__key", "version", "digest"
    )
    if room:
        rows = rows.filter(subject__kind__startswith=f"{room}.")
    by_owner: dict[str, list[Entry]] = {}
    for each in rows.iterator(chunk_size=500):
        by_owner.setdefault(each.subject.owner, []).append(each)
    return [_holding(owner, found) for owner, found in by_owner.items()]


def _holding(owner: str, found: list[Entry]) -> Holding:
    lines: dict[int, list[tuple[int, str]]] = {}
    for each in found:
        lines.setdefault(each.subject_id, []).append((each.version, each.digest))
    judged = [rules.line(each) for each in lines.values()]
    return Holding(
        owner=owner,
        lines=len(lines),
        entries=len(found),
        total=index_rules.sum_of(each.digest for each in found),
        missing=sum(len(each.missing) for each in judged),
        doubled=sum(len(each.doubled) for each in judged),
        wrong=tuple(_wrong(found)),
    )


def _wrong(found: list[Entry]) -> Iterator[Found]:
    for each in found:
        fault = _fault(each)
        if fault is not None:
            subject = each.subject
            yield Found(subject.kind, subject.key, each.version, fault)


def _fault(entry: Entry) -> Fault | None:
    try:
        document = json.loads(entry.document)
        if exchange.canonical(document).decode() != entry.document or not _stands(entry, document):
            return Fault.CHANGED
        # As if its owner had brought it: the signature alone.
        digest = exchange.check_signed_for_all(document, source=entry.subject.owner)
        if digest != entry.digest:
            return Fault.CHANGED
    except exchange.UnknownSender:
        return Fault.NO_KEY
    except (exchange.NotGenuine, exchange.Malformed, ValueError, KeyError, TypeError):
        return Fault.CHANGED
    try:
        exchange.check_signed_for_all(document, source=entry.source)
    except (exchange.NotGenuine, exchange.UnknownSender):
        return Fault.KEY_REFUSED
    return None


def _stands(entry: Entry, document: Any) -> bool:
    """Whether it is filed under what it says of itself."""
    body, subject = document["body"], entry.subject
    said = (body["node"], body["kind"], body["key"], body["version"])
    return said == (subject.owner, subject.kind, subject.key, entry.version)
