"""What has been released: the only figures that a reader outside of the node is shown.

A release is an entry of the gazette, signed by its owner and kept on every node, with its content
in parts beside it. What is not whole, or is not what its owner announced, is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ayni.gazette import api as gazette
from ayni.statistics.releasing import content
from ayni.statistics.releasing.content import Content, NotAContent
from ayni.statistics.releasing.errors import UnknownRelease
from ayni.statistics.releasing.kinds import PART
from ayni.statistics.releasing.kinds import RELEASE as KIND


def published_releases() -> list[gazette.Published]:
    """Every release that counts, as its owner signed it, the last one first; one in which a problem
    was found, or that was withdrawn, is not among them."""
    found = [each for each in gazette.current(kind=KIND) if _counts(each)]
    return sorted(found, key=lambda each: (each.said.at, each.digest), reverse=True)


def published_release(*, owner: str, key: str) -> tuple[gazette.Published, Content]:
    """One of them with what it says. Raises `UnknownRelease`, also where its parts have not all
    come or do not give what was announced."""
    entry = gazette.one(owner=owner, kind=KIND, key=key)
    if entry is None or not _counts(entry):
        raise UnknownRelease
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


def _counts(entry: gazette.Published) -> bool:
    # One that only says why it is withdrawn is followed by the withdrawal itself.
    return entry.counts and not entry.said.withdrawn and "withdrawn" not in entry.said.body


@lru_cache(maxsize=4)
def _read(owner: str, sha256: str, parts: int) -> Content:
    return content.content_of(_whole(owner, sha256, parts))


@lru_cache(maxsize=4)
def _whole(owner: str, sha256: str, parts: int) -> bytes:
    """The same name always gives the same bytes, so they are unpacked once."""
    found = []
    for number in range(parts):
        part = gazette.one(owner=owner, kind=PART, key=f"{sha256[:40]}.{number}")
        if part is None or not _counts(part):
            raise NotAContent(sha256)
        found.append(str(part.said.body["part"]))
    return content.unpacked(found, sha256=sha256)
