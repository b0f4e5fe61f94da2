"""A node restored from a backup learns from its peers what passed since; nothing is sent twice."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import account, documents, inbox, transport, trust
from ayni.exchange import api as exchange
from ayni.exchange.connection import Unreachable
from ayni.exchange.models import Conversation, IncomingMessage, OutgoingMessage, PeerState
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue


def _as_before(row: OutgoingMessage, envelope: bytes) -> None:
    """The row as a backup holds it that was made before the message left."""
    OutgoingMessage.objects.filter(place=row.place).update(
        state="queued", reason="", settled_at=None, receipt=None, envelope=envelope
    )


def _serve(peer: Peer, **changed: Any) -> None:
    """Bolivia gives its account of what it has received and sent."""

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        body = {
            "asker": "ar", "at": clock.isoformat(clock.now()), "giver": "bo", "more": False,
            "page": question["page"], "received": [], "sent": [], "sheet": 1, "sheets": [],
        }  # fmt: skip
        return documents.signed("account", {**body, **changed}, {"bo": peer.signing})

    peer.account = answer


def _row(message: str, receipt: dict[str, Any], **more: Any) -> dict[str, Any]:
    usual = {
        "conversation": secrets.token_hex(16), "created": clock.isoformat(clock.now()),
        "from": "bo-consulate-buenos-aires", "kind": "test.note", "message": message,
        "receipt": receipt, "sequence": 1, "to": "ar-programme",
    }  # fmt: skip
    return {**usual, **more}


def _restored() -> None:
    exchange.begin_account(by=BY, since=clock.now())


def test_what_has_arrived_already_is_not_sent_again(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    row = exchange.delivery_of(message)
    envelope = bytes(row.envelope or b"")
    exchange.drain(peer="bo")
    receipt = exchange.delivery_of(message).receipt
    _as_before(row, envelope)
    _restored()
    _serve(bolivia, received=[_row(message, receipt or {}, conversation=row.conversation)])

    exchange.drain(peer="bo")

    assert (exchange.delivery_of(message).state, len(bolivia.read)) == ("delivered", 1)
    assert PeerState.objects.get(node="bo").account_since is None


def test_what_waited_under_a_grant_and_has_not_arrived_is_held_back(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    _restored()
    _serve(bolivia)
    later = queue({"needs": ["lawyer"]}, a_grant())

    exchange.drain(peer="bo")

    held = exchange.delivery_of(message)
    assert (held.state, held.reason, held.envelope) == ("cancelled", "restored", None)
    assert exchange.delivery_of(later).state == "delivered", "it was queued after the restore"


def test_numbers_of_messages_that_are_lost_here_are_not_used_again(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    first = queue({"needs": ["a"]}, a_grant(), conversation=conversation)
    lost = queue({"needs": ["b"]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")
    receipt = exchange.delivery_of(lost).receipt
    OutgoingMessage.objects.filter(message=lost).delete()
    Conversation.objects.filter(id=conversation).update(sent=1)
    _restored()
    row = _row(lost, receipt or {}, conversation=conversation, sequence=2)
    _serve(bolivia, received=[row])

    exchange.drain(peer="bo")

    assert exchange.delivery_of(lost).state == "delivered"
    third = queue({"needs": ["c"]}, a_grant(), conversation=conversation)
    assert exchange.delivery_of(third).sequence == 3
    assert exchange.delivery_of(first).sequence == 1


def test_until_the_peer_has_told_numbers_are_left_out(bolivia: Peer) -> None:
    conversation = exchange.new_conversation()
    queue({"needs": ["a"]}, a_grant(), conversation=conversation)
    exchange.drain(peer="bo")
    _restored()

    message = queue({"needs": ["b"]}, a_grant(), conversation=conversation)

    assert exchange.delivery_of(message).sequence == 2 + account.LEAP


def test_an_answer_before_the_account_bears_no_number_that_the_old_machine_may_have_used(
    bolivia: Peer,
) -> None:
    bolivia.own_sheet = exchange.key_sheet("ar") or {}
    _restored()
    raw = bolivia.seal({"data": {"n": 1}}, conversation="e" * 32)
    assert inbox.receive(raw=raw, signed_by="bo").receipt is not None

    answer = queue({"needs": ["b"]}, a_grant(), conversation="e" * 32)
    begun = queue({"needs": ["b"]}, a_grant(), conversation=exchange.new_conversation())

    assert exchange.delivery_of(answer).sequence == 1 + account.LEAP
    assert exchange.delivery_of(begun).sequence == 1, "nothing can be taken in a new one"


def test_a_message_whose_content_is_lost_is_told_and_never_applied_twice(bolivia: Peer) -> None:
    bolivia.own_sheet = exchange.key_sheet("ar") or {}
    raw = bolivia.seal({"data": {"needs": ["shelter"]}})
    reply = inbox.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None
    row = IncomingMessage.objects.get()
    message, conversation = row.id, row.conversation
    row.delete()
    taken = len(kinds.taken)
    _restored()
    _serve(bolivia, sent=[_row(message, reply.receipt, conversation=conversation)])

    exchange.drain(peer="bo")

    told = IncomingMessage.objects.get(id=message)
    assert (told.state, told.reason) == ("set_aside", account.LOST)
    assert inbox.receive(raw=raw, signed_by="bo").receipt == reply.receipt
    assert len(kinds.taken) == taken, "it is not applied a second time"
    assert exchange.retry(message=message) == 0
    assert [one.set_aside for one in exchange.neighbours() if one.node == "bo"] == [1]


@pytest.mark.parametrize(
    "changed", [{"asker": "pe"}, {"page": 7}, {"giver": "pe"}, {"sheets": [{}]}, {"at": "now"}]
)
def test_an_account_that_is_not_genuine_changes_nothing_and_is_asked_for_again(
    bolivia: Peer, changed: dict[str, Any]
) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    _restored()
    _serve(bolivia, **changed)

    assert exchange.drain(peer="bo") == 0

    assert exchange.delivery_of(message).state == "queued"
    state = PeerState.objects.get(node="bo")
    assert state.account_since is not None
    assert state.next_attempt is not None
    assert bolivia.read == []


@pytest.mark.parametrize(("told", "asked"), [([], 1), ([{}], 3)])
def test_a_peer_that_always_has_more_is_given_up_and_asked_again_later(
    bolivia: Peer, told: list[Any], asked: int
) -> None:
    _restored()
    _serve(bolivia, more=True, received=told)
    answer, pages = bolivia.account, list[int]()
    assert answer is not None

    def counted(question: dict[str, Any]) -> dict[str, Any]:
        pages.append(question["page"])
        return answer(question)

    bolivia.account = counted
    state = PeerState.objects.get(node="bo")
    with transport.Line("bo") as line, pytest.raises(Unreachable, match="account_not_genuine"):
        account.catch_up(state=state, line=line, most=3)

    assert pages == list(range(asked))
    assert PeerState.objects.get(node="bo").account_since is not None


def test_a_receipt_that_a_peer_has_made_up_is_not_believed(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    body = {**_row("0" * 32, {})}
    forged = documents.signed("receipt", body, {"ar": secrets.token_bytes(32)})
    _restored()
    _serve(bolivia, received=[_row(message, forged)], sent=[_row("1" * 32, forged)])

    exchange.drain(peer="bo")

    assert exchange.delivery_of(message).state == "cancelled"
    assert not IncomingMessage.objects.exists()


def test_the_account_names_what_passed_and_nothing_of_its_content(bolivia: Peer) -> None:
    message = queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")
    since = clock.isoformat((clock.now() - timedelta(hours=1)).replace(microsecond=0))

    given = account.give(asker="bo", question={"page": 0, "sheet": 1, "since": since})

    keys = {"ar": trust.signing_key_of("ar", 1, made=None)}
    assert documents.signers("account", given, keys) == {"ar"}
    assert [row["message"] for row in given["body"]["sent"]] == [message]
    assert "shelter" not in str(given)
    assert (
        account.give(asker="pe", question={"page": 0, "sheet": 0, "since": since})["body"]["sent"]
        == []
    ), "nobody learns of another's messages"
    for wrong in (
        {},
        {"page": -1, "sheet": 0, "since": since},
        {"page": 0, "sheet": 0, "since": 1},
    ):
        with pytest.raises(exchange.Malformed):
            account.give(asker="bo", question=wrong)


def test_a_stranger_gets_no_account(bolivia: Peer, client: Any) -> None:
    answer = client.post(
        "/exchange/1/account",
        b"{}",
        content_type="application/json",
        headers={"host": "ar.localhost"},
    )
    assert answer.status_code == 422
    assert "account" not in answer.content.decode()
    assert audit.verify().broken is None
