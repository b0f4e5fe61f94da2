"""Versions that the secretariat has published, and what each state has adopted, as the gazette
holds them. What counts is worked out when it is read, and kept until something new comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.members import api as members
from ayni.protocol.load import build
from ayni.protocol.model import Definition
from ayni.protocol.national import Stricter

VERSION = "protocol.version"
ADOPTION = "protocol.adoption"


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version as the secretariat published it: from which day states may adopt it, by which
    decision, and what it changes in the secretariat's words; `seen`: number of its last entry."""

    definition: Definition
    document: Mapping[str, Any]
    on: date
    decision: str
    changes: str
    at: datetime
    taken_back: bool
    seen: int


@dataclass(frozen=True, slots=True, order=True)
class Reservation:
    """What a state does not accept, in its own words; `step` empty: of the whole version."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """The version that holds for a state from a day on.

    `adopted_on` None: none was adopted, the reference text. `act`, of the day `act_on`, is what it
    rests on; `entry` the digest of what the state signed; `seen` the number of that entry.
    """

    key: str
    version: str
    state: str
    adopted_on: date | None
    act: str = ""
    act_on: date | None = None
    parameters: tuple[Stricter, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    entry: str = ""
    seen: int = 0


def number_of(key: str, version: str) -> str:
    """The key under which a version is published."""
    return f"{key}:{version}"


def published_versions() -> Mapping[tuple[str, str], PublishedVersion]:
    """Every version that was published and counts, by key and number. Asks the database once
    whether anything came since."""
    return _versions(gazette.mark(kind=VERSION))


@lru_cache(maxsize=2)
def _versions(mark: gazette.Mark) -> Mapping[tuple[str, str], PublishedVersion]:
    found = {}
    if mark[0]:
        lines = gazette.histories(kind=VERSION, owners=[members.SECRETARIAT])
        for entries in lines.values():
            each = _version(entries)
            if each is not None:
                found[each.definition.key, each.definition.version] = each
    return found


def _version(entries: list[Published]) -> PublishedVersion | None:
    """The text of a line: its first entry, for nothing but taking back may follow. Two texts under
    that number count nowhere, as everywhere in the gazette."""
    first = [each for each in entries if each.said.version == 1]
    if len(first) != 1 or not first[0].known or first[0].problem or first[0].said.withdrawn:
        return None
    said, last = first[0].said, entries[0].said
    if said.valid_from is None:
        return None
    document = said.body["definition"]
    return PublishedVersion(
        definition=build(document),
        document=document,
        on=said.valid_from,
        decision=said.body["decision"],
        changes=said.body["changes"],
        at=said.at,
        taken_back=any(each.said.withdrawn for each in entries),
        seen=last.version,
    )


def adoptions() -> list[Adopted]:
    """Who adopted which version from which day on, the latest first; what was taken back or does
    not count is left out. Asks the database whether anything came since."""
    mark = gazette.mark(kind=ADOPTION)
    return list(_adoptions(mark, gazette.mark(kind=VERSION))) if mark[0] else []


@lru_cache(maxsize=2)
def _adoptions(mark: gazette.Mark, versions: gazette.Mark) -> tuple[Adopted, ...]:
    states = members.states()
    found = [
        _adopted(each)
        for each in gazette.current(kind=ADOPTION)
        if each.counts and not each.said.withdrawn and each.said.owner in states
    ]
    return tuple(sorted(found, key=_latest, reverse=True))


def _latest(each: Adopted) -> tuple[date, str]:
    return each.adopted_on or date.min, each.state


def _adopted(published: Published) -> Adopted:
    said = published.said
    body = said.body
    return Adopted(
        key=body["protocol"],
        version=body["version"],
        state=said.owner,
        adopted_on=said.valid_from,
        act=body["act"],
        act_on=date.fromisoformat(body["act_on"]),
        parameters=parameters_of(body["parameters"]),
        reservations=reservations_of(body["reservations"]),
        entry=published.digest,
        seen=said.version,
    )


def parameters_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Stricter, ...]:
    """National limits as they are stored and published."""
    return tuple(Stricter(r["step"], r["limit"], r["value"], r["act"]) for r in rows)


def reservations_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Reservation, ...]:
    """Reservations as they are stored and published."""
    return tuple(Reservation(row["step"], row["text"]) for row in rows)


def own_adoption(on: date) -> Published | None:
    """What this node's state has said of a day, or took back; None if it never said anything."""
    return gazette.one(owner=members.this_node(), kind=ADOPTION, key=on.isoformat())


def digest_of(canonical: bytes) -> str:
    """SHA-256 of a definition's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical).hexdigest()
