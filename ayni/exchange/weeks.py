"""Key sheets that were made ahead of their weeks: which come into force now, and which never will.
Pure.

Each names the one before by its digest: where another sheet took the place of one of them, or the
identity key that signed them is no longer the member's, nobody would believe the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ayni.exchange import directory as rules
from ayni.exchange import documents
from ayni.lib import clock

Document = Mapping[str, Any]


class Gone(StrEnum):
    """Why prepared sheets are thrown away."""

    FOLLOWED = "followed"  # another sheet stands where the first of them would stand
    IDENTITY = "identity"  # the directory names another identity key than the one that signed
    FOREIGN = "foreign"  # what this node did not make stands before them


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers of prepared sheets, in order. `taken`: these very sheets are in force, or were; `due`
    come into force now, one after the other; `later`: the week of these has not begun, or what
    stands before them is not known here yet. `gone`: why all the others are of no use."""

    taken: tuple[int, ...] = ()
    due: tuple[int, ...] = ()
    later: tuple[int, ...] = ()
    gone: Gone | None = None


def judge(
    prepared: Sequence[Document],
    *,
    held: Mapping[int, str],
    directory: Mapping[str, Any],
    foreign: Collection[int],
    now: datetime,
) -> Standing:
    """How the prepared sheets of a node stand, given in order. `held`: number and digest of each
    sheet of it that is accepted here, `directory` the body of the one in force, `foreign` numbers
    of its sheets that it has not made. While the directory does not name the node all of them wait.
    """
    own = {number: digest for number, digest in held.items() if number not in foreign}
    same = [document for document in prepared if _digest(document) == own.get(_number(document))]
    taken = tuple(_number(document) for document in same)
    rest = [document for document in prepared if _number(document) not in taken]
    gone = _why_gone(rest, held, directory, foreign)
    if gone is not None:
        return Standing(taken, gone=gone)
    due: tuple[int, ...] = ()
    latest = max(held, default=0)
    if rest and rules.member(directory, rest[0]["body"]["node"]) is not None:
        for document in rest:
            if _number(document) != latest + len(due) + 1 or _begins(document) > now:
                break
            due += (_number(document),)
    later = tuple(_number(document) for document in rest if _number(document) not in due)
    return Standing(taken, due, later)


def _why_gone(
    rest: Sequence[Document],
    held: Mapping[int, str],
    directory: Mapping[str, Any],
    foreign: Collection[int],
) -> Gone | None:
    """None while the rest follows what is held, or may once more of it is known here."""
    if not rest:
        return None
    if foreign:
        return Gone.FOREIGN
    first, latest = rest[0]["body"], max(held, default=0)
    if first["number"] <= latest:
        return Gone.FOLLOWED
    if first["number"] == latest + 1 and first["previous"] != held.get(latest, ""):
        return Gone.FOLLOWED
    named = rules.member(directory, first["node"]) is not None
    if named and not rules.is_signed_by_identity(rest[0], directory):
        return Gone.IDENTITY
    return None


def _number(document: Document) -> int:
    return int(document["body"]["number"])


def _digest(document: Document) -> str:
    return documents.digest(dict(document["body"]))


def _begins(document: Document) -> datetime:
    return clock.parse(document["body"]["valid_from"])
