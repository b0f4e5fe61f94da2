"""The envelope: what goes in comes out for the recipient only, and any change is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.exchange import documents, envelope, suites
from ayni.exchange.errors import Malformed, NotGenuine, SuiteRefused, TooLarge, WrongRecipient
from ayni.lib.errors import AyniError

CREATED = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIGNING = bytes(range(32))
KEYS = {number: suites.generate(number) for number in suites.SUITES}
# Any text but the character that no database keeps, which is refused on both sides.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(LETTERS, max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(LETTERS, max_size=8), inner)
    ),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(st.text(LETTERS, min_size=1, max_size=12), JSON, max_size=6)
SUITES = st.sampled_from(sorted(suites.SUITES))


def _seal(payload: dict[str, Any], number: int = 1) -> bytes:
    return envelope.seal(
        payload,
        route=envelope.Route(number, "ar", "ar-programme", 1, "bo", "bo-consulate", 1),
        kind="referral",
        message="a" * 32,
        conversation="b" * 32,
        sequence=1,
        created=CREATED,
        due=None,
        recipient_key=KEYS[number][1],
        signing_key=SIGNING,
    )


def _open(raw: bytes, number: int = 1, **changed: Any) -> dict[str, Any]:
    sealed = envelope.parse(raw)
    envelope.check_signature(sealed, documents.public_of(SIGNING))
    arguments = {
        "recipient": "bo",
        "recipient_institution": "bo-consulate",
        "private_key": KEYS[number][0],
        "accepted_suites": [1, 2],
    }
    return envelope.open_payload(sealed, **{**arguments, **changed})


@given(PAYLOADS, SUITES)
@settings(max_examples=60)
def test_the_recipient_reads_what_was_sent(payload: dict[str, Any], number: int) -> None:
    assert _open(_seal(payload, number), number) == payload


@given(st.text(LETTERS, max_size=5), st.text(LETTERS, max_size=5))
def test_a_text_with_the_character_zero_is_neither_sent_nor_taken(before: str, after: str) -> None:
    text = f"{before}\0{after}"
    with pytest.raises(Malformed):
        _seal({"data": text})
    with pytest.raises(Malformed):
        documents.parse(rfc8785.dumps({text: 1}))
    # The same six letters, written out: a text like any other.
    written = f"{before}\\u0000{after}"
    assert documents.parse(documents.canonical({"data": written})) == {"data": written}


@given(st.data(), SUITES)
@settings(max_examples=300)
def test_any_changed_bit_is_refused(data: st.DataObject, number: int) -> None:
    raw = _WHOLE[number]
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    changed = bytearray(raw)
    changed[place // 8] ^= 1 << place % 8

    with pytest.raises((Malformed, NotGenuine, TooLarge, SuiteRefused)):
        _open(bytes(changed), number)


@given(st.binary(max_size=200) | st.builds(lambda b: envelope.MARK + b, st.binary(max_size=300)))
def test_arbitrary_bytes_are_refused_with_our_own_error(raw: bytes) -> None:
    with pytest.raises(AyniError):
        envelope.parse(raw)


@given(st.integers(0, 5000), st.sampled_from([b"", b"x"]))
@settings(max_examples=50)
def test_a_cut_or_longer_envelope_is_refused(cut: int, more: bytes) -> None:
    raw = _WHOLE[1]
    shorter = raw[: max(0, len(raw) - 1 - cut)] + more

    with pytest.raises((Malformed, NotGenuine)):
        _open(shorter)


@given(st.integers(0, 30_000))
@settings(max_examples=40)
def test_the_size_tells_only_a_class(length: int) -> None:
    size = len(envelope.parse(_seal({"data": "x" * length})).ciphertext)

    assert size - 16 in {4096, 16_384, 65_536}


def test_another_institution_cannot_open_it() -> None:
    with pytest.raises(WrongRecipient):
        _open(_seal({}), recipient_institution="bo-ministry")


def test_another_institutions_key_cannot_open_it() -> None:
    with pytest.raises(NotGenuine):
        _open(_seal({}), private_key=suites.generate(1)[0])


def test_a_downgrade_that_the_key_sheet_refuses_is_refused() -> None:
    with pytest.raises(SuiteRefused):
        _open(_seal({}), accepted_suites=[2])


def test_an_envelope_signed_by_somebody_else_is_refused() -> None:
    sealed = envelope.parse(_seal({}))

    with pytest.raises(NotGenuine):
        envelope.check_signature(sealed, documents.public_of(bytes(32)))


def test_a_second_truth_under_the_same_commitment_is_refused() -> None:
    assert envelope.commitment(b"1" * 32, {"a": 1}) != envelope.commitment(b"1" * 32, {"a": 2})
    assert envelope.commitment(b"1" * 32, {"a": 1}) != envelope.commitment(b"2" * 32, {"a": 1})


_WHOLE = {number: _seal({"data": {"name": "x"}}, number) for number in suites.SUITES}
