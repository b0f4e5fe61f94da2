"""Fetching the chunks of an attachment from a peer: the form of question and answer. Pure.

The question is canonical JSON: `attachment`, `missing` (the numbers of the chunks that are not
here, in order), `state` (how it stands with it here: `coming`, `whole`, `removed`), `to` (the peer)
and `token` (what the peer gave last for this attachment). The answer is bytes: the mark `AYNC`, one
version byte, the next token, and the sealed chunk of the first number, or nothing if none is
missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ayni.exchange import documents, stream
from ayni.exchange.errors import Malformed, TooLarge

MARK = b"AYNC\x01"
TOKEN_BYTES = 16
LARGEST_QUESTION = 8192
_HEAD = len(MARK) + TOKEN_BYTES
LARGEST = _HEAD + stream.SEALED_CHUNK
COMING, WHOLE, REMOVED = "coming", "whole", "removed"
_STATES = frozenset({COMING, WHOLE, REMOVED})
_ID = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"(?:[0-9a-f]{32})?")
_NAMES = frozenset({"attachment", "missing", "state", "to", "token"})


@dataclass(frozen=True, slots=True)
class Question:
    """`missing` is empty unless `state` is `coming`."""

    to: str
    attachment: str
    state: str
    missing: Sequence[int] = ()
    token: str = ""


def pack_question(question: Question) -> bytes:
    """The bytes of a question."""
    return documents.canonical(
        {
            "attachment": question.attachment,
            "missing": list(question.missing),
            "state": question.state,
            "to": question.to,
            "token": question.token,
        }
    )


def read_question(raw: bytes) -> Question:
    """The inverse. Raises `TooLarge`, `Malformed`."""
    value = documents.parse(raw, largest=LARGEST_QUESTION)
    if not isinstance(value, dict) or set(value) != _NAMES:
        raise Malformed("a chunk is asked for by attachment, missing, state, to and token")
    attachment, state, to, token = (value[n] for n in ("attachment", "state", "to", "token"))
    if not isinstance(attachment, str) or not _ID.fullmatch(attachment):
        raise Malformed("attachment is 32 hexadecimal digits")
    if not (isinstance(token, str) and _TOKEN.fullmatch(token) and isinstance(to, str)):
        raise Malformed("token is 32 hexadecimal digits or empty, to is a node")
    if not isinstance(state, str) or state not in _STATES:
        raise Malformed("state is coming, whole or removed")
    missing = _numbers(value["missing"])
    if bool(missing) != (state == COMING):
        raise Malformed("chunks are missing while it is coming, and then only")
    return Question(to, attachment, state, missing, token)


def _numbers(given: object) -> tuple[int, ...]:
    if not isinstance(given, list) or len(given) > stream.MOST_CHUNKS:
        raise Malformed(f"missing is a list of {stream.MOST_CHUNKS} numbers at most")
    if not all(type(n) is int and 0 <= n < stream.MOST_CHUNKS for n in given):
        raise Malformed("missing holds the numbers of chunks")
    if any(later <= earlier for earlier, later in zip(given, given[1:], strict=False)):
        raise Malformed("missing holds each number once, in order")
    return tuple(given)


def pack_answer(*, token: str, sealed: bytes) -> bytes:
    """The bytes of an answer; `sealed` is empty if nothing was missing."""
    return MARK + bytes.fromhex(token) + sealed


def read_answer(raw: bytes) -> tuple[str, bytes]:
    """Next token, and the sealed chunk, still to be judged. Raises `TooLarge`, `Malformed`."""
    if len(raw) > LARGEST:
        raise TooLarge(f"{len(raw)} bytes, {LARGEST} at most")
    if raw[: len(MARK)] != MARK or len(raw) not in (_HEAD, LARGEST):
        raise Malformed("not AYNC of version 1")
    return raw[len(MARK) : _HEAD].hex(), raw[_HEAD:]
