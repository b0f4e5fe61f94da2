"""The Merkle tree over a log, pure (RFC 9162, section 2.1): the audit chain, the log of messages.

Leaves are the digests of the entries, in order. Each daily head ends on a multiple of 256 leaves:
what is missing is filled with empty leaves, which stay where they are. So who sees a head learns
how many entries there are to the next 256 only. A *block* is the subtree over 256 leaves; since 256
is a power of two, the tree over blocks is the tree over leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

BLOCK = 256


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


# An entry's leaf is over 32 bytes, so it is never this one.
_EMPTY = _leaf(b"")


def blocks(digests: Iterable[bytes]) -> list[bytes]:
    """Roots (32 bytes) of the blocks over these digests; the last is filled with empty leaves."""
    found, waiting = [], iter(digests)
    while level := [_leaf(digest) for digest in islice(waiting, BLOCK)]:
        found.append(_subtree(level + [_EMPTY] * (BLOCK - len(level))))
    return found


def _subtree(level: list[bytes]) -> bytes:
    while len(level) > 1:
        level = [_node(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


# What a log without any entry is signed over.
EMPTY_BLOCK = _subtree([_EMPTY] * BLOCK)


def peaks(count: int, before: Sequence[bytes], more: Iterable[bytes]) -> list[bytes]:
    """Roots of the full subtrees, largest first, after `more` blocks were added to `count` blocks
    whose subtrees were `before` (one for each bit of `count`)."""
    found = list(before)
    for block in more:
        count += 1
        found.append(block)
        for _ in range((count & -count).bit_length() - 1):
            right = found.pop()
            found.append(_node(found.pop(), right))
    return found


def root(subtrees: Sequence[bytes]) -> bytes:
    """The head of the tree with these full subtrees, largest first."""
    if not subtrees:
        return hashlib.sha256(b"").digest()
    head = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        head = _node(left, head)
    return head


def consistency(count: int, before: Sequence[bytes], more: Sequence[bytes]) -> list[bytes]:
    """The proof that a tree of `count` blocks, whose full subtrees were `before`, is the beginning
    of the one with `more` (RFC 9162, 2.1.4.1). What it takes of the first tree are its full
    subtrees, so no older entry is read."""
    known, low = {}, 0
    for subtree in before:
        width = 1 << ((count - low).bit_length() - 1)
        known[low, low + width] = subtree
        low += width

    def head(low: int, high: int) -> bytes:
        if (low, high) in known:
            return known[low, high]
        if high - low == 1:
            return more[low - count]
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        return _node(head(low, middle), head(middle, high))

    proof: list[bytes] = []
    low, high, whole = 0, count + len(more), True
    if count in (0, high):
        return []
    path = []
    while high != count:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if count <= middle:
            path.append(head(middle, high))
            high = middle
        else:
            path.append(head(low, middle))
            low, whole = middle, False
    if not whole:
        proof.append(head(low, high))
    return proof + path[::-1]


def consistent(
    first: int, second: int, *, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof holds that the tree of `first` blocks is the beginning of that of `second`
    (RFC 9162, 2.1.4.2)."""
    if first == second:
        return first_root == second_root and not proof
    if not 0 < first < second or not proof:
        return False
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    a, b = first - 1, second - 1
    while a & 1:
        a, b = a >> 1, b >> 1
    old = new = path[0]
    for part in path[1:]:
        if b == 0:
            return False
        if a & 1 or a == b:
            old, new = _node(part, old), _node(part, new)
            while not a & 1 and a:
                a, b = a >> 1, b >> 1
        else:
            new = _node(new, part)
        a, b = a >> 1, b >> 1
    return old == first_root and new == second_root and b == 0


def inclusion(place: int, digests: Mapping[int, bytes], size: int) -> list[bytes]:
    """The proof that the leaf at `place` (from 0 on) is in the tree of `size` leaves, whose
    `digests` stand at their places and which is empty elsewhere (RFC 9162, 2.1.3.1).

    Raises ValueError for a place outside.
    """
    if not 0 <= place < size:
        raise ValueError(f"place {place} of {size}")
    return _path(place, [_leaf(digests[at]) if at in digests else _EMPTY for at in range(size)])


def _path(place: int, level: Sequence[bytes]) -> list[bytes]:
    proof = []
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            proof.append(level[beside])
        # The last one of an odd level rises as it is: it is the head of an incomplete subtree.
        pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + list(level[len(pairs) * 2 :])
        place >>= 1
    return proof


def block_of(digests: Mapping[int, bytes]) -> bytes:
    """Root of the block with these digests at their places (0 to 255), empty elsewhere."""
    return _subtree([_leaf(digests[at]) if at in digests else _EMPTY for at in range(BLOCK)])


def inclusion_by_blocks(
    place: int, block: Mapping[int, bytes], blocks: Sequence[bytes]
) -> list[bytes]:
    """The same proof out of the roots of all blocks and the digests of one: those of the block in
    which `place` is, at their places within it (0 to 255).

    Raises ValueError for a place outside.
    """
    if not 0 <= place < len(blocks) * BLOCK:
        raise ValueError(f"place {place} of {len(blocks)} blocks")
    within = inclusion(place % BLOCK, block, BLOCK)
    return within + _path(place // BLOCK, blocks)


def included(place: int, size: int, *, digest: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof holds that `digest` is the leaf at `place` of the tree with this `root`
    (RFC 9162, 2.1.3.2)."""
    if not 0 <= place < size:
        return False
    at, last, head = place, size - 1, _leaf(digest)
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            head = _node(part, head)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            head = _node(head, part)
        at, last = at >> 1, last >> 1
    return last == 0 and head == root
