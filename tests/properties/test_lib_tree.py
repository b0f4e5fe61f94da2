"""The Merkle tree of the logs against the definition of RFC 9162, written the slow way."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from ayni.lib import tree

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


def _path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m < k:
        return [*_path(m, leaves[:k]), _head(leaves[k:])]
    return [*_path(m - k, leaves[k:]), _head(leaves[:k])]


@given(COUNTS, st.data())
def test_a_leaf_is_proven_as_the_rfc_says_and_no_other_is(size: int, data: st.DataObject) -> None:
    digests = dict(enumerate(_some(size)))
    leaves = [hashlib.sha256(b"\0" + d).digest() for d in digests.values()]
    place = data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = tree.inclusion(place, digests, size)
    root = _head(leaves)

    assert proof == _path(place, leaves)
    holds = tree.included(place, size, digest=digests[place], root=root, proof=proof)
    assert holds
    for other in range(size):
        for digest in (digests[other], bytes(32)):
            told = tree.included(other, size, digest=digest, root=root, proof=proof)
            assert told == (other == place and digest == digests[place])
    assert not tree.included(place, size, digest=digests[place], root=root, proof=[*proof, root])


def test_places_without_a_digest_are_empty_leaves() -> None:
    digests = dict(enumerate(_some(3)))
    root = tree.root(tree.peaks(0, [], tree.blocks(digests.values())))
    proof = tree.inclusion(2, digests, 256)

    assert tree.included(2, 256, digest=digests[2], root=root, proof=proof)
    assert tree.blocks([]) == []
    assert tree.EMPTY_BLOCK == _head([hashlib.sha256(b"\0").digest()] * 256)


def test_the_trees_of_the_test_vectors_of_certificate_transparency() -> None:
    """Of the reference implementation of RFC 6962 (google/certificate-transparency,
    merkletree/merkle_tree_test.cc): eight leaves, the roots over the first 1 to 8 of them."""
    leaves = [bytes.fromhex(text) for text in _CT_LEAVES]
    hashed = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    for count, expected in enumerate(_CT_ROOTS, 1):
        assert tree.root(tree.peaks(0, [], hashed[:count])).hex() == expected
        digests = dict(enumerate(leaves[:count]))
        for place in range(count):
            assert tree.included(
                place,
                count,
                digest=leaves[place],
                root=bytes.fromhex(expected),
                proof=tree.inclusion(place, digests, count),
            )


_CT_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f")  # fmt: skip
_CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@given(st.integers(1, 5), st.data())
def test_a_proof_out_of_the_roots_of_blocks_is_the_one_out_of_all_leaves(
    count: int, data: st.DataObject
) -> None:
    size = count * tree.BLOCK
    digests = dict(enumerate(_some(size)))
    left_empty = data.draw(st.sets(st.integers(0, size - 1), max_size=20))
    digests = {at: digest for at, digest in digests.items() if at not in left_empty}
    of = [
        {at - n * tree.BLOCK: d for at, d in digests.items() if at // tree.BLOCK == n}
        for n in range(count)
    ]
    roots = [tree.block_of(block) for block in of]
    place = data.draw(st.sampled_from(sorted(digests)))

    proof = tree.inclusion_by_blocks(place, of[place // tree.BLOCK], roots)

    assert proof == tree.inclusion(place, digests, size)
    root = tree.root(tree.peaks(0, [], roots))
    assert tree.included(place, size, digest=digests[place], root=root, proof=proof)
