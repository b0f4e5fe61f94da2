"""How a directory changes: what is proposed, what that means, and whose votes there are. Pure.

A change is prepared by anybody and takes force by the signatures of as many states as the directory
*before* demands (`directory.check_next`). The secretariat is needed for none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ayni.exchange import directory as rules
from ayni.exchange import documents
from ayni.exchange.errors import Malformed, NotTrusted
from ayni.lib import clock

# By how much the clock of who proposes may be ahead of the clock of who votes.
AHEAD = timedelta(minutes=10)


class Kind(StrEnum):
    """What happens to a member, or to the directory."""

    ADDED = "added"
    REMOVED = "removed"
    REKEYED = "rekeyed"
    MOVED = "moved"
    QUORUM = "quorum"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two directories. `before` and `after` are identity keys, addresses or
    numbers as texts; empty where there is none."""

    kind: Kind
    node: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Votes:
    """Whose signatures count: states of the directory before. `needed` is its quorum."""

    states: tuple[str, ...]
    missing: tuple[str, ...]
    needed: int

    @property
    def enough(self) -> bool:
        """Whether the directory may take force."""
        return len(self.states) >= self.needed


def propose(
    before: Mapping[str, Any],
    *,
    issued: datetime,
    add: Sequence[Mapping[str, Any]] = (),
    remove: Sequence[str] = (),
    change: Sequence[Mapping[str, Any]] = (),
    quorum: int | None = None,
) -> dict[str, Any]:
    """The body of the directory that would follow `before`.

    `add` and `change` are entries as a node writes them (`node`, `identity_key`, `endpoint`);
    `change` gives a member a new key or address, and so replaces the secretariat as well; `quorum`
    is from then on the number of states that a further change needs, None for as it was. If the one
    before is dated later than `issued`, it has the date of that one.
    Raises `Malformed` for a change that cannot be, or that changes nothing.
    """
    members = {entry["node"]: dict(entry) for entry in before["members"]}
    for entry in add:
        if entry.get("node") in members:
            raise Malformed(f"{entry.get('node')} is a member already: change it")
        members[str(entry.get("node"))] = dict(entry)
    for entry in change:
        if entry.get("node") not in members:
            raise Malformed(f"{entry.get('node')} is no member: add it")
        members[str(entry["node"])] = dict(entry)
    for node in remove:
        if members.pop(node, None) is None:
            raise Malformed(f"{node} is no member")
    body = {
        **before,
        "issued": max(clock.isoformat(issued), before["issued"]),
        "members": [members[node] for node in sorted(members)],
        "number": before["number"] + 1,
        "previous": documents.digest(dict(before)),
        "quorum": before["quorum"] if quorum is None else quorum,
    }
    rules.checked_directory({"body": body, "signatures": []})
    if not differences(before, body):
        raise Malformed("nothing would change")
    return body


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What a directory changes, member by member, for people to read before they vote."""
    found = []
    old = {entry["node"]: entry for entry in before["members"]}
    new = {entry["node"]: entry for entry in after["members"]}
    for node in sorted(set(old) | set(new)):
        was, becomes = old.get(node), new.get(node)
        if was is None or becomes is None:
            kind = Kind.ADDED if was is None else Kind.REMOVED
            key = (becomes or was or {})["identity_key"]
            pair = ("", key) if was is None else (key, "")
            found.append(Change(kind, node, *pair))
            continue
        if was["identity_key"] != becomes["identity_key"]:
            found.append(Change(Kind.REKEYED, node, was["identity_key"], becomes["identity_key"]))
        if was["endpoint"] != becomes["endpoint"]:
            found.append(
                Change(Kind.MOVED, node, was["endpoint"]["url"], becomes["endpoint"]["url"])
            )
    if before["quorum"] != after["quorum"]:
        found.append(Change(Kind.QUORUM, "", str(before["quorum"]), str(after["quorum"])))
    return found


def check_proposed(before: Mapping[str, Any], document: Any) -> dict[str, Any]:
    """The body of a proposal that follows the directory in force, whoever has signed it.

    Raises `NotTrusted` for one that follows another directory or is dated before it, `Malformed`.
    """
    body = rules.checked_directory(document)
    if body["number"] != before["number"] + 1 or body["previous"] != documents.digest(dict(before)):
        raise NotTrusted("the proposal does not follow from the directory in force here")
    if body["demo"] != before["demo"]:
        raise NotTrusted("a demonstration never becomes a real platform, nor the reverse")
    if body["issued"] < before["issued"]:
        raise NotTrusted("the proposal is dated before the directory in force here")
    return body


def check_not_ahead(before: Mapping[str, Any], body: Mapping[str, Any], *, now: datetime) -> None:
    """Raise `NotTrusted` for a proposal dated more than `AHEAD` from now: until that time what a
    new member signs proves nothing. If the directory before is dated so, it may have the same date.

    Only who votes or publishes asks this. What has its votes every node accepts, whatever its own
    clock says: otherwise a slow clock would leave a node behind.
    """
    if body["issued"] > max(clock.isoformat(now + AHEAD), before["issued"]):
        raise NotTrusted(f"dated {body['issued']}, which is still to come by the clock here")


def votes(before: Mapping[str, Any], document: Any) -> Votes:
    """Whose signatures under a proposal count."""
    states = {
        entry["node"]: documents.decode(entry["identity_key"])
        for entry in before["members"]
        if entry["node"] != rules.SECRETARIAT
    }
    signed = documents.signers("directory", document, states) if document["signatures"] else set()
    return Votes(tuple(sorted(signed)), tuple(sorted(set(states) - signed)), int(before["quorum"]))


def gather(documents_given: Iterable[Any]) -> dict[str, Any]:
    """One document with the signatures of all; each signer once. Raises `Malformed` if they are
    not about the same directory, byte for byte."""
    body: Mapping[str, Any] | None = None
    signatures: dict[str, Any] = {}
    for given in documents_given:
        checked = rules.checked_directory(given)
        if body is not None and documents.digest(checked) != documents.digest(dict(body)):
            raise Malformed("the votes are about different proposals")
        body = checked
        if given["signatures"]:
            for entry in documents.signature_list(
                given["signatures"], largest=documents.MOST_SIGNATURES
            ):
                signatures[entry["signer"]] = entry
    if body is None:
        raise Malformed("no vote was given")
    return {"body": dict(body), "signatures": [signatures[name] for name in sorted(signatures)]}
