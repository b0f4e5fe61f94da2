"""Fetching what waits at a peer: the form of the question and of its answer. Pure.

The question is canonical JSON: `answers` (what the asker says to envelopes it had before), `sheets`
(its own key sheets that the peer does not know yet), `to` (the peer) and `token` (what the peer
gave last); `account` too, where the peer has asked for it. The answer is bytes: the mark `AYNF`,
one version byte, the next token, one byte that says whether more waits, then each envelope behind
its length (big-endian, four bytes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ayni.exchange import batches, documents
from ayni.exchange.errors import Malformed, TooLarge

MARK = b"AYNF\x01"
TOKEN_BYTES = 16
LARGEST_QUESTION = 1_048_576
MOST_SHEETS = 8
_HEAD = len(MARK) + TOKEN_BYTES + 1
LARGEST = batches.LARGEST + _HEAD
_ID = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"(?:[0-9a-f]{32})?")
_SAID = frozenset({"receipt", "refusal", "later"})
_NAMES = frozenset({"answers", "sheets", "to", "token"})


@dataclass(frozen=True, slots=True)
class Question:
    """`answers`: one item a message, by its id, as in the answer to a batch. `account`: a page of
    this node's account, for a peer that was restored and has asked for it."""

    to: str
    token: str = ""
    answers: Mapping[str, Mapping[str, Any]] | None = None
    sheets: Sequence[Mapping[str, Any]] = ()
    account: Mapping[str, Any] | None = None


def pack_question(question: Question) -> bytes:
    """The bytes of a question."""
    said = question.answers or {}
    # A peer of an earlier version knows no such name, and asks for none.
    more = {} if question.account is None else {"account": dict(question.account)}
    return documents.canonical(
        {
            **more,
            "answers": [{"message": one, **item} for one, item in sorted(said.items())],
            "sheets": [dict(sheet) for sheet in question.sheets],
            "to": question.to,
            "token": question.token,
        }
    )


def read_question(raw: bytes) -> Question:
    """The inverse; its documents are still to be judged. Raises `TooLarge`, `Malformed`."""
    value = documents.parse(raw, largest=LARGEST_QUESTION)
    if not isinstance(value, dict) or set(value) - {"account"} != _NAMES:
        raise Malformed("what waits is asked for by answers, sheets, to and token")
    account = value.get("account")
    if "account" in value and not isinstance(account, dict):
        raise Malformed("account is a document")
    token, to, sheets = value["token"], value["to"], value["sheets"]
    if not (isinstance(token, str) and _TOKEN.fullmatch(token) and isinstance(to, str)):
        raise Malformed("token is 32 hexadecimal digits or empty, to is a node")
    if not isinstance(sheets, list) or not all(isinstance(sheet, dict) for sheet in sheets):
        raise Malformed("sheets are documents")
    if len(sheets) > MOST_SHEETS:
        raise TooLarge(f"more than {MOST_SHEETS} sheets")
    return Question(to, token, _answers(value["answers"]), sheets, account)


def _answers(items: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(items, list) or len(items) > batches.MOST:
        raise Malformed(f"answers are a list of {batches.MOST} at most")
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        if not isinstance(item, dict) or len(item) != 2:
            raise Malformed("an answer is a message and what is said to it")
        message = item.get("message")
        if not isinstance(message, str) or not _ID.fullmatch(message) or message in found:
            raise Malformed("an answer names one message by its id, once")
        rest = {name: value for name, value in item.items() if name != "message"}
        name, said = next(iter(rest.items()))
        if name not in _SAID or not _is_said(name, said):
            raise Malformed("an answer is a receipt, a refusal or later")
        found[message] = rest
    return found


def _is_said(name: str, said: Any) -> bool:
    if name == "later":
        return isinstance(said, str) and said in batches.LATER
    return isinstance(said, dict)


def pack_answer(*, token: str, more: bool, envelopes: Sequence[bytes]) -> bytes:
    """The bytes of an answer: nothing after the head if nothing waits. Raises `TooLarge`."""
    packed = batches.pack(envelopes)[len(batches.MARK) :]
    return MARK + bytes.fromhex(token) + bytes([more]) + packed


def read_answer(raw: bytes) -> tuple[str, bool, list[bytes]]:
    """Next token, whether more waits, and the envelopes, each still to be judged. Raises
    `TooLarge`, `Malformed`."""
    if len(raw) > LARGEST:
        raise TooLarge(f"{len(raw)} bytes, {LARGEST} at most")
    if raw[: len(MARK)] != MARK or len(raw) < _HEAD or raw[_HEAD - 1] not in (0, 1):
        raise Malformed("not AYNF of version 1")
    token = raw[len(MARK) : _HEAD - 1].hex()
    rest = raw[_HEAD:]
    envelopes = batches.unpack(batches.MARK + rest) if rest else []
    return token, bool(raw[_HEAD - 1]), envelopes
