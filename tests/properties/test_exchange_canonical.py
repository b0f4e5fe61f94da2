"""The quick way to the canonical form writes what RFC 8785 writes, for anything JSON can hold."""

from __future__ import annotations

from typing import Any

import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from ayni.exchange import documents
from ayni.exchange.errors import Malformed

_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20)
)
_ANY = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_nul(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(_holds_nul(one) for one in value)
    return isinstance(value, str) and "\0" in value


@given(_ANY)
@example({"\ue000": 1, "\U0001f600": 2})
@example({"a": 2**53, "b": [1.5, 1e30, -0.0]})
@example({"text": '\u007f\u2028\x00\x1f"\\/\n\t\b\f'})
@example({"text": "\\u0000"})
@example({"text": "\0"})
@example("\ud800")
def test_the_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    try:
        wanted: bytes | None = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, ValueError):
        wanted = None
    if _holds_nul(value):
        wanted = None  # no database of texts keeps it
    try:
        found: bytes | None = documents.canonical(value)
    except Malformed:
        found = None

    assert found == wanted


def test_what_is_no_json_has_no_canonical_form() -> None:
    for value in (b"bytes", {1: "a name that is no text"}, {"set": {1}}, object()):
        try:
            documents.canonical(value)
        except Malformed:
            continue
        raise AssertionError(f"{value!r} has no canonical form")
