"""What two nodes say to each other about an attachment: the question, and what is missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ayni.exchange import documents
from ayni.exchange.errors import Malformed

_ID = re.compile(r"[0-9a-f]{32}")


def is_id(text: object) -> bool:
    """Whether this is the id of an attachment."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def asked_about(raw: bytes) -> str:
    """The attachment that a question is about. Raises `Malformed`, `TooLarge`."""
    question = documents.parse(raw)
    ident = question.get("attachment") if isinstance(question, dict) else None
    if not isinstance(ident, str) or not is_id(ident):
        raise Malformed("attachment")
    return ident


def missing(told: Mapping[str, Any], *, chunks: int) -> list[int]:
    """The numbers that the other side lacks, each once, in order. Raises `Malformed` for a number
    that the attachment does not have: it would be asked for without an end."""
    numbers = told.get("missing")
    if not isinstance(numbers, list) or len(numbers) > chunks:
        raise Malformed("missing")
    if not all(type(each) is int and 0 <= each < chunks for each in numbers):
        raise Malformed("missing: number")
    return sorted(set(numbers))
