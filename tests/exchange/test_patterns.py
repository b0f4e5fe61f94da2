"""Patterns of the kinds of message mean what JSON Schema says (ECMA-262), not what Python says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from ayni.exchange import wired
from ayni.exchange.errors import Malformed
from ayni.exchange.kinds import MessageKind


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for each in schema.values():
            yield from _patterns(each)
    if isinstance(schema, list):
        for each in schema:
            yield from _patterns(each)


def _kind(pattern: str) -> MessageKind:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}}
    return MessageKind(name="test", personal=False, schema=schema, about_person=False)


@pytest.mark.parametrize("pattern", ["^[a-z]{0,4}$", "^(ab|cd)$", "^ab"])
def test_what_a_pattern_is_written_for_is_taken(pattern: str) -> None:
    _kind(pattern).check({"a": "ab"})


@pytest.mark.parametrize("value", ["ab\n", "\nab", "ab\n\n", "AB", "ab\r"])
def test_a_line_break_at_the_end_is_not_the_end(value: str) -> None:
    with pytest.raises(Malformed, match="a: pattern"):
        _kind("^[a-z]{0,4}$").check({"a": value})


@pytest.mark.parametrize("name", sorted(settings.AYNI_MESSAGE_KINDS))
def test_no_pattern_of_a_kind_means_a_dollar_sign(name: str) -> None:
    for pattern in _patterns(wired.kind(name).schema):
        assert not re.search(r"\\\$|\[[^\]]*\$", pattern)
