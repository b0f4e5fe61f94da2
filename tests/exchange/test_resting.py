"""A peer that fails at one message holds up that message's conversation, and nothing else."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from ayni.exchange import api as exchange
from ayni.exchange import batches, resting
from ayni.exchange.models import OutgoingMessage, PeerState, RestingConversation
from ayni.lib import clock
from tests.exchange import rests
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue

POISON: dict[str, Any] = {"data": {}, "step": "poison"}


def _poisoned(conversation: str) -> str:
    return queue({}, a_grant(), payload=POISON, conversation=conversation)


def _state(message: str) -> str:
    return str(exchange.delivery_of(message).state)


@given(st.integers(min_value=1, max_value=10_000))
def test_a_rest_grows_and_stays_within_its_bounds(failures: int) -> None:
    now = clock.now()
    wait = resting.rests_until(failures, now) - now

    assert timedelta(seconds=3.75) <= wait <= timedelta(minutes=15) * 1.25
    assert failures < 8 or wait >= timedelta(minutes=8)
    assert resting.rests(now + wait, now)
    assert not resting.rests(now + timedelta(days=1), now), "written by a clock that was ahead"


def test_other_messages_leave_at_once_while_one_conversation_rests(bolivia: Peer) -> None:
    bolivia.fails_at = "poison"
    conversation = exchange.new_conversation()
    bad = _poisoned(conversation)
    exchange.drain(peer="bo")
    assert PeerState.objects.get(node="bo").failures == 0, "the peer itself does not fail"

    behind = queue({"needs": [1]}, a_grant(), conversation=conversation)
    others = [queue({"needs": [n]}, a_grant()) for n in range(3)]
    assert exchange.peers_waiting() == ["bo"]
    assert exchange.drain(peer="bo") == 3

    assert [_state(m) for m in others] == ["delivered"] * 3
    assert (_state(bad), _state(behind)) == ("queued", "queued")
    assert exchange.delivery_of(bad).attempts == 1, "not tried again before its rest is over"


def test_a_peer_for_which_only_what_rests_waits_is_not_looked_at(bolivia: Peer) -> None:
    bolivia.fails_at = "poison"
    _poisoned(exchange.new_conversation())
    exchange.drain(peer="bo")

    assert exchange.peers_waiting() == []
    with time_machine.travel(clock.now() + timedelta(seconds=10)):
        assert exchange.peers_waiting() == ["bo"]


def test_the_rest_of_a_conversation_grows_and_ends_with_the_message(bolivia: Peer) -> None:
    bolivia.fails_at = "poison"
    conversation = exchange.new_conversation()
    bad = _poisoned(conversation)
    behind = queue({"needs": [1]}, a_grant(), conversation=conversation)
    for _ in range(4):
        rests.are_over()
        exchange.drain(peer="bo")
    row = RestingConversation.objects.get(conversation=conversation)
    assert (row.failures, row.reason) == (4, "status_500")
    assert timedelta(seconds=25) < row.next_attempt - clock.now() < timedelta(seconds=55)

    bolivia.fails_at = ""
    rests.are_over()
    assert exchange.drain(peer="bo") == 2
    assert (_state(bad), _state(behind)) == ("delivered", "delivered")
    assert not RestingConversation.objects.exists()


def test_two_poisoned_ones_stop_nobody_and_the_line_is_together_again(bolivia: Peer) -> None:
    bolivia.fails_at = "poison"
    bad = [_poisoned(exchange.new_conversation()) for _ in range(2)]
    others = [queue({"needs": [n]}, a_grant()) for n in range(batches.MOST)]

    assert exchange.drain(peer="bo") == batches.MOST
    assert {_state(m) for m in others} == {"delivered"}
    assert [_state(m) for m in bad] == ["queued"] * 2


def test_a_server_that_breaks_at_everything_rests_as_a_whole(bolivia: Peer) -> None:
    bolivia.answers, bolivia.says = False, 500
    messages = [queue({"needs": [n]}, a_grant()) for n in range(30)]

    assert exchange.drain(peer="bo") == 0

    state = PeerState.objects.get(node="bo")
    assert state.failures == 1
    assert exchange.peers_waiting() == []
    tries = sum(exchange.delivery_of(m).attempts for m in messages)
    assert tries == 30 + 3, "all of them in one request, three alone: not thirty requests"
    bolivia.answers = True
    rests.are_over()
    assert exchange.drain(peer="bo") == 30


def test_many_poisoned_ones_in_front_starve_nobody(bolivia: Peer) -> None:
    bolivia.fails_at, bolivia.knows_batches = "poison", False
    bad = [_poisoned(exchange.new_conversation()) for _ in range(7)]
    good = queue({"needs": [1]}, a_grant())

    for _ in range(4):
        PeerState.objects.update(next_attempt=None)
        exchange.drain(peer="bo")

    assert _state(good) == "delivered"
    assert {_state(m) for m in bad} == {"queued"}


def test_a_message_that_is_cancelled_while_it_rests_leaves_no_rest(bolivia: Peer) -> None:
    bolivia.fails_at = "poison"
    conversation = exchange.new_conversation()
    bad = queue({}, a_grant(), payload=POISON, conversation=conversation, subject="case-9")
    exchange.drain(peer="bo")
    row = OutgoingMessage.objects.get(message=bad)
    assert row.state == "queued"

    exchange.cancel(by=BY, subject="case-9", peers=None, reason="consent_withdrawn")
    rests.are_over()
    queue({"needs": [1]}, a_grant())
    assert exchange.drain(peer="bo") == 1

    assert not RestingConversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rest_that_somebody_works_on_keeps_nobody_waiting() -> None:
    long_ago = clock.now() - timedelta(hours=1)
    for conversation in ("a", "b"):
        RestingConversation.objects.create(
            conversation=conversation, peer="bo", next_attempt=long_ago
        )
    begun, ended = threading.Event(), threading.Event()

    def work_on_one() -> None:
        with transaction.atomic():
            RestingConversation.objects.select_for_update().get(conversation="a")
            begun.set()
            ended.wait(20)
        connection.close()

    other = threading.Thread(target=work_on_one)
    other.start()
    try:
        assert begun.wait(20)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '500ms'")
            resting.resting("bo", now=clock.now())
        assert [row.conversation for row in RestingConversation.objects.all()] == ["a"]
    finally:
        ended.set()
        other.join()
