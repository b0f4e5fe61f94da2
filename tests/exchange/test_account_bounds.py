"""What a peer tells in its account binds this node to no number, and stops nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import account
from ayni.exchange import api as exchange
from ayni.exchange.models import Conversation, IncomingMessage, OutgoingMessage, PeerState
from tests.exchange.peer import Peer
from tests.exchange.test_account import _restored, _serve
from tests.exchange.test_account_receipts import arrived, received
from tests.exchange.test_delivery import a_grant, queue


@pytest.mark.parametrize("number", [2**31 - 1, 2**40, 0, -1])
def test_a_number_that_no_conversation_reaches_is_passed_over(bolivia: Peer, number: int) -> None:
    _message, row = arrived(bolivia)
    conversation = row["conversation"]
    OutgoingMessage.objects.all().delete()
    _restored()
    _serve(bolivia, received=[{**row, "sequence": number}])

    exchange.drain(peer="bo")

    assert Conversation.objects.get(id=conversation).sent == 1
    assert PeerState.objects.get(node="bo").account_since is None
    again = queue({"needs": ["x"]}, a_grant(), conversation=conversation)
    assert exchange.delivery_of(again).sequence == 2


def test_numbers_grow_to_no_end_however_many_an_account_tells(bolivia: Peer) -> None:
    _message, row = arrived(bolivia)
    conversation = row["conversation"]
    Conversation.objects.filter(id=conversation).update(sent=account.MOST_NUMBER)
    OutgoingMessage.objects.all().delete()
    _restored()
    _serve(bolivia, received=[{**row, "sequence": account.MOST_NUMBER + 1}])

    exchange.drain(peer="bo")

    assert Conversation.objects.get(id=conversation).sent == account.MOST_NUMBER


@pytest.mark.parametrize(
    "wrong",
    [
        {"sequence": 2**40},
        {"created": "never"},
        {"conversation": "c" * 40},
        {"receipt": []},
        {"receipt": {"body": {"at": 1}}},
    ],
)
def test_one_row_that_cannot_be_kept_stops_no_account(bolivia: Peer, wrong: dict[str, Any]) -> None:
    row = received(bolivia)
    _restored()
    bad = {**row, **wrong}
    _serve(bolivia, sent=[bad, row])

    exchange.drain(peer="bo")

    assert PeerState.objects.get(node="bo").account_since is None
    assert IncomingMessage.objects.get().id == row["message"]


def test_a_receipt_by_a_sheet_that_nobody_knows_stops_no_account(bolivia: Peer) -> None:
    message, row = arrived(bolivia, sheet=77)
    _restored()
    _serve(bolivia, received=[row], sent=[row])

    exchange.drain(peer="bo")

    assert PeerState.objects.get(node="bo").account_since is None
    assert exchange.delivery_of(message).reason == "restored"
    assert audit.verify().broken is None
