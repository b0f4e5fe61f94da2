"""What leaves, under which grant; delivered once, whatever happens on the way."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents, envelope, resealing
from ayni.exchange.models import Conversation, OutgoingMessage, PeerState
from ayni.lib import clock
from tests.exchange import kinds, rests
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


@pytest.mark.parametrize("says", [503, 429])
def test_a_peer_that_is_down_rests_and_receives_later(bolivia: Peer, says: int) -> None:
    bolivia.answers, bolivia.says = False, says
    first, second = queue({"needs": [1]}, a_grant()), queue({"needs": [2]}, a_grant())

    exchange.drain(peer="bo")
    state = PeerState.objects.get(node="bo")
    assert state.failures == 1
    assert state.next_attempt is not None
    assert exchange.drain(peer="bo") == 0, "the peer rests"

    bolivia.answers = True
    rests.are_over()
    assert exchange.drain(peer="bo") == 2
    assert [p["data"]["needs"] for p in bolivia.read] == [[1], [2]]
    assert {exchange.delivery_of(m).state for m in (first, second)} == {"delivered"}
    assert PeerState.objects.get(node="bo").failures == 0


def test_a_lost_receipt_means_the_same_bytes_again(bolivia: Peer) -> None:
    bolivia.loses_receipts = True
    message = queue({"needs": [1]}, a_grant())
    exchange.drain(peer="bo")
    bolivia.loses_receipts = False
    rests.are_over()
    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "delivered"
    assert len(bolivia.raw) == 2
    assert bolivia.raw[0] == bolivia.raw[1]


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


def test_a_grant_for_another_purpose_is_refused(bolivia: Peer) -> None:
    with pytest.raises(exchange.PurposeNotGranted):
        queue({"needs": []}, a_grant(purpose="prosecute"))


def test_a_payload_larger_than_its_kind_is_refused(bolivia: Peer) -> None:
    with pytest.raises(exchange.Rejected, match="at most"):
        queue({"needs": ["x" * 300_000]}, a_grant())
    assert not OutgoingMessage.objects.exists()


def test_a_conversation_is_never_shared_with_a_third_node(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    queue({"needs": []}, a_grant(), conversation=conversation)
    Conversation.objects.filter(id=conversation).update(peer="cl")

    with pytest.raises(exchange.WrongConversation):
        queue({"needs": []}, a_grant(), conversation=conversation)


def test_the_database_is_asked_a_few_times_for_a_message_however_long_the_conversation(
    bolivia: Peer, django_assert_max_num_queries: Any
) -> None:
    queue({"needs": []}, a_grant())
    conversation = exchange.new_conversation()

    # Whether trust has changed, the number, the message, the call to leave, the audit trail, and
    # the transaction around them.
    for _ in range(3):
        with django_assert_max_num_queries(7):
            queue({"needs": []}, a_grant(), conversation=conversation)

    assert Conversation.objects.get(id=conversation).sent == 3


def test_45_days_after_delivery_the_evidence_is_kept_and_the_content_is_not(bolivia: Peer) -> None:
    message = queue({"needs": ["x"]}, a_grant())
    exchange.drain(peer="bo")
    assert resealing.let_go(now=clock.now() + timedelta(days=46)) == 1

    kept = bytes(exchange.delivery_of(message).envelope or b"")
    own = exchange.key_sheet("ar")
    assert own is not None
    envelope.check_signature(
        envelope.parse_evidence(kept), documents.decode(own["body"]["signing_key"])
    )
    assert len(kept) < len(bolivia.raw[0]) - 4096


def test_a_peer_that_is_down_for_an_hour_is_asked_seldom_and_then_receives(bolivia: Peer) -> None:
    bolivia.answers = False
    with time_machine.travel(clock.now(), tick=False) as time:
        messages = [queue({"needs": [n]}, a_grant()) for n in range(3)]
        end = clock.now() + timedelta(hours=1)
        while clock.now() < end:
            exchange.drain(peer="bo")
            until = PeerState.objects.get(node="bo").next_attempt
            assert until is not None
            assert timedelta(seconds=3) < until - clock.now() < timedelta(minutes=20)
            assert exchange.peers_waiting() == []
            time.move_to(until)
        attempts = exchange.delivery_of(messages[0]).attempts
        bolivia.answers = True
        assert exchange.peers_waiting() == ["bo"]
        assert exchange.drain(peer="bo") == 3

    assert 8 <= attempts <= 16
    assert [p["data"]["needs"] for p in bolivia.read] == [[0], [1], [2]]
    assert {exchange.delivery_of(m).state for m in messages} == {"delivered"}


def test_one_message_at_which_the_peer_fails_stops_its_conversation_only(bolivia: Peer) -> None:
    bolivia.fails_at = "poison"
    conversation = exchange.new_conversation()
    bad = queue({}, a_grant(), payload={"data": {}, "step": "poison"}, conversation=conversation)
    after_it = queue({"needs": [1]}, a_grant(), conversation=conversation)
    other = queue({"needs": [2]}, a_grant())

    assert exchange.drain(peer="bo") == 1

    states = [exchange.delivery_of(m).state for m in (bad, after_it, other)]
    assert states == ["queued", "queued", "delivered"]
    assert exchange.delivery_of(bad).attempts == 1


def test_a_signed_refusal_settles_the_message_and_stops_nobody(bolivia: Peer) -> None:
    bolivia.refuses = "unknown_kind"
    first, second = queue({"needs": [1]}, a_grant()), queue({"needs": [2]}, a_grant())

    assert exchange.drain(peer="bo") == 2

    for message in (first, second):
        sent = exchange.delivery_of(message)
        assert (sent.state, sent.reason) == ("refused", "unknown_kind")


def test_a_refusal_that_the_peer_has_not_signed_kills_no_message(bolivia: Peer) -> None:
    bolivia.refuses, bolivia.signs_refusals = "malformed", False
    message = queue({"needs": [1]}, a_grant())

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "queued"


def test_a_refusal_about_another_envelope_kills_no_message(bolivia: Peer) -> None:
    bolivia.refuses = "malformed"
    elsewhere = bolivia.refusal(secrets.token_bytes(8))
    bolivia.refusal = lambda raw: elsewhere  # type: ignore[method-assign]
    message = queue({"needs": [1]}, a_grant())

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "queued"


def test_a_peer_that_does_not_know_our_keys_yet_is_asked_again(bolivia: Peer) -> None:
    bolivia.refuses = "unknown_key_sheet"
    message = queue({"needs": [1]}, a_grant())
    exchange.drain(peer="bo")
    assert exchange.delivery_of(message).state == "queued"

    bolivia.refuses = ""
    rests.are_over()
    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "delivered"


def test_a_message_whose_time_is_over_is_cancelled(bolivia: Peer) -> None:
    now = clock.now()
    message = queue({"needs": [1]}, a_grant(), valid_until=now + timedelta(hours=1))

    with time_machine.travel(now + timedelta(hours=2)):
        exchange.drain(peer="bo")

    assert exchange.delivery_of(message).reason == "expired"
    assert bolivia.read == []


def test_what_is_queued_for_a_removed_member_is_cancelled(bolivia: Peer) -> None:
    message = queue({"needs": [1]}, a_grant())
    before = exchange.directory_body()
    body = {
        **before,
        "members": [m for m in before["members"] if m["node"] == "ar"],
        "number": 2,
        "previous": documents.digest(before),
        "quorum": 1,
    }
    document = documents.signed("directory", body, {"bo": bolivia.identity})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    exchange.accept_directory(by=BY, document=document, now=clock.now())

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).reason == "not_a_member"
    assert bolivia.read == []


def test_both_sides_of_a_conversation_are_listed(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    queue({"needs": [1]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")
    exchange.receive(raw=bolivia.seal({"data": {}}, conversation=conversation), signed_by="bo")
    exchange.receive(
        raw=bolivia.seal({"data": {}}, conversation=conversation, sequence=3), signed_by="bo"
    )

    passed = exchange.conversation_of(conversation)

    assert [(p.sent, p.sequence, p.state) for p in passed] == [
        (True, 1, "delivered"),
        (False, 1, "applied"),
        (False, 3, "waiting"),
    ]
    assert exchange.gaps(conversation) == [2]
