"""What has been released: the only figures that a reader outside of the node is shown.

A release is an entry of the gazette, signed by its owner and kept on every node, with its content
in parts beside it. What is not whole, or is not what its owner announced, is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ayni.gazette import api as gazette
from ayni.statistics.releasing import content, reasons
from ayni.statistics.releasing.content import Content, NotAContent
from ayni.statistics.releasing.errors import UnknownRelease
from ayni.statistics.releasing.kinds import PART, part_key
from ayni.statistics.releasing.kinds import RELEASE as KIND


@dataclass(frozen=True, slots=True)
class Ended:
    """A release that its owner took back: the entry that says so, the last one before it, which
    says what had been published (None where that never came here), and why (empty: not said)."""

    entry: gazette.Published
    last: gazette.Published | None
    why: str


def published_releases() -> list[gazette.Published]:
    """Every release that counts, as its owner signed it, the last one first; one in which a problem
    was found, or that was withdrawn, is not among them."""
    found = [each for each in gazette.current(kind=KIND) if _counts(each)]
    return sorted(found, key=lambda each: (each.said.at, each.digest), reverse=True)


def shown_digests() -> list[str]:
    """SHA-256 of the content of each of them: of any other no file stays on the disk."""
    return [each.said.body["sha256"] for each in published_releases()]


def ended_releases() -> list[Ended]:
    """Every release that its owner took back, the last one first: whoever quoted it is told."""
    found = [each for each in gazette.current(kind=KIND) if _ended(each)]
    ordered = sorted(found, key=lambda each: (each.said.at, each.digest), reverse=True)
    held = gazette.histories(kind=KIND, owners=[each.said.owner for each in found])
    return [_end_of(each, held.get((each.said.owner, each.said.key), [])) for each in ordered]


def ended_release(*, owner: str, key: str) -> Ended:
    """One of them. Raises `UnknownRelease`."""
    entry = gazette.one(owner=owner, kind=KIND, key=key)
    if entry is None or not _ended(entry):
        raise UnknownRelease
    return _end_of(entry, _line(entry))


def earlier_versions(entry: gazette.Published) -> list[gazette.Published]:
    """What a release replaces, the newest first, as far as it came here."""
    return [
        each
        for each in _sound(_line(entry))
        if not _takes_back(each) and each.said.version < entry.said.version
    ]


def announced(*, owner: str, key: str) -> gazette.Published:
    """What the owner of a release that counts announces of it, without its content. Raises
    `UnknownRelease`."""
    entry = gazette.one(owner=owner, kind=KIND, key=key)
    if entry is None or not _counts(entry):
        raise UnknownRelease
    return entry


def published_release(*, owner: str, key: str) -> tuple[gazette.Published, Content]:
    """One of them with what it says. Raises `UnknownRelease`, also where its parts have not all
    come or do not give what was announced."""
    entry = announced(owner=owner, key=key)
    body = entry.said.body
    try:
        found = _read(owner, body["sha256"], body["parts"])
    except NotAContent:
        raise UnknownRelease from None
    if found.mode != body["mode"]:
        raise UnknownRelease
    return entry, found


def published_bytes(entry: gazette.Published) -> bytes:
    """The very bytes that were checked, reviewed and signed. Raises `UnknownRelease`."""
    body = entry.said.body
    try:
        return _whole(entry.said.owner, body["sha256"], body["parts"])
    except NotAContent:
        raise UnknownRelease from None


def content_held(owner: str, header: Mapping[str, Any]) -> Content | None:
    """What a header names (`sha256`, `parts`), whether it still counts or not; None where it has
    not come whole. For checks: what was withdrawn was seen."""
    try:
        return _read(owner, header["sha256"], header["parts"])
    except NotAContent:
        return None


def _line(entry: gazette.Published) -> list[gazette.Published]:
    return gazette.history(owner=entry.said.owner, kind=KIND, key=entry.said.key)


def _sound(line: Iterable[gazette.Published]) -> list[gazette.Published]:
    """The versions of a line that are as their kind demands, the newest first: what is not has a
    body of which nothing is known, and was never shown."""
    return [each for each in line if each.known and not each.problem]


def _end_of(entry: gazette.Published, line: Iterable[gazette.Published]) -> Ended:
    held = _sound(line)
    why = next((each for each in held if "withdrawn" in each.said.body), None)
    last = next((each for each in held if not _takes_back(each)), None)
    since = why is not None and (last is None or why.said.version > last.said.version)
    return Ended(entry, last, reasons.said_of(why.said.body) if why is not None and since else "")


def _takes_back(entry: gazette.Published) -> bool:
    """Whether a version says that nothing is shown any more, or why."""
    return entry.said.withdrawn or "withdrawn" in entry.said.body


def _ended(entry: gazette.Published) -> bool:
    return entry.counts and _takes_back(entry)


def _counts(entry: gazette.Published) -> bool:
    # One that only says why it is withdrawn is followed by the withdrawal itself.
    return entry.counts and not _takes_back(entry)


@lru_cache(maxsize=4)
def _read(owner: str, sha256: str, parts: int) -> Content:
    return content.content_of(_whole(owner, sha256, parts))


@lru_cache(maxsize=4)
def _whole(owner: str, sha256: str, parts: int) -> bytes:
    """The same name always gives the same bytes, so they are unpacked once."""
    found = []
    for number in range(parts):
        part = gazette.one(owner=owner, kind=PART, key=part_key(sha256, number))
        if part is None or not _counts(part):
            raise NotAContent(sha256)
        found.append(str(part.said.body["part"]))
    return content.unpacked(found, sha256=sha256)
