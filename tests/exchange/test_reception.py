"""What arrives: verified, applied once, and every bad message refused with a code."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from http_message_signatures import HTTPMessageSigner, algorithms
from procrastinate.contrib.django.models import ProcrastinateJob

from ayni.exchange import api as exchange
from ayni.exchange import documents, envelope, limits, transport
from ayni.exchange.models import Conversation, IncomingMessage, KeySheetDocument, PeerState
from ayni.lib import clock
from tests.exchange import kinds, signed
from tests.exchange.peer import Peer

DATA = {"data": {"needs": ["shelter"]}}


def test_a_message_is_applied_and_its_receipt_is_signed_by_us(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)

    reply = exchange.receive(raw=raw, signed_by="bo")

    assert [r.payload for r in kinds.taken] == [DATA]
    assert reply.receipt is not None
    ours = documents.decode(bolivia.own_sheet["body"]["signing_key"])
    assert documents.signers("receipt", reply.receipt, {"ar": ours}) == {"ar"}
    assert reply.receipt["body"]["state"] == "applied"


def test_a_replay_gives_the_same_receipt_and_no_second_effect(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)

    first = exchange.receive(raw=raw, signed_by="bo")
    second = exchange.receive(raw=raw, signed_by="bo")

    assert first.receipt == second.receipt
    assert len(kinds.taken) == 1


def test_another_message_under_a_known_id_is_refused(bolivia: Peer) -> None:
    exchange.receive(raw=bolivia.seal(DATA, message="a" * 32), signed_by="bo")

    reply = exchange.receive(raw=bolivia.seal(DATA, message="a" * 32), signed_by="bo")

    assert reply.refusal == "other_message_with_this_id"


def test_an_unknown_sender_is_refused(bolivia: Peer) -> None:
    raw = envelope.seal(
        DATA,
        route=envelope.Route(2, "cl", "cl-consulate", 1, "ar", "ar-programme", 1),
        kind="test.note",
        message="a" * 32,
        conversation="b" * 32,
        sequence=1,
        created=clock.now(),
        due=None,
        recipient_key=documents.decode(bolivia.own_sheet["body"]["institutions"][0]["key"]),
        signing_key=bolivia.signing,
    )

    assert exchange.receive(raw=raw, signed_by="cl").refusal == "unknown_sender"


def test_a_message_signed_with_another_key_is_refused(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, signing=bytes(32))

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "not_genuine"


def test_a_message_for_an_institution_that_is_not_here_is_refused(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, institution="ar-nobody")

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "wrong_recipient"
    assert not IncomingMessage.objects.exists()


@pytest.mark.parametrize("code", ["ar-programme", "bo-nobody"])
def test_a_node_speaks_only_for_institutions_of_its_key_sheet(code: str, bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, sender_institution=code)

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "not_its_institution"
    assert kinds.taken == []


def test_a_payload_against_its_schema_is_refused(bolivia: Peer) -> None:
    raw = bolivia.seal({"unexpected": 1})

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "malformed"


def test_a_message_ahead_of_our_clock_waits_and_is_applied_in_its_time(bolivia: Peer) -> None:
    created = clock.now() + timedelta(hours=1)
    raw = bolivia.seal(DATA, created=created)

    reply = exchange.receive(raw=raw, signed_by="bo")

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "waiting"
    assert 3500 < reply.receipt["body"]["ahead_seconds"] <= 3600
    assert PeerState.objects.get(node="bo").skew_seconds == pytest.approx(3600, abs=60)
    assert kinds.taken == []
    assert exchange.apply_waiting(now=created - timedelta(minutes=11)) == 0
    assert exchange.apply_waiting(now=created) == 1
    assert [r.payload for r in kinds.taken] == [DATA]


def test_a_follower_of_a_waiting_message_waits_too(bolivia: Peer) -> None:
    conversation = "c" * 32
    ahead = clock.now() + timedelta(hours=1)
    exchange.receive(
        raw=bolivia.seal({"data": {"n": 1}}, created=ahead, conversation=conversation),
        signed_by="bo",
    )
    reply = exchange.receive(
        raw=bolivia.seal({"data": {"n": 2}}, sequence=2, conversation=conversation),
        signed_by="bo",
    )

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "waiting"
    exchange.apply_waiting(now=ahead)
    assert [r.payload["data"]["n"] for r in kinds.taken] == [1, 2]


def test_what_its_room_cannot_apply_is_set_aside_and_can_be_retried(bolivia: Peer) -> None:
    raw = bolivia.seal({"data": {"needs": "refuse"}})

    reply = exchange.receive(raw=raw, signed_by="bo")

    row = IncomingMessage.objects.get()
    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "set_aside"
    assert (row.state, row.reason) == ("set_aside", "not_now")
    assert exchange.retry(message=row.id) == 0
    assert IncomingMessage.objects.get().state == "set_aside"


def _post(
    raw: bytes, headers: dict[str, str], path: str = transport.PATH
) -> tuple[int, dict[str, Any]]:
    response = Client(headers={"host": "ar.localhost"}).post(
        path,
        raw,
        content_type=transport.CONTENT_TYPE,
        headers={k: v for k, v in headers.items() if k != "Content-Type"},
    )
    return response.status_code, response.json()


def test_a_request_without_the_nodes_signature_is_refused(bolivia: Peer) -> None:
    status, answer = _post(bolivia.seal(DATA), {})

    assert (status, answer) == (422, {"refused": "not_genuine"})
    assert kinds.taken == []


def test_our_own_signed_request_to_ourselves_is_no_message_of_bolivia(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)
    headers = transport.signed_headers("POST", "http://ar.localhost" + transport.PATH, raw)

    status, answer = _post(raw, headers)

    assert status == 422
    assert answer["body"]["refused"] == "not_genuine"


def test_an_oversized_message_is_refused_before_it_is_read(bolivia: Peer) -> None:
    status, answer = _post(bytes(envelope.LARGEST + 1), {})

    assert (status, answer) == (422, {"refused": "too_large"})


def _signed_by_bolivia(
    bolivia: Peer, raw: bytes, sheet: int = 1, path: str = transport.PATH
) -> dict[str, str]:
    request = transport._Request(
        "POST", "http://ar.localhost" + path, {"Content-Type": transport.CONTENT_TYPE}
    )
    HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=transport._OwnKey(bolivia.signing)
    ).sign(
        request,
        key_id=f"bo/{sheet}",
        created=clock.now(),
        label="ayni",
        covered_component_ids=("@method", "@authority", "@path"),
        body=raw,
    )
    return request.headers


def post_signed(
    bolivia: Peer, raw: bytes, *, sheet: int = 1, path: str = transport.PATH
) -> tuple[int, dict[str, Any]]:
    """What this node answers to a request that Bolivia signed."""
    return _post(raw, _signed_by_bolivia(bolivia, raw, sheet, path), path)


def test_a_signed_request_is_answered_by_a_receipt(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)

    status, answer = _post(raw, _signed_by_bolivia(bolivia, raw))

    assert status == 200
    assert answer["body"]["state"] == "applied"


def test_a_request_whose_body_was_changed_on_the_way_is_refused(bolivia: Peer) -> None:
    headers = _signed_by_bolivia(bolivia, bolivia.seal(DATA))

    status, answer = _post(bolivia.seal(DATA), headers)

    assert (status, answer) == (422, {"refused": "not_genuine"})
    assert kinds.taken == []


def test_a_key_sheet_not_known_here_is_asked_for(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, signing_sheet=2)

    status, answer = _post(raw, _signed_by_bolivia(bolivia, raw, sheet=2))

    assert (status, answer) == (422, {"refused": "unknown_key_sheet"})
    assert ProcrastinateJob.objects.filter(
        task_name="exchange.refresh_trust", status="todo"
    ).exists()


def test_whoever_names_sheets_that_nobody_knows_has_the_members_asked_now_and_then_only(
    bolivia: Peer,
) -> None:
    limits.begin_anew()
    raw = bolivia.seal(DATA, signing_sheet=2)
    stranger = secrets.token_bytes(32)
    asked = 0
    for number in range(100, 130):
        ProcrastinateJob.objects.filter(task_name="exchange.refresh_trust")._raw_delete("default")
        headers = signed.request(bolivia, raw, transport.PATH, key=stranger, sheet=number)
        assert _post(raw, headers) == (422, {"refused": "unknown_key_sheet"})
        asked += ProcrastinateJob.objects.filter(task_name="exchange.refresh_trust").count()

    limits.begin_anew()
    assert asked in (10, 11), "one more after ten seconds"


def test_a_refused_suite_is_a_refusal_and_no_crash(bolivia: Peer) -> None:
    own = bolivia.own_sheet
    raw = bolivia.seal(DATA)
    KeySheetDocument.objects.filter(node="ar").update(
        document={**own, "body": {**own["body"], "suites": [1]}}
    )

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "suite_refused"


def test_a_message_that_is_no_longer_valid_is_refused(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, valid_until=clock.now() - timedelta(hours=1))

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "expired"


def test_a_third_node_cannot_enter_a_conversation(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    Conversation.objects.create(id=conversation, peer="cl")

    reply = exchange.receive(raw=bolivia.seal(DATA, conversation=conversation), signed_by="bo")

    assert reply.refusal == "wrong_conversation"
    assert not IncomingMessage.objects.exists()


def test_an_applied_message_leaves_evidence_that_nobody_can_open(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)
    exchange.receive(raw=raw, signed_by="bo")

    kept = envelope.parse_evidence(bytes(IncomingMessage.objects.get().envelope))

    envelope.check_signature(kept, documents.public_of(bolivia.signing))
    assert kept.header == envelope.parse(raw).header
    assert kept.ciphertext == b""


def test_the_same_message_twice_at_once_has_one_effect(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)

    def receive(_: int) -> dict[str, Any] | None:
        try:
            return exchange.receive(raw=raw, signed_by="bo").receipt
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(receive, range(4)))

    assert len(kinds.taken) == 1
    assert receipts[0] is not None
    assert all(receipt == receipts[0] for receipt in receipts)


def test_two_messages_with_one_number_are_not_both_taken(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    exchange.receive(raw=bolivia.seal(DATA, conversation=conversation), signed_by="bo")

    reply = exchange.receive(raw=bolivia.seal(DATA, conversation=conversation), signed_by="bo")

    assert reply.refusal == "sequence_taken"
    assert len(kinds.taken) == 1


def _numbered(bolivia: Peer, conversation: str, number: int) -> bytes:
    return bolivia.seal({"data": {"n": number}}, conversation=conversation, sequence=number)


def test_messages_in_any_order_are_applied_in_theirs(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()

    for number in (3, 2, 4, 1, 2, 3):
        raw = _numbered(bolivia, conversation, number)
        exchange.receive(raw=raw, signed_by="bo")

    assert [r.payload["data"]["n"] for r in kinds.taken] == [1, 2, 3, 4]


def test_a_message_whose_predecessor_never_comes_is_applied_all_the_same(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    reply = exchange.receive(raw=_numbered(bolivia, conversation, 2), signed_by="bo")
    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "waiting"

    assert exchange.apply_waiting() == 0
    assert exchange.apply_waiting(now=clock.now() + timedelta(minutes=3)) == 1
    exchange.receive(raw=_numbered(bolivia, conversation, 3), signed_by="bo")

    assert [r.payload["data"]["n"] for r in kinds.taken] == [2, 3]


def test_a_waiting_message_of_a_third_node_holds_nobody_up(bolivia: Peer) -> None:
    exchange.receive(
        raw=bolivia.seal(DATA, created=clock.now() + timedelta(hours=1)), signed_by="bo"
    )
    exchange.receive(raw=bolivia.seal(DATA), signed_by="bo")

    assert len(kinds.taken) == 1


def test_a_skew_that_is_over_is_forgotten(bolivia: Peer) -> None:
    exchange.receive(
        raw=bolivia.seal(DATA, created=clock.now() + timedelta(hours=1)), signed_by="bo"
    )
    exchange.receive(raw=bolivia.seal(DATA), signed_by="bo")

    assert PeerState.objects.get(node="bo").skew_seconds is None
