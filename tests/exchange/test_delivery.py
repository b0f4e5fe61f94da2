"""What leaves, under which grant; delivered once, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import CONSULATE, Peer

BY = audit.job("tests")


def a_grant(**changed: Any) -> exchange.Grant:
    """A grant for the consulate to receive birth and needs."""
    usual: dict[str, Any] = {
        "id": "g1",
        "recipient": "bo",
        "recipient_institution": CONSULATE,
        "purpose": "refer",
        "fields": frozenset({"birth", "needs"}),
        "basis": "consent:c1",
        "valid_until": clock.now() + timedelta(days=1),
    }
    return exchange.Grant(**{**usual, **changed})


def queue(data: dict[str, Any], grant: exchange.Grant | None, **changed: Any) -> str:
    """Queue a note to the consulate."""
    usual: dict[str, Any] = {
        "by": BY,
        "kind": "test.note",
        "recipient": "bo",
        "recipient_institution": CONSULATE,
        "institution": "ar-programme",
        "payload": {"data": data},
        "grant": grant,
        "conversation": exchange.new_conversation(),
        "subject": "case-1",
    }
    return exchange.queue(**{**usual, **changed})


def test_a_granted_message_is_delivered_and_receipted(bolivia: Peer) -> None:
    due = clock.now().replace(microsecond=0) + timedelta(days=7)
    message = queue({"needs": ["shelter"]}, a_grant(), due_at=due)

    assert exchange.drain(peer="bo") == 1

    sent = exchange.delivery_of(message)
    assert (sent.state, sent.reason) == ("delivered", "applied")
    assert bolivia.read == [{"data": {"needs": ["shelter"]}}]
    assert sent.receipt["body"]["due"] == clock.isoformat(due)


def test_nothing_personal_is_queued_without_a_grant(bolivia: Peer) -> None:
    with pytest.raises(exchange.NotGranted):
        queue({"needs": []}, None)


def test_a_field_outside_the_grant_is_refused(bolivia: Peer) -> None:
    with pytest.raises(exchange.FieldNotGranted):
        queue({"documents": ["x"]}, a_grant())


def test_a_recipient_outside_the_grant_is_refused(bolivia: Peer) -> None:
    with pytest.raises(exchange.RecipientNotGranted):
        queue({"needs": []}, a_grant(recipient_institution="bo-ministry"))


def test_a_state_on_the_never_list_is_refused(bolivia: Peer) -> None:
    with pytest.raises(exchange.RecipientNotGranted):
        queue({"needs": []}, a_grant(never=frozenset({"bo"})))


def test_an_expired_grant_is_refused(bolivia: Peer) -> None:
    with pytest.raises(exchange.GrantExpired):
        queue({"needs": []}, a_grant(valid_until=clock.now()))


def test_an_institution_without_keys_is_told_as_such(bolivia: Peer) -> None:
    with pytest.raises(exchange.NoNode):
        queue(
            {"needs": []},
            a_grant(recipient_institution="bo-nobody"),
            recipient_institution="bo-nobody",
        )


def test_what_is_withdrawn_meanwhile_is_cancelled_before_it_leaves(bolivia: Peer) -> None:
    message = queue({"needs": ["x"]}, a_grant())
    kinds.answer["case-1"] = "consent_withdrawn"

    exchange.drain(peer="bo")

    sent = exchange.delivery_of(message)
    assert (sent.state, sent.reason, sent.envelope) == ("cancelled", "consent_withdrawn", None)
    assert bolivia.read == []


def test_recalled_messages_leave_no_envelope(bolivia: Peer) -> None:
    message = queue({"needs": ["x"]}, a_grant())

    count = exchange.cancel(by=BY, subject="case-1", peers=frozenset({"bo"}), reason="feared_state")

    assert count == 1
    assert exchange.delivery_of(message).envelope is None
    exchange.drain(peer="bo")
    assert bolivia.read == []


def test_a_peer_that_is_down_rests_and_receives_later(bolivia: Peer) -> None:
    bolivia.answers = False
    first, second = queue({"needs": [1]}, a_grant()), queue({"needs": [2]}, a_grant())

    exchange.drain(peer="bo")
    state = PeerState.objects.get(node="bo")
    assert state.failures == 1
    assert state.next_attempt is not None
    assert exchange.drain(peer="bo") == 0, "the peer rests"

    bolivia.answers = True
    PeerState.objects.update(next_attempt=None)
    assert exchange.drain(peer="bo") == 2
    assert [p["data"]["needs"] for p in bolivia.read] == [[1], [2]]
    assert {exchange.delivery_of(m).state for m in (first, second)} == {"delivered"}
    assert PeerState.objects.get(node="bo").failures == 0


def test_a_lost_receipt_means_the_same_bytes_again(bolivia: Peer) -> None:
    bolivia.loses_receipts = True
    message = queue({"needs": [1]}, a_grant())
    exchange.drain(peer="bo")
    before = bytes(OutgoingMessage.objects.get(message=message).envelope or b"")

    bolivia.loses_receipts = False
    PeerState.objects.update(next_attempt=None)
    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "delivered"
    assert bytes(exchange.delivery_of(message).envelope or b"") == before


def test_a_receipt_that_changes_the_due_time_does_not_count(bolivia: Peer) -> None:
    bolivia.due_in_receipt = "2030-01-01T00:00:00Z"
    message = queue({"needs": [1]}, a_grant(), due_at=clock.now() + timedelta(days=1))

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "queued"


def test_messages_of_one_conversation_are_numbered_in_order(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    for n in range(3):
        queue({"needs": [n]}, a_grant(), conversation=conversation)

    rows = OutgoingMessage.objects.filter(conversation=conversation).order_by("place")
    assert [row.sequence for row in rows] == [1, 2, 3]
