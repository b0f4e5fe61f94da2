"""What the digest of an entry covers, against the plain reading of the rule (pure)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ayni.audit import chain

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_ENTRIES = st.fixed_dictionaries(
    {
        "at": st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)),  # noqa: DTZ001
        "actor": st.dictionaries(_TEXT, _TEXT, max_size=4),
        "verb": _TEXT,
        "subject": _TEXT,
        "detail": st.dictionaries(_TEXT, _TEXT, max_size=4),
    }
)


def _plainly(entry: dict[str, Any], *, number: int, previous: bytes) -> bytes:
    whole = {
        **entry,
        "at": entry["at"].isoformat(timespec="microseconds"),
        "number": number,
        "previous": previous.hex(),
    }
    return hashlib.sha256(rfc8785.dumps(whole)).digest()


@given(_ENTRIES, st.integers(1, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_a_digest_covers_the_canonical_form_of_the_whole_entry(
    entry: dict[str, Any], number: int, previous: bytes
) -> None:
    found = chain.digest(previous=previous, number=number, **entry)

    assert found == _plainly(entry, number=number, previous=previous)


@given(_ENTRIES, _ENTRIES)
def test_no_two_entries_have_the_same_parts(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (chain.around(**one) == chain.around(**other)) == (one == other)
