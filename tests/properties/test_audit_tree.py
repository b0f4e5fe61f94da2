"""The Merkle tree of the audit chain against the definition of RFC 9162, written the slow way."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from ayni.audit import tree

COUNTS = st.integers(min_value=1, max_value=70)


def _some(count: int) -> list[bytes]:
    return [hashlib.sha256(str(n).encode()).digest() for n in range(count)]


def _head(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + _head(leaves[:k]) + _head(leaves[k:])).digest()


def _proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [_head(leaves)]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m <= k:
        return [*_proof(m, leaves[:k], whole), _head(leaves[k:])]
    return [*_proof(m - k, leaves[k:], False), _head(leaves[:k])]


@given(COUNTS, COUNTS)
def test_root_and_proof_are_those_of_the_rfc(first: int, more: int) -> None:
    every = _some(first + more)
    before = tree.peaks(0, [], every[:first])
    after = tree.peaks(first, before, every[first:])

    assert tree.root(before) == _head(every[:first])
    assert tree.root(after) == _head(every)
    proof = tree.consistency(first, before, every[first:])
    assert proof == _proof(first, every)
    assert tree.consistent(
        first, first + more, first_root=tree.root(before), second_root=tree.root(after), proof=proof
    )


@given(COUNTS, COUNTS, st.data())
def test_a_tree_with_another_beginning_is_never_consistent(
    first: int, more: int, data: st.DataObject
) -> None:
    every = _some(first + more)
    changed = list(every)
    place = data.draw(st.integers(min_value=0, max_value=first - 1))
    changed[place] = bytes(32)
    before = tree.peaks(0, [], every[:first])
    theirs = tree.peaks(0, [], changed[:first])
    proof = tree.consistency(first, theirs, changed[first:])

    assert not tree.consistent(
        first,
        first + more,
        first_root=tree.root(before),
        second_root=_head(changed),
        proof=proof,
    )


@given(st.integers(min_value=1, max_value=600))
def test_blocks_are_the_tree_over_leaves_filled_to_256(count: int) -> None:
    digests = _some(count)
    leaves = [hashlib.sha256(b"\0" + d).digest() for d in digests]
    leaves += [hashlib.sha256(b"\0").digest()] * (-count % 256)

    assert tree.root(tree.peaks(0, [], tree.blocks(digests))) == _head(leaves)


def test_no_proof_holds_for_a_tree_that_became_smaller() -> None:
    every = _some(3)
    whole, part = tree.peaks(0, [], every), tree.peaks(0, [], every[:2])

    assert not tree.consistent(
        3, 2, first_root=tree.root(whole), second_root=tree.root(part), proof=[]
    )
