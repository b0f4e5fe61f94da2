"""What arrives: verified, applied once, and every bad message refused with a code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from ayni.exchange import api as exchange
from ayni.exchange import documents, envelope, transport
from ayni.exchange.models import IncomingMessage, PeerState
from ayni.lib import clock
from tests.exchange import kinds
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


def test_a_kind_that_nobody_registered_is_refused(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, kind="unheard.of")

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "unknown_kind"


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


def _post(raw: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
    response = Client(headers={"host": "ar.localhost"}).post(
        transport.PATH,
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

    assert (status, answer) == (422, {"refused": "not_genuine"})


def test_an_oversized_message_is_refused_before_it_is_read(bolivia: Peer) -> None:
    status, answer = _post(bytes(envelope.LARGEST + 1), {})

    assert (status, answer) == (422, {"refused": "too_large"})
