"""What one peer leaves here holds up no other peer's messages, questions and lost messages."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from ayni.audit import api as audit
from ayni.exchange import account, lost, missing, resealed
from ayni.exchange import api as exchange
from ayni.exchange.models import IncomingMessage, MissingNumber, OutgoingMessage
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import Peer

BY = audit.job("tests")
HOUR = timedelta(hours=1)
FAR = datetime(8999, 1, 1, tzinfo=UTC)
TALK = "f" * 32


def _of_chile(count: int, **changed: Any) -> list[IncomingMessage]:
    """So many messages of a node that is no member (any more)."""
    now = clock.now() - HOUR
    usual: dict[str, Any] = {
        "peer": "cl", "kind": "test.note", "institution": "ar-programme",
        "sender_institution": "cl-consulate", "created_at": now, "received_at": now,
        "envelope": b"", "receipt": {}, "state": "set_aside", "reason": account.LOST,
    }  # fmt: skip
    rows = []
    for n in range(count):
        named = hashlib.sha256(f"cl {n}".encode()).hexdigest()
        one = {"id": "0" + named[:31], "digest": named, "sequence": n + 1, **usual, **changed}
        rows.append(IncomingMessage(**{"conversation": "0" * 32, **one}))
    return IncomingMessage.objects.bulk_create(rows)


def test_what_waits_behind_a_message_dated_in_8999_holds_up_no_other_peer(bolivia: Peer) -> None:
    first, *_rest = _of_chile(600, state="waiting", reason="follows", envelope=b"x")
    IncomingMessage.objects.filter(id=first.id).update(created_at=FAR, reason="ahead")
    raw = bolivia.seal({"data": {}}, created=clock.now() + HOUR, conversation=TALK)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    assert kinds.taken == []

    with time_machine.travel(clock.now() + 2 * HOUR):
        assert exchange.apply_waiting() == 1

    assert [one.sender for one in kinds.taken] == ["bo"]
    assert IncomingMessage.objects.filter(peer="cl", state="waiting").count() == 600


def test_what_waited_for_its_time_and_what_follows_it_is_applied_in_order_in_one_turn(
    bolivia: Peer,
) -> None:
    later = clock.now() + HOUR
    for sequence, created in ((1, later), (2, clock.now()), (4, clock.now())):
        raw = bolivia.seal(
            {"data": {"n": sequence}}, created=created, conversation=TALK, sequence=sequence
        )
        assert exchange.receive(raw=raw, signed_by="bo").receipt is not None

    with time_machine.travel(later):
        assert exchange.apply_waiting() == 3

    assert [one.sequence for one in kinds.taken] == [1, 2, 4]


def test_numbers_that_a_removed_peer_leaves_out_stop_no_question_to_another(bolivia: Peer) -> None:
    long_ago = clock.now() - 2 * HOUR
    _of_chile(1)
    MissingNumber.objects.bulk_create(
        MissingNumber(
            peer="cl", conversation="0" * 32, number=n, noticed_at=long_ago, next_ask=long_ago
        )
        for n in range(2, 1102)
    )
    raw = bolivia.seal({"data": {}}, conversation=TALK, sequence=3)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    now = clock.now() + timedelta(minutes=1)

    assert missing.ask(by=BY, now=now) == 2

    asked = OutgoingMessage.objects.get(kind="exchange.missing")
    assert (asked.peer, asked.subject) == ("bo", TALK)
    moved = MissingNumber.objects.filter(peer="cl", next_ask__gt=now)
    assert moved.count() == missing.MOST, "they have had their turn"
    assert not moved.exclude(asked=0).exists(), "and were not asked for"


def test_what_is_lost_of_a_removed_peer_stops_no_question_to_another(bolivia: Peer) -> None:
    _of_chile(101)
    told = {"id": "9" * 32, "peer": "bo", "sender_institution": "bo-consulate-buenos-aires"}
    _of_chile(1, conversation=TALK, **told)

    assert lost.ask(by=BY) == 1

    assert OutgoingMessage.objects.get(kind="exchange.again").subject == "9" * 32


def test_what_lost_its_key_of_a_removed_peer_stops_no_question_to_another(bolivia: Peer) -> None:
    raw = bolivia.seal({"data": {}}, conversation=TALK)
    gone = {"reason": "key_gone", "envelope": raw}
    _of_chile(101, **gone)
    told = {"id": "9" * 32, "peer": "bo", "sender_institution": "bo-consulate-buenos-aires"}
    _of_chile(1, conversation=TALK, **told, **gone)
    exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))

    assert resealed.ask_for_lost(by=BY) == 1

    assert OutgoingMessage.objects.get(kind="exchange.again").subject == "9" * 32
