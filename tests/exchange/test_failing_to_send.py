"""Our own software fails at the question whether one message may leave: its conversation waits, and
nothing else of the peer's line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import rested
from ayni.exchange.models import OutgoingMessage, PeerState, RestingConversation
from tests.exchange import kinds, rests
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_fetching import _fetched, _token, closed

__all__ = ["closed"]


@pytest.fixture(autouse=True)
def unmended() -> Iterator[None]:
    kinds.broken = True
    kinds.answer.clear()
    yield
    kinds.broken = True
    kinds.answer.clear()


def _state(message: str) -> str:
    return str(exchange.delivery_of(message).state)


@pytest.mark.parametrize("how", sorted(kinds.BREAKS))
def test_what_waits_for_the_same_peer_leaves_all_the_same(bolivia: Peer, how: str) -> None:
    kinds.answer["case-2"] = how
    conversation = exchange.new_conversation()
    before = queue({"needs": [0]}, a_grant())
    bad = queue({"needs": [1]}, a_grant(), subject="case-2", conversation=conversation)
    behind = queue({"needs": [2]}, a_grant(), conversation=conversation)
    others = [queue({"needs": [n]}, a_grant()) for n in range(3, 6)]

    assert exchange.drain(peer="bo") == 4

    assert [_state(m) for m in (before, *others)] == ["delivered"] * 4
    assert (_state(bad), _state(behind)) == ("queued", "queued"), "in order, or not at all"
    row = RestingConversation.objects.get()
    assert (row.conversation, row.reason) == (conversation, "software_failed")
    assert rested.in_words(row.reason) is not None
    assert PeerState.objects.get(node="bo").failures == 0, "the peer does not fail"
    assert sorted(read["data"]["needs"] for read in bolivia.read) == [[0], [3], [4], [5]]
    assert audit.verify_chain() is None


def test_once_it_is_mended_it_leaves_in_order(bolivia: Peer) -> None:
    kinds.answer["case-2"] = "break"
    conversation = exchange.new_conversation()
    bad = queue({"needs": [1]}, a_grant(), subject="case-2", conversation=conversation)
    behind = queue({"needs": [2]}, a_grant(), conversation=conversation)
    assert exchange.drain(peer="bo") == 0

    kinds.broken = False
    rests.are_over()
    assert exchange.drain(peer="bo") == 2

    assert (_state(bad), _state(behind)) == ("delivered", "delivered")
    assert [read["data"]["needs"] for read in bolivia.read] == [[1], [2]]
    assert not RestingConversation.objects.exists()


def test_many_of_them_hold_up_nobody(bolivia: Peer) -> None:
    kinds.answer["case-2"] = "break"
    bad = [queue({"needs": [n]}, a_grant(), subject="case-2") for n in range(12)]
    good = queue({"needs": ["last"]}, a_grant())

    assert exchange.drain(peer="bo") == 1

    assert _state(good) == "delivered"
    assert {_state(m) for m in bad} == {"queued"}
    assert RestingConversation.objects.count() == 12


def test_what_was_cancelled_before_it_in_the_same_attempt_is_cancelled_once(bolivia: Peer) -> None:
    kinds.answer.update({"case-2": "break", "case-3": "consent_withdrawn"})
    gone = queue({"needs": [0]}, a_grant(), subject="case-3")
    queue({"needs": [1]}, a_grant(), subject="case-2")

    exchange.drain(peer="bo")

    assert _state(gone) == "cancelled"
    entries = audit.entries_of(verb="exchange.cancel", limit=9)
    assert [entry.subject for entry in entries] == [gone]


def test_an_institution_that_is_not_known_here_any_more_holds_up_its_own(bolivia: Peer) -> None:
    lost, good = queue({"needs": [1]}, a_grant()), queue({"needs": [2]}, a_grant())
    OutgoingMessage.objects.filter(message=lost).update(institution="ar-gone")

    assert exchange.drain(peer="bo") == 1

    assert (_state(lost), _state(good)) == ("queued", "delivered")


def test_a_kind_that_is_not_registered_any_more_holds_up_its_own(bolivia: Peer) -> None:
    lost, good = queue({"needs": [1]}, a_grant()), queue({"needs": [2]}, a_grant())
    OutgoingMessage.objects.filter(message=lost).update(kind="test.gone")

    assert exchange.drain(peer="bo") == 1

    assert (_state(lost), _state(good)) == ("queued", "delivered")


def test_for_a_peer_that_fetches_it_is_the_same(closed: Peer) -> None:
    kinds.answer["case-2"] = "break"
    bad = queue({"needs": [1]}, a_grant(), subject="case-2")
    queue({"needs": [2]}, a_grant())

    _token_2, more, envelopes = _fetched(closed, _token(closed))

    assert (len(envelopes), more) == (1, False)
    assert _state(bad) == "queued"
    assert RestingConversation.objects.get().reason == "software_failed"


def test_the_log_names_ids_and_nothing_of_what_is_sent(
    bolivia: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    kinds.answer["case-2"] = "break"
    bad = queue({"needs": ["AGUJA"]}, a_grant(), subject="case-2")

    with caplog.at_level(logging.ERROR, logger="ayni.exchange"):
        exchange.drain(peer="bo")

    (line,) = [record for record in caplog.records if record.message == "failed"]
    told: dict[str, Any] = vars(line)["ids"]
    assert (told["peer"], told["message"]) == ("bo", bad)
    assert "AGUJA" not in caplog.text
