"""Whether the messages of a bundle stand in the daily signed heads over the log of messages. Pure.

A bundle carries heads of the exporting node, for each receipted message the way from its leaf to
one of them (RFC 9162, 2.1.3), and heads that one node keeps of another: those of the exporter that
others say they hold, and those of the other side that the exporter holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ayni.exchange import documents
from ayni.exchange.errors import Malformed, NotGenuine, Rejected
from ayni.exchange.said import Said
from ayni.lib import clock, tree
from ayni.lib.terminal import gettext_noop as _

PURPOSE = "log-head"
_LOG = frozenset({"heads", "kept", "proofs"})
_PROOF = frozenset({"head", "message", "path", "place"})
_KEPT = frozenset({"by", "head"})
_HEAD = frozenset(
    {"at", "format", "node", "number", "previous", "restored", "root", "sheet", "size"}
)
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head: whose, its number, when, over how many leaves; `digest` names its body."""

    node: str
    number: int
    at: datetime
    size: int
    root: bytes
    digest: str
    previous: str
    restored: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """That `by` keeps this head of another node."""

    by: str
    head: Head


class Keys(Protocol):
    """Who signs when, as a bundle's directories and key sheets say."""

    def signing_key(self, node: str, number: int, at: datetime) -> bytes:
        """The key of a node under a sheet at a time. Raises `NotGenuine`."""

    def revoked_at(self, node: str, number: int) -> datetime | None:
        """When a later sheet revoked that one."""

    def check_member(self, node: str, at: datetime) -> None:
        """Raise `NotGenuine` for one that was no member then."""


def check_form(log: Any) -> None:
    """Raise `Malformed` unless this is what a bundle says about the log."""
    if not isinstance(log, dict) or set(log) != _LOG:
        raise Malformed("bundle: log has heads, kept and proofs")
    if not all(isinstance(log[name], list) for name in _LOG):
        raise Malformed("bundle: log holds lists")
    for each, names in [(p, _PROOF) for p in log["proofs"]] + [(k, _KEPT) for k in log["kept"]]:
        if not isinstance(each, dict) or set(each) != names:
            raise Malformed("bundle: proofs, kept")


def checked_head(document: Any, keys: Keys) -> Head:
    """A head that its node has signed while it might. Raises `Malformed`, `NotGenuine`."""
    try:
        body = document["body"]
        if set(body) != _HEAD or body["format"] != 1:
            raise Malformed("a head of format 1 has exactly its names")
        numbers = [body[name] for name in ("number", "sheet", "size")]
        if not all(type(each) is int and each > 0 for each in numbers):
            raise Malformed("a head: number, sheet, size")
        root = bytes.fromhex(body["root"])
        at = clock.parse(body["at"])
        node, previous = str(body["node"]), str(body["previous"])
    except (KeyError, TypeError, ValueError):
        raise Malformed("a head that cannot be read") from None
    key = keys.signing_key(node, body["sheet"], at)
    revoked = keys.revoked_at(node, body["sheet"])
    if revoked is not None and revoked <= at:
        raise NotGenuine(Said(_("its key was revoked")))
    if documents.signers(PURPOSE, document, {node: key}) != {node}:
        raise NotGenuine(Said(_("not signed by %(node)s"), node=node))
    return Head(
        node,
        body["number"],
        at,
        body["size"],
        root,
        documents.digest(body),
        previous,
        bool(body["restored"]),
    )


def two_truths(one: Head, other: Head) -> bool:
    """Whether a node has signed two heads with one number after the same one, and no restoring
    explains it."""
    same = (one.node, one.number, one.previous) == (other.node, other.number, other.previous)
    return same and one.digest != other.digest and not (one.restored or other.restored)


def checked_copy(entry: Mapping[str, Any], keys: Keys) -> Copy:
    """A head that one node keeps of another. Raises `Malformed`, `NotGenuine`."""
    head = checked_head(entry["head"], keys)
    keys.check_member(str(entry["by"]), head.at)
    return Copy(str(entry["by"]), head)


def proven(proof: Mapping[str, Any], heads: Mapping[int, Head], answer: Mapping[str, Any]) -> Head:
    """The head under which the receipt stands. Raises `Malformed`, `NotGenuine`."""
    try:
        head = heads[proof["head"]]
    except (KeyError, TypeError):
        raise NotGenuine(Said(_("the head that it names is not in the file"))) from None
    path = proof["path"]
    if type(proof["place"]) is not int or not isinstance(path, list) or len(path) > _DEEPEST:
        raise Malformed("a proof: place, path")
    try:
        parts = [bytes.fromhex(part) for part in path]
    except (TypeError, ValueError):
        raise Malformed("a proof: path") from None
    digest = bytes.fromhex(documents.digest(answer["body"]))
    if not tree.included(proof["place"], head.size, digest=digest, root=head.root, proof=parts):
        said = _("it does not stand in head %(number)s of %(node)s")
        raise NotGenuine(Said(said, number=head.number, node=head.node))
    return head


@dataclass(slots=True)
class Log:
    """What a bundle's word about the log came to. `said`: whether the file carries one at all;
    `under`: message id -> the head that holds it; `copies`: who keeps which head."""

    said: bool = False
    under: dict[str, Head] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)

    def keepers(self, head: Head) -> list[str]:
        """The nodes, but for its own, that are said to keep a head."""
        by = {copy.by for copy in self.copies if copy.head.digest == head.digest}
        return sorted(by - {head.node})


Wrong = Callable[[str, Rejected], None]


def judge(
    log: Mapping[str, Any],
    *,
    node: str,
    keys: Keys,
    answers: Mapping[str, Sequence[Mapping[str, Any]]],
    wrong: Wrong,
) -> Log:
    """Every head, copy and proof of a bundle that `node` wrote. `answers`: the receipts of each
    message that were shown to be genuine; of one that was sealed again there are several, and the
    log holds one. What does not hold is told to `wrong` with its place."""
    found = Log(said=True)
    heads: dict[int, Head] = {}
    for document in log["heads"]:
        try:
            head = checked_head(document, keys)
            if head.node != node or heads.setdefault(head.number, head) != head:
                raise NotGenuine(Said(_("not one head of this node for each number")))
        except Rejected as refused:
            wrong("head of the log", refused)
    for entry in log["kept"]:
        try:
            found.copies.append(checked_copy(entry, keys))
        except Rejected as refused:
            wrong("kept head", refused)
    for proof in log["proofs"]:
        message = str(proof["message"])
        try:
            if message not in answers:
                raise NotGenuine(Said(_("a proof of a message without a receipt in the file")))
            found.under[message] = _proven_of_one(proof, heads, answers[message])
        except Rejected as refused:
            wrong(f"proof of {message}", refused)
    _check_one_line([*heads.values(), *(copy.head for copy in found.copies)], wrong)
    return found


def _proven_of_one(
    proof: Mapping[str, Any], heads: Mapping[int, Head], receipts: Sequence[Mapping[str, Any]]
) -> Head:
    *others, last = receipts
    for receipt in others:
        with suppress(NotGenuine):
            return proven(proof, heads, receipt)
    return proven(proof, heads, last)


def _check_one_line(heads: list[Head], wrong: Wrong) -> None:
    first: dict[tuple[str, int, str], Head] = {}
    for head in heads:
        known = first.setdefault((head.node, head.number, head.previous), head)
        if two_truths(known, head):
            where = f"head {head.number} of {head.node}"
            wrong(where, NotGenuine(Said(_("two heads with one number"))))


def contradicting(one: Log, other: Log) -> list[tuple[Head, Head]]:
    """Heads of two files that cannot both be true."""
    left = [*one.under.values(), *(copy.head for copy in one.copies)]
    right = [*other.under.values(), *(copy.head for copy in other.copies)]
    pairs = [(mine, theirs) for mine in left for theirs in right if two_truths(mine, theirs)]
    return sorted(set(pairs), key=lambda pair: (pair[0].node, pair[0].number))
