"""Evidence of a conversation: exported from a node, judged without one."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import bundle, documents, findings_words, note, trust
from ayni.exchange.errors import Malformed, NotTrusted, TooLarge
from ayni.lib import clock
from tests.exchange.conftest import forget
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue

Change = Callable[[dict[str, Any]], None]


def _conversation(peer: Peer) -> str:
    """Two messages of ours and one of theirs, all answered."""
    conversation = exchange.new_conversation()
    for need in ("shelter", "lawyer"):
        queue({"needs": [need]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")
    reply = exchange.receive(
        raw=peer.seal({"data": {"needs": ["doctor"]}}, conversation=conversation), signed_by="bo"
    )
    assert reply.receipt is not None
    return conversation


def _export(conversation: str) -> bytes:
    return exchange.export_evidence(by=BY, conversation=conversation, now=clock.now())


def _signed_again(raw: bytes, change: Change) -> bytes:
    """The bundle after a change by the exporting node itself, which signs it again."""
    body = json.loads(raw)["body"]
    change(body)
    _number, key = trust.own_signing_key()
    return documents.canonical(documents.signed("evidence", body, {"ar": key}))


def test_a_conversation_is_shown_with_every_signature(bolivia: Peer) -> None:
    conversation = _conversation(bolivia)

    found = bundle.check(_export(conversation))

    assert found.problems == []
    assert (found.holds, found.complete, found.missing) == (True, True, [])
    assert [(m.sender, m.sequence, m.answer, m.bound) for m in found.messages] == [
        ("ar", 1, "applied", True), ("ar", 2, "applied", True), ("bo", 1, "applied", True),
    ]  # fmt: skip
    directory = exchange.directory_document(1)
    assert directory is not None
    assert found.founding == documents.digest(directory["body"])


def test_nothing_that_was_said_stands_in_the_file(bolivia: Peer) -> None:
    raw = _export(_conversation(bolivia))
    for word in (b"shelter", b"lawyer", b"doctor", b"case-1"):
        assert word not in raw


def test_exporting_is_recorded(bolivia: Peer) -> None:
    conversation = _conversation(bolivia)
    _export(conversation)
    assert "exchange.export_evidence" in [e.verb for e in audit.entries_about(conversation)]


def test_a_conversation_that_is_not_here_is_refused(bolivia: Peer) -> None:
    with pytest.raises(exchange.NoConversation):
        _export(secrets.token_hex(16))


def test_a_refusal_is_kept_and_shown(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    bolivia.refuses, bolivia.names_evidence = "too_large", True
    queue({"needs": ["shelter"]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")

    found = bundle.check(_export(conversation))

    assert found.problems == []
    assert [m.answer for m in found.messages] == ["too_large"]


def test_a_refusal_of_bytes_that_were_no_message_is_no_answer_to_one(bolivia: Peer) -> None:
    """Whoever sends rubbish gets such a refusal, signed, and could put it under any message."""
    conversation = exchange.new_conversation()
    bolivia.refuses = "malformed"
    queue({"needs": ["shelter"]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")

    found = bundle.check(_export(conversation))

    assert ([m.answer for m in found.messages], found.complete) == ([""], False)


def test_what_was_cancelled_is_named_with_its_reason(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    queue({"needs": ["shelter"]}, a_grant(), conversation=conversation, subject="gone")
    exchange.cancel(by=BY, subject="gone", peers=None, reason="consent_withdrawn")
    queue({"needs": ["lawyer"]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")

    found = bundle.check(_export(conversation))

    assert found.missing == [("ar", 1, "consent_withdrawn")]
    assert found.complete


def test_what_waits_has_no_answer_yet(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    queue({"needs": ["shelter"]}, a_grant(), conversation=conversation)

    found = bundle.check(_export(conversation))

    assert (found.holds, found.complete, found.unanswered) == (True, False, ["message ar 1"])


def test_a_message_left_out_of_the_middle_is_missed(bolivia: Peer) -> None:
    raw = _export(_conversation(bolivia))

    found = bundle.check(_signed_again(raw, lambda body: body["messages"].pop(0)))

    assert (found.holds, found.complete) == (True, False)
    assert found.missing == [("ar", 1, "")]


def test_a_message_left_out_at_the_end_is_seen_beside_the_file_of_the_other_side(
    bolivia: Peer,
) -> None:
    raw = _export(_conversation(bolivia))
    whole = bundle.check(raw)
    shorter = bundle.check(_signed_again(raw, lambda body: body["messages"].pop(1)))

    assert bundle.differences(whole, whole) == []
    assert [(p.where, p.code) for p in bundle.differences(shorter, whole)] == [
        ("message ar 2", "only_one")
    ]


def _swap_answers(body: dict[str, Any]) -> None:
    one, two = body["messages"][:2]
    one["answer"], two["answer"] = two["answer"], one["answer"]


def _another_state(body: dict[str, Any]) -> None:
    body["messages"][0]["answer"]["body"]["state"] = "set_aside"


def _without_directory(body: dict[str, Any]) -> None:
    body["directories"][0]["signatures"].pop()


def _without_sheet_of_bolivia(body: dict[str, Any]) -> None:
    body["key_sheets"] = [s for s in body["key_sheets"] if s["body"]["node"] != "bo"]


def _other_conversation(body: dict[str, Any]) -> None:
    body["conversation"] = "0" * 32


def _twice(body: dict[str, Any]) -> None:
    body["messages"].append(body["messages"][0])


@pytest.mark.parametrize(
    "change",
    [_swap_answers, _another_state, _without_directory, _without_sheet_of_bolivia,
     _other_conversation, _twice],
)  # fmt: skip
def test_what_the_exporting_node_changes_does_not_hold(bolivia: Peer, change: Change) -> None:
    raw = _export(_conversation(bolivia))
    assert not bundle.check(_signed_again(raw, change)).holds


def test_a_sender_cannot_show_another_message_under_the_receipt_of_one(bolivia: Peer) -> None:
    """The receiver's answer names the evidence, so a second envelope under the same id, sealed by
    the sender itself, is found out."""
    raw = _export(_conversation(bolivia))
    body = json.loads(raw)["body"]
    first = bolivia.raw[0]
    changed = bytearray(first)
    header_length = int.from_bytes(first[5:9], "big")
    # The same header: another sealed key, signed anew by the sender.
    from ayni.exchange import envelope

    sealed = envelope.parse(bytes(changed))
    key = trust.own_signing_key()[1]
    other = bytes(32) + sealed.sealed_key[32:]
    signatures = documents.canonical(
        [
            {
                "algorithm": "Ed25519",
                "signature": documents.sign_bytes(
                    "envelope", envelope._signed_bytes(sealed.header_bytes, other), key
                ),
                "signer": "ar",
            }
        ]
    )
    assert header_length == len(sealed.header_bytes)
    parts = (sealed.header_bytes, other, signatures)
    forged = envelope.EVIDENCE_MARK + b"".join(len(p).to_bytes(4, "big") + p for p in parts)
    place = [bundle.check(raw).messages[n].message for n in range(3)].index(sealed.header.message)
    body["messages"][place]["evidence"] = documents.encode(forged)

    found = bundle.check(documents.canonical(documents.signed("evidence", body, {"ar": key})))

    assert [p.why for p in found.problems] == ["the answer is about another envelope"]


def test_a_key_that_was_revoked_before_the_answer_proves_nothing(bolivia: Peer) -> None:
    conversation = _conversation(bolivia)
    now = clock.now()
    exchange.accept_key_sheet(by=BY, document=bolivia.next_sheet(now, revoked=[1]), now=now)

    found = bundle.check(_export(conversation))
    assert [m.revoked for m in found.messages if m.sender == "bo"] == [True]
    assert found.holds, "it was answered before"

    body = json.loads(_export(conversation))["body"]
    for sheet in body["key_sheets"]:
        if (sheet["body"]["node"], sheet["body"]["number"]) == ("bo", 2):
            earlier = {**sheet["body"], "issued": clock.isoformat(now - timedelta(hours=1))}
            sheet.update(documents.signed("key-sheet", earlier, {"bo": bolivia.identity}))
    key = trust.own_signing_key()[1]
    found = bundle.check(documents.canonical(documents.signed("evidence", body, {"ar": key})))
    # Neither what it signed nor its receipts, which whoever stole the key could have made.
    assert [p.where for p in found.problems] == ["message ar 1", "message ar 2", "message bo 1"]


def test_a_file_signed_by_a_key_that_was_revoked_before_does_not_hold(bolivia: Peer) -> None:
    conversation = _conversation(bolivia)
    stolen = trust.own_signing_key()[1]
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0), revoked=[1])
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        body = {**json.loads(_export(conversation))["body"], "sheet": 1}
    found = bundle.check(documents.canonical(documents.signed("evidence", body, {"ar": stolen})))
    assert "bundle" in [p.where for p in found.problems]


def test_a_bundle_made_years_later_still_holds(bolivia: Peer) -> None:
    """Sheets are over by then; they were in force when each signature was made."""
    conversation = _conversation(bolivia)
    with time_machine.travel(clock.now() + timedelta(days=80), tick=False):
        exchange.publish_key_sheet(by=BY, now=clock.now())
    with time_machine.travel(clock.now() + timedelta(days=150), tick=False):
        found = bundle.check(_export(conversation))
    assert (found.problems, found.complete) == ([], True)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[]", b'{"body":{},"signatures":[]}', b"\xff" * 40, b"[" * 10_000],
)
def test_other_files_are_no_bundle(raw: bytes) -> None:
    with pytest.raises(Malformed):
        bundle.check(raw)


def test_any_changed_byte_is_noticed(bolivia: Peer) -> None:
    raw = _export(_conversation(bolivia))

    @settings(max_examples=150, deadline=None)
    @given(place=st.integers(0, len(raw) - 1), bit=st.integers(0, 7))
    def changed(place: int, bit: int) -> None:
        other = bytearray(raw)
        other[place] ^= 1 << bit
        try:
            found = bundle.check(bytes(other))
        except (Malformed, TooLarge):
            return
        assert not found.holds

    changed()


def test_what_a_court_reads_stands_in_the_note_of_foundation(bolivia: Peer, tmp_path: Path) -> None:
    file = tmp_path / "it.evidence"
    file.write_bytes(_export(_conversation(bolivia)))
    founding = exchange.directory_document(1)
    assert founding is not None

    words = note.words_of(document=founding, language="es")

    print_ = words["print"].replace("\n", " ")
    assert print_ == exchange.directory_print(founding["body"])
    assert [len(group) for group in print_.split()] == [4] * 16
    assert f": {print_}\n" in _ayni("verify", str(file)).stdout
    assert words["intro"].startswith("Directorio fundador")
    assert [row["url"] for row in words["members"]] == [
        entry["endpoint"]["url"] for entry in founding["body"]["members"]
    ]
    for language in ("es", "pt-br", "en"):
        pdf = exchange.note_verbale(document=founding, language=language)
        assert pdf.startswith(b"%PDF")


def test_no_note_of_foundation_is_made_of_a_second_directory_number_1(bolivia: Peer) -> None:
    founding = exchange.directory_document(1)
    assert founding is not None
    other = {**founding["body"], "issued": "2026-01-02T00:00:00Z"}

    with pytest.raises(NotTrusted, match="founded with another"):
        exchange.note_verbale(document={"body": other, "signatures": []}, language="es")
    forget()
    assert exchange.note_verbale(document={"body": other, "signatures": []}, language="es")


def _ayni(*line: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder of its own, with no node, no keys and no database."""
    import os

    kept = {k: v for k, v in os.environ.items() if "AYNI" not in k and "DATABASE" not in k}
    return subprocess.run(
        [sys.executable, "-m", "ayni.node.command", "evidence", *line],
        env={**kept, "LANGUAGE": "es"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("bundle", "el archivo"), ("told", "lo que dijo el otro nodo"),
        ("message 3 of the file", "mensaje 3 del archivo"), ("directory 2", "directorio 2"),
        ("key sheet", "una hoja de claves"), ("key sheet bo 3", "hoja de claves bo 3"),
        ("head of the log", "una firma diaria del registro de mensajes"),
        ("kept head", "una firma diaria que conserva otro nodo"),
        ("head 12 of ar", "firma diaria 12 de ar"), ("proof of 0af3", "la prueba del mensaje 0af3"),
        ("a place of later", "a place of later"),
    ],
)  # fmt: skip
def test_where_something_does_not_hold_is_said_in_the_language_of_the_reader(
    where: str, said: str
) -> None:
    with translation.override("es"):
        assert findings_words.place(where) == said


def test_a_file_is_verified_without_a_node(bolivia: Peer, tmp_path: Path) -> None:
    raw = _export(_conversation(bolivia))
    good, bad = tmp_path / "good.evidence", tmp_path / "bad.evidence"
    good.write_bytes(raw)
    bad.write_bytes(_signed_again(raw, _another_state))

    verified = _ayni("verify", str(good), "--json")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["ok"] is True

    refused = _ayni("verify", str(bad))
    assert refused.returncode == 1
    assert "✗ mensaje ar 1: la respuesta no está firmada por bo (not_genuine)" in refused.stdout
    (told,) = json.loads(_ayni("verify", str(bad), "--json").stdout)["files"][0]["problems"]
    assert told == {
        "code": "not_genuine", "where": "message ar 1", "why": "the answer is not signed by bo",
    }  # fmt: skip
    cut = tmp_path / "cut.evidence"
    cut.write_bytes(raw[:-1])
    assert "no tiene la forma prescrita: not JSON" in _ayni("verify", str(cut)).stderr
    assert "comprueba un archivo así" in " ".join(_ayni("--help").stdout.split())
    assert "firma" in _ayni("verify", str(good)).stdout
