"""The directory: only the quorum of the one before changes it, whoever else signs."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.exchange import directory as rules
from ayni.exchange import documents
from ayni.exchange.errors import Equivocation, NotTrusted
from ayni.lib.errors import AyniError

STATES = ["ar", "bo", "br", "cl"]
ALL = [*STATES, "secretariat"]
KEYS = {node: hashlib.sha256(node.encode()).digest() for node in [*ALL, "pe"]}
ISSUED = "2026-11-24T12:00:00Z"


def _member(node: str) -> dict[str, Any]:
    return {
        "endpoint": {"connect_to": "", "url": f"https://{node}.example"},
        "identity_key": documents.encode(documents.public_of(KEYS[node])),
        "node": node,
    }


def _body(quorum: int = 3, **changed: Any) -> dict[str, Any]:
    return {
        "demo": False,
        "format": 1,
        "issued": ISSUED,
        "members": [_member(node) for node in ALL],
        "number": 1,
        "previous": "",
        "quorum": quorum,
        **changed,
    }


def _signed(body: dict[str, Any], signers: set[str]) -> dict[str, Any]:
    return documents.signed("directory", body, {node: KEYS[node] for node in signers})


FOUNDING = _signed(_body(), set(STATES))
SIGNERS = st.sets(st.sampled_from([*ALL, "pe"]), min_size=1)


@given(SIGNERS)
def test_the_first_is_accepted_only_with_every_founding_state(signers: set[str]) -> None:
    document = _signed(_body(), signers)

    if set(STATES) <= signers:
        assert rules.check_founding(document) == document["body"]
    else:
        with pytest.raises(NotTrusted):
            rules.check_founding(document)


@given(SIGNERS, st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=60)
def test_a_change_counts_states_of_the_directory_before(
    signers: set[str], quorum: int, asked: int
) -> None:
    """A joining state, the secretariat and a lower quorum in the new one give nobody more say."""
    before = _signed(_body(quorum), set(STATES))
    changed = _body(
        asked,
        members=[_member("ar"), _member("bo"), _member("pe")],
        number=2,
        previous=documents.digest(before["body"]),
    )
    document = _signed(changed, signers)

    if len(signers & set(STATES)) >= quorum:
        assert rules.check_next(before, document) == changed
    else:
        with pytest.raises(NotTrusted):
            rules.check_next(before, document)


@given(st.sets(st.sampled_from(STATES), min_size=3), st.integers(1, 5), st.booleans())
def test_only_the_next_number_on_top_of_this_one_follows(
    signers: set[str], number: int, linked: bool
) -> None:
    previous = documents.digest(FOUNDING["body"]) if linked else "0" * 64
    document = _signed(_body(2, number=number, previous=previous), signers)

    if number == 2 and linked:
        assert rules.check_next(FOUNDING, document)["number"] == 2
    elif number == 1:
        with pytest.raises(Equivocation):
            rules.check_next(FOUNDING, document)
    else:
        with pytest.raises(NotTrusted):
            rules.check_next(FOUNDING, document)


@given(st.data())
@settings(max_examples=150)
def test_a_changed_byte_of_the_first_is_refused(data: st.DataObject) -> None:
    raw = documents.canonical(FOUNDING)
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = (
        raw[:place] + bytes([raw[place] ^ (1 << data.draw(st.integers(0, 7)))]) + (raw[place + 1 :])
    )

    with pytest.raises(AyniError):
        rules.check_founding(documents.parse(changed))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=8,
)


@given(JSON, JSON)
def test_whatever_else_comes_is_refused_with_our_own_error(body: Any, signatures: Any) -> None:
    for document in (body, {"body": body, "signatures": signatures}):
        with pytest.raises(AyniError):
            rules.check_founding(document)


@given(st.dictionaries(st.text(max_size=6), JSON), JSON)
def test_signatures_of_any_shape_are_malformed_or_do_not_count(
    body: dict[str, Any], signatures: Any
) -> None:
    document = {"body": body, "signatures": signatures}
    try:
        assert documents.signers("directory", document, {}) == set()
    except AyniError:
        pass


@pytest.mark.parametrize("depth", [50, 200, 400, 900, 5000])
def test_deep_nesting_is_refused_or_read_and_never_a_crash(depth: int) -> None:
    raw = b"[" * depth + b"]" * depth
    try:
        documents.parse(raw)
    except AyniError:
        assert depth > 50


def test_an_endless_number_is_malformed() -> None:
    with pytest.raises(AyniError):
        documents.parse(b"9" * 10_000)
