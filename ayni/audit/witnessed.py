"""The chain beside its signed heads: those kept here, and those that others hold of this node.

A chain that was rewritten as a whole holds by itself; it does not hold against what was signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ayni.audit import comparing
from ayni.audit.heads import Document, digest_of, digests_of_entries
from ayni.audit.models import Entry, SignedHead
from ayni.audit.verifying import Broken
from ayni.lib import tree


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How many heads were compared: `own`, kept here, and `abroad`, held by others; of these
    `explained` were signed on days that a restored backup did not hold, and `not_ours` bear no
    signature of this node, so that they prove nothing. `broken`: the first that does not hold."""

    own: int
    abroad: int
    explained: int
    not_ours: int
    broken: Broken | None


def _broken(code: str, why: str, first: int, until: int | None) -> Broken:
    entry = Entry.objects.filter(number=first).first()
    verb, at = ("", None) if entry is None else (entry.verb, entry.at)
    return Broken(first, code, why, verb, at, until)


def verify_heads(*, abroad: Sequence[Document], is_ours: Callable[[Document], bool]) -> Witnessed:
    """Compute each signed head again from the entries and compare; then the ones held `abroad`,
    by this node's signature (`is_ours`). Reads every entry's digest once."""
    own, broken = _own(is_ours)
    by_digest = {row.digest: row for row in own}
    bodies = [row.document["body"] for row in own]
    explained = not_ours = 0
    for document in abroad:
        body = document["body"]
        if not is_ours(document):
            not_ours += 1
        elif digest_of(body) in by_digest:
            continue
        elif comparing.explained(body, bodies):
            explained += 1
        elif broken is None:
            broken = _contradicted(document, own)
    return Witnessed(len(own), len(abroad), explained, not_ours, broken)


def _own(is_ours: Callable[[Document], bool]) -> tuple[list[SignedHead], Broken | None]:
    own = list(SignedHead.objects.order_by("number"))
    covered, count, previous = 0, 0, ""
    subtrees: list[bytes] = []
    for number, row in enumerate(own, 1):
        body = row.document["body"]
        of = f"head {number} of {body['at']}"
        if row.number != number:
            return own, _broken("head_missing", f"{of} is missing", covered + 1, row.entries)
        more = tree.blocks(digests_of_entries(covered + 1, row.entries))
        subtrees = tree.peaks(count, subtrees, more)
        count += len(more)
        holds = (
            body["number"] == number
            and body["previous"] == previous
            and body["size"] == count * tree.BLOCK
            and body["root"] == tree.root(subtrees).hex()
            and row.digest == digest_of(body)
        )
        if not holds or not is_ours(row.document):
            why = f"the entries are not those that were signed as {of}"
            return own, _broken("signed_head", why, covered + 1, row.entries)
        covered, previous = row.entries, row.digest
    return own, None


def _contradicted(document: Document, own: Sequence[SignedHead]) -> Broken:
    """Since the last head of ours that stands before it."""
    body = document["body"]
    before = [row for row in own if row.number < body["number"]]
    same = [row for row in own if row.number == body["number"]]
    first = before[-1].entries + 1 if before else 1
    why = f"another node holds another head {body['number']} of {body['at']}, signed by this node"
    return _broken("held_abroad", why, first, same[0].entries if same else None)
