"""Numbers that a conversation leaves out: noticed, asked for again and again, answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import missing
from ayni.exchange.models import IncomingMessage, MissingNumber, OutgoingMessage
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue

pytestmark = pytest.mark.database_room
SOON, LATER = timedelta(seconds=30), timedelta(minutes=10)
JOB = audit.job("test")


def come(bolivia: Peer, number: int, conversation: str) -> str:
    """A message of Bolivia's with this number; its id."""
    raw = bolivia.seal({"data": {"needs": [number]}}, sequence=number, conversation=conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None
    message: str = reply.receipt["body"]["message"]
    return message


def told(bolivia: Peer, conversation: str, **standing: str) -> None:
    """Bolivia tells what became of numbers (`n3="cancelled"`)."""
    payload = {
        "conversation": conversation,
        "told": [{"number": int(n[1:]), "is": state} for n, state in standing.items()],
    }
    raw = bolivia.seal(payload, kind="exchange.missing_told")
    receipt = exchange.receive(raw=raw, signed_by="bo").receipt
    assert receipt is not None
    assert receipt["body"]["state"] == "applied"


def ask() -> int:
    return missing.ask(by=JOB, now=clock.now())


def questions(bolivia: Peer) -> list[dict[str, Any]]:
    """What Bolivia has been asked, as it has opened it."""
    exchange.drain(peer="bo")
    return [payload for payload in bolivia.read if "numbers" in payload]


def test_a_gap_is_asked_for_when_it_has_had_time_to_close(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    come(bolivia, 1, talk)
    come(bolivia, 4, talk)
    assert ask() == 0

    with time_machine.travel(clock.now() + SOON):
        assert ask() == 2
        assert questions(bolivia) == [{"conversation": talk, "numbers": [2, 3]}]


def test_a_gap_behind_one_that_waits_already_is_noticed_too(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    for number in (1, 3, 6):
        come(bolivia, number, talk)

    numbers = MissingNumber.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [2, 4, 5]


def test_what_has_come_meanwhile_is_not_asked_for(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    for number in (1, 4, 2):
        come(bolivia, number, talk)

    with time_machine.travel(clock.now() + SOON):
        assert ask() == 1
        assert questions(bolivia) == [{"conversation": talk, "numbers": [3]}]


def test_it_is_asked_again_later_and_later(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    come(bolivia, 2, talk)
    waits = []
    with time_machine.travel(clock.now() + SOON, tick=False) as travel:
        for _ in range(4):
            assert ask() == 1
            row = MissingNumber.objects.get()
            waits.append(row.next_ask - clock.now())
            assert ask() == 0
            travel.shift(row.next_ask - clock.now())

    two = timedelta(minutes=2)
    for wait, usual in zip(waits, (two, 2 * two, 4 * two, 8 * two), strict=True):
        assert 0.75 * usual <= wait <= 1.25 * usual


def test_what_waits_for_a_number_that_never_comes_is_applied_when_that_is_told(
    bolivia: Peer,
) -> None:
    talk = exchange.new_conversation()
    come(bolivia, 1, talk)
    waits = come(bolivia, 3, talk)
    assert IncomingMessage.objects.get(id=waits).state == "waiting"
    assert exchange.apply_waiting() == 0

    told(bolivia, talk, n2="cancelled")

    assert missing.told_of(talk) == {2: "cancelled"}
    assert exchange.apply_waiting() == 1
    assert IncomingMessage.objects.get(id=waits).state == "applied"
    with time_machine.travel(clock.now() + LATER):
        assert ask() == 0


def test_a_number_that_is_on_its_way_is_still_waited_for(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    come(bolivia, 1, talk)
    come(bolivia, 3, talk)

    told(bolivia, talk, n2="queued")

    assert exchange.apply_waiting() == 0
    assert missing.told_of(talk) == {}


def test_another_node_cannot_tell_of_a_conversation_that_is_not_its_own(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    come(bolivia, 2, talk)
    MissingNumber.objects.update(peer="cl")

    told(bolivia, talk, n1="cancelled")

    assert missing.told_of(talk) == {}


def asked_by(bolivia: Peer, conversation: str, *numbers: int) -> list[dict[str, Any]]:
    """What our node answers when Bolivia misses these numbers of ours."""
    payload = {"conversation": conversation, "numbers": list(numbers)}
    raw = bolivia.seal(payload, kind="exchange.missing")
    receipt = exchange.receive(raw=raw, signed_by="bo").receipt
    assert receipt is not None
    assert receipt["body"]["state"] == "applied"
    exchange.drain(peer="bo")
    return [one for payload in bolivia.read if "told" in payload for one in payload["told"]]


def test_our_node_tells_what_became_of_its_numbers(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    first = queue({"needs": [1]}, a_grant(), conversation=talk, subject="stays")
    exchange.drain(peer="bo")
    queue({"needs": [2]}, a_grant(), conversation=talk, subject="goes")
    kinds.answer["goes"] = "consent_withdrawn"
    exchange.drain(peer="bo")

    answered = asked_by(bolivia, talk, 1, 2, 3)

    assert answered == [
        {"number": 1, "is": "sent"},
        {"number": 2, "is": "cancelled"},
        {"number": 3, "is": "unknown"},
    ]
    assert exchange.delivery_of(first).state == "delivered"


def test_one_that_is_queued_is_told_so_and_leaves(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    message = queue({"needs": [1]}, a_grant(), conversation=talk)

    assert asked_by(bolivia, talk, 1) == [{"number": 1, "is": "queued"}]
    assert exchange.delivery_of(message).state == "delivered"


def test_of_a_conversation_with_another_nothing_is_told(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    queue({"needs": [1]}, a_grant(), conversation=talk)
    OutgoingMessage.objects.filter(conversation=talk).update(peer="cl")

    assert asked_by(bolivia, talk, 1) == []


def test_a_peer_that_leaves_out_thousands_fills_no_table(bolivia: Peer) -> None:
    talk = exchange.new_conversation()
    come(bolivia, 2_000_000_000, talk)
    assert MissingNumber.objects.count() == missing.MOST

    rows = [
        MissingNumber(
            peer="bo", conversation=f"{n:032}", number=1, noticed_at=clock.now(),
            next_ask=clock.now(),
        )
        for n in range(missing.MOST_OF_A_PEER)
    ]  # fmt: skip
    MissingNumber.objects.bulk_create(rows)
    come(bolivia, 7, exchange.new_conversation())
    assert MissingNumber.objects.count() == missing.MOST + missing.MOST_OF_A_PEER


def test_a_day_without_a_word_is_counted(bolivia: Peer) -> None:
    come(bolivia, 3, exchange.new_conversation())

    assert missing.unanswered("bo", now=clock.now()) == 0
    assert missing.unanswered("bo", now=clock.now() + timedelta(days=2)) == 2
