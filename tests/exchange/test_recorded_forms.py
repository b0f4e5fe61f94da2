"""Batches and fetching: the bytes that an earlier version has made are read as they were meant, and
made again as they were (tests/exchange/recorded/README.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ayni.exchange import batches, chunk_form, documents, envelope, fetch_form

FILE = Path(__file__).parent / "recorded" / "forms.json"
THEN: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
KEY = documents.decode(THEN["signing_public_key"])
TOKEN: str = THEN["token"]
MESSAGES = [f"{number:032x}" for number in (1, 2, 3)]


def _bytes(name: str) -> bytes:
    return documents.decode(THEN[name])


def test_the_envelopes_of_a_batch_open() -> None:
    found = batches.unpack(_bytes("batch"))

    for number, raw in enumerate(found, start=1):
        sealed = envelope.parse(raw)
        envelope.check_signature(sealed, KEY)
        payload = envelope.open_payload(
            sealed,
            recipient="bo",
            recipient_institution="bo-consulate",
            private_key=documents.decode(THEN["recipient_private_key"]),
            accepted_suites=[1],
        )
        assert payload == {"data": {"needs": ["shelter"]}, "step": str(number)}
    assert len(found) == 2
    assert batches.pack(found) == _bytes("batch")


def test_what_was_said_to_a_batch_is_understood() -> None:
    raw = THEN["batch_answers"].encode()
    receipt, refusal, later = batches.read_answers(raw, count=3)

    assert documents.signers("receipt", receipt["receipt"], {"bo": KEY}) == {"bo"}
    assert receipt["receipt"]["body"]["message"] == MESSAGES[0]
    assert documents.signers("refusal", refusal["refusal"], {"bo": KEY}) == {"bo"}
    assert refusal["refusal"]["body"]["refused"] == "malformed"
    assert later == {"later": batches.FOLLOWS}
    assert batches.answers([receipt, refusal, later]) == raw


def test_a_question_for_what_waits_is_read_and_made_alike() -> None:
    first, later, restored = [each.encode() for each in THEN["waiting_questions"]]

    assert fetch_form.read_question(first) == fetch_form.Question("ar", "", {}, [])
    answers = fetch_form.read_question(later).answers
    assert answers is not None
    assert (list(answers), answers[MESSAGES[2]]) == (MESSAGES, {"later": batches.FOLLOWS})
    account = fetch_form.read_question(restored).account
    assert account == {"body": {"page": 0}, "signatures": []}
    for raw in (first, later, restored):
        assert fetch_form.pack_question(fetch_form.read_question(raw)) == raw


def test_what_was_handed_out_is_read_and_made_alike() -> None:
    token, more, envelopes = fetch_form.read_answer(_bytes("waiting_answer"))

    assert (token, more) == (TOKEN, True)
    assert envelopes == batches.unpack(_bytes("batch"))[:1]
    assert fetch_form.read_answer(_bytes("waiting_nothing")) == (TOKEN, False, [])
    for name, waits, found in (("waiting_answer", True, envelopes), ("waiting_nothing", False, [])):
        packed = fetch_form.pack_answer(token=TOKEN, more=waits, envelopes=found)
        assert packed == _bytes(name)


@pytest.mark.parametrize(
    ("place", "state", "missing", "token"),
    [(0, "coming", (0, 2, 399), TOKEN), (1, "whole", (), ""), (2, "removed", (), TOKEN)],
)
def test_a_question_for_a_chunk_is_read_and_made_alike(
    place: int, state: str, missing: tuple[int, ...], token: str
) -> None:
    raw = THEN["chunk_questions"][place].encode()
    question = chunk_form.read_question(raw)

    assert (question.to, question.state, question.missing) == ("ar", state, missing)
    assert question.token == token
    assert chunk_form.pack_question(question) == raw


def test_an_answer_without_a_chunk_is_read_and_made_alike() -> None:
    assert chunk_form.read_answer(_bytes("chunk_nothing")) == (TOKEN, b"")
    assert chunk_form.pack_answer(token=TOKEN, sealed=b"") == _bytes("chunk_nothing")
