"""What a node's daily head is beside the ones of it that are held already. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from ayni.lib import tree

Body = Mapping[str, Any]


class Finding(StrEnum):
    """How a head stands to the earlier heads of the same node."""

    FIRST = "first"
    FOLLOWS = "follows"
    SAME = "same"
    RESTORED = "restored"
    GAP = "gap"
    ANEW = "anew"
    CONTRADICTS = "contradicts"


# A person must see these. Nothing of them is accepted silently, a restored node neither.
ALARMING = frozenset({Finding.RESTORED, Finding.GAP, Finding.ANEW, Finding.CONTRADICTS})


def _grew(before: Body, new: Body, proof: Sequence[bytes]) -> bool:
    """Whether the new tree begins with the former one, by the proof."""
    return new["number"] == before["number"] + 1 and tree.consistent(
        before["size"] // tree.BLOCK,
        new["size"] // tree.BLOCK,
        first_root=bytes.fromhex(before["root"]),
        second_root=bytes.fromhex(new["root"]),
        proof=proof,
    )


def compare(
    held: Mapping[str, Body],
    latest: str,
    *,
    digest: str,
    new: Body,
    proof: Sequence[bytes],
    other_identity: bool = False,
) -> Finding:
    """How `new` (its `digest` in hexadecimal) stands to the heads held of its node, by digest.

    `latest` is the digest of the one accepted last, empty if there is none. A head says which one
    it follows (`previous`), and proves that its tree begins with that one's. `other_identity`: the
    directory names another identity key for its node than when the latest was signed. Then a first
    head begins another line: the node was set up again by who has that key. It is no way around an
    alarm: the states have voted on the key, people are told, and it happens once for each key.
    """
    if digest in held:
        return Finding.SAME
    if not latest:
        return Finding.FIRST
    if other_identity and new["number"] == 1 and not new["previous"]:
        return Finding.ANEW
    previous = held.get(new["previous"])
    grew = previous is not None and _grew(previous, new, proof)
    if new["restored"]:
        return Finding.RESTORED if grew else Finding.CONTRADICTS
    if new["previous"] == latest:
        return Finding.FOLLOWS if grew else Finding.CONTRADICTS
    if previous is None and new["number"] > held[latest]["number"] + 1:
        return Finding.GAP
    return Finding.CONTRADICTS


def two_truths(one: Body, other: Body) -> bool:
    """Whether a node has signed two different heads that follow the same one, and no restoring
    explains the second: each of two others was shown another history."""
    same_place = one["number"] == other["number"] and one["previous"] == other["previous"]
    return one != other and same_place and not one["restored"] and not other["restored"]


def explained(lost: Body, own: Sequence[Body]) -> bool:
    """Whether a restoring that `own` heads tell explains why `lost` is none of them: it was signed
    before that, on the days that the backup did not hold."""
    return any(
        head["restored"] and lost["number"] >= head["number"] and lost["at"] <= head["restored"]
        for head in own
    )
