"""The Merkle tree over the audit chain, pure (RFC 9162, section 2.1).

Leaves are the digests of the entries, in order. Each daily head ends on a multiple of 256 leaves:
what is missing is filled with empty leaves, which stay where they are. So who sees a head learns
how many entries there are to the next 256 only. A *block* is the subtree over 256 leaves; since 256
is a power of two, the tree over blocks is the tree over leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
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
        level += [_EMPTY] * (BLOCK - len(level))
        while len(level) > 1:
            level = [_node(level[i], level[i + 1]) for i in range(0, len(level), 2)]
        found.append(level[0])
    return found


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
