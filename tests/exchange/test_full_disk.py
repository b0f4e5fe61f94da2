"""A keyring that has no room is a fault of the machine: no message is set aside for it."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from ayni.exchange import api as exchange
from ayni.exchange import inbox
from ayni.exchange.models import IncomingMessage
from tests.cast import Cast
from tests.exchange.peer import Peer
from tests.full_disk import no_room

pytestmark = pytest.mark.django_db
TALK = "d" * 32


def sends(bolivia: Peer, n: int, needs: str = "") -> inbox.Reply:
    """The nth message of the conversation comes from Bolivia."""
    raw = bolivia.seal({"data": {"n": n, "needs": needs}}, sequence=n, conversation=TALK)
    return exchange.receive(raw=raw, signed_by="bo")


def state(n: int) -> str:
    """How the nth message stands."""
    return IncomingMessage.objects.get(conversation=TALK, sequence=n).state


def test_a_message_that_waits_goes_on_waiting_and_is_applied_when_there_is_room(
    bolivia: Peer, cast: Cast
) -> None:
    sends(bolivia, 2, "key")
    waits = IncomingMessage.objects.get(conversation=TALK, sequence=2)
    IncomingMessage.objects.filter(id=waits.id).update(
        received_at=waits.received_at - 2 * inbox.GAP
    )

    with no_room(), pytest.raises(OperationalError):
        exchange.apply_waiting()

    assert state(2) == "waiting"
    assert exchange.apply_waiting() == 1
    assert state(2) == "applied"


def test_a_message_that_comes_is_not_kept_and_is_applied_when_it_comes_again(
    bolivia: Peer, cast: Cast
) -> None:
    raw = bolivia.seal({"data": {"n": 1, "needs": "key"}}, sequence=1, conversation=TALK)
    with no_room(), pytest.raises(OperationalError):
        exchange.receive(raw=raw, signed_by="bo")

    assert not IncomingMessage.objects.filter(conversation=TALK).exists()
    answer = exchange.receive(raw=raw, signed_by="bo")
    assert answer.receipt is not None
    assert answer.receipt["body"]["state"] == "applied"
