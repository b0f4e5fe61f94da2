"""A secret in shares: any k of n restore it, fewer say nothing, and a typing error is found."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.exchange import sharing
from ayni.exchange.errors import BadShare, TooFewShares

SECRETS = st.binary(min_size=32, max_size=32)
# SLIP-0039, vectors.json, "4. Basic sharing 2-of-3 (128 bits)": number and value of both mnemonics
# ("shadow pistol academic always …", "shadow pistol academic acid …"), and the secret that they
# share, which is the encrypted master secret of that vector.
PUBLISHED = {
    2: bytes.fromhex("08fb14b66e692e25dfe2edf53289ed62"),
    0: bytes.fromhex("06ab48fef4bedc8ce58baeef0a73f76e"),
}
PUBLISHED_SECRET = bytes.fromhex("cdc017fddc829e791b1371780be0605a")


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    """How many shares, and how many of them are needed."""
    of = draw(st.integers(2, sharing.MOST))
    return of, draw(st.integers(2, of))


def test_the_published_shares_restore_the_published_secret() -> None:
    assert sharing.restore(PUBLISHED) == PUBLISHED_SECRET


def test_a_published_share_that_was_changed_is_noticed() -> None:
    with pytest.raises(BadShare):
        sharing.restore({**PUBLISHED, 0: bytes(16)})


@given(SECRETS, sizes(), st.randoms())
def test_any_k_of_n_restore_the_secret(
    secret: bytes, size: tuple[int, int], chance: object
) -> None:
    of, need = size
    made = sharing.shares(secret, of=of, need=need)
    some = chance.sample(made, need)  # type: ignore[attr-defined]

    assert sharing.combine(some) == secret
    assert sharing.combine(made) == secret
    with pytest.raises(TooFewShares):
        sharing.combine(some[1:] or some[:1])


def test_every_three_of_five_restore_it() -> None:
    secret = bytes(range(32))
    made = sharing.shares(secret, of=5, need=3)

    assert {sharing.combine(some) for some in combinations(made, 3)} == {secret}


def test_one_share_is_as_likely_to_hold_one_byte_as_another_whatever_the_secret() -> None:
    for number in (0, 2):
        seen = Counter(sharing.split(bytes(32), of=3, need=2)[number][0] for _ in range(6000))
        assert len(seen) == 256
        assert max(seen.values()) < 70  # 23 expected; so many would come once in 10**13


@given(SECRETS, sizes())
def test_a_share_is_read_again_from_what_is_around_it(secret: bytes, size: tuple[int, int]) -> None:
    of, need = size
    for one in sharing.shares(secret, of=of, need=need):
        text = "\n".join(
            ["Nodo bo, 3 de 5", *(f"  {line.lower()} " for line in one.lines()), "fin"]
        )
        assert sharing.read(text) == one


@given(
    SECRETS,
    st.integers(0, 3),
    st.integers(0, 23),
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
)
def test_one_wrong_letter_is_found_and_its_line_is_named(
    secret: bytes, line: int, place: int, letter: str
) -> None:
    lines = sharing.shares(secret, of=3, need=2)[0].lines()
    number, letters = lines[line].split(maxsplit=1)
    compact = letters.replace(" ", "")
    if compact[place] == letter:
        return
    lines[line] = f"{number}  {compact[:place]}{letter}{compact[place + 1 :]}"

    with pytest.raises(BadShare) as wrong:
        sharing.read("\n".join(lines))
    assert wrong.value.line == line + 1


def test_digits_that_base_32_does_not_have_are_read_as_the_letters_they_look_like() -> None:
    for one in sharing.shares(bytes(range(32)), of=16, need=2):
        typed = [
            f"{x[:1]}  {x[3:].replace('O', '0').replace('I', '1').replace('B', '8')}"
            for x in one.lines()
        ]
        assert sharing.read("\n".join(typed)) == one


def test_a_missing_line_is_named_and_a_text_without_share_told() -> None:
    lines = sharing.shares(bytes(32), of=3, need=2)[0].lines()

    for text, line in (("\n".join(lines[:2]), 3), ("\n".join(lines[1:]), 1), ("1  hello", 0)):
        with pytest.raises(BadShare) as wrong:
            sharing.read(text)
        assert wrong.value.line == line


def test_shares_of_two_sets_do_not_mix() -> None:
    one, two = (sharing.shares(bytes(32), of=3, need=2) for _ in range(2))

    with pytest.raises(BadShare):
        sharing.combine([one[0], two[1]])


@pytest.mark.parametrize(("of", "need"), [(1, 1), (3, 1), (2, 3), (17, 2)])
def test_sizes_that_protect_nothing_or_cannot_be_are_refused(of: int, need: int) -> None:
    with pytest.raises(ValueError, match="shares"):
        sharing.split(bytes(32), of=of, need=need)
