"""Clocks that differ: the message waits, both sides are told, nothing is dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import carrying, chunks, tasks
from ayni.exchange.held import Chunk, Hold, Stream
from ayni.exchange.models import IncomingMessage, OutgoingMessage, PeerState
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.shelf import give
from tests.exchange.test_carrying import going, standing
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.test_reception import post_signed
from tests.exchange.test_taking_attachments import IDENT, coming

BY = audit.job("tests")
DATA = {"data": {"needs": ["shelter"]}}
HOUR = timedelta(hours=1)


def _bolivia_seen() -> exchange.Neighbour:
    (one,) = exchange.neighbours()
    return one


def test_the_receiver_is_told_how_far_the_other_clock_is_ahead(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, created=clock.now() + HOUR)
    exchange.receive(raw=raw, signed_by="bo")

    seen = _bolivia_seen()
    assert seen.skew_seconds is not None
    assert 3500 < seen.skew_seconds <= 3600
    assert (seen.waiting, seen.set_aside) == (1, 0)


def test_the_sender_is_told_by_the_receipt_and_forgets_when_it_is_over(bolivia: Peer) -> None:
    bolivia.says_ahead = 3600
    queue({"needs": [1]}, a_grant())
    exchange.drain(peer="bo")
    assert _bolivia_seen().skew_seconds == -3600

    bolivia.says_ahead = 0
    queue({"needs": [2]}, a_grant())
    exchange.drain(peer="bo")
    assert _bolivia_seen().skew_seconds is None


def test_ten_minutes_are_not_yet_ahead(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, created=clock.now() + timedelta(minutes=9, seconds=50))

    reply = exchange.receive(raw=raw, signed_by="bo")

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"


def test_what_is_days_ahead_is_kept_and_applied_when_its_time_has_come(bolivia: Peer) -> None:
    created = clock.now() + timedelta(days=2)
    exchange.receive(raw=bolivia.seal(DATA, created=created), signed_by="bo")

    for hours in range(0, 47, 7):
        with time_machine.travel(clock.now() + hours * HOUR):
            assert exchange.apply_waiting() == 0
    with time_machine.travel(created):
        assert exchange.apply_waiting() == 1
    assert [r.payload for r in kinds.taken] == [DATA]
    assert IncomingMessage.objects.get().state == "applied"


def test_a_replay_of_what_waits_gives_the_same_receipt(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, created=clock.now() + HOUR)

    first = exchange.receive(raw=raw, signed_by="bo")
    second = exchange.receive(raw=raw, signed_by="bo")

    assert first == second
    assert IncomingMessage.objects.count() == 1


def test_keys_that_a_clock_ahead_has_made_are_taken_with_its_messages(bolivia: Peer) -> None:
    ahead = clock.now().replace(microsecond=0) + HOUR
    sheet = bolivia.next_sheet(ahead)
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())

    raw = bolivia.seal(DATA, created=ahead + timedelta(minutes=1), signing_sheet=2)
    reply = exchange.receive(raw=raw, signed_by="bo")

    assert reply.receipt is not None, reply.refusal
    assert reply.receipt["body"]["state"] == "waiting"


def test_a_message_from_before_its_key_sheet_is_refused(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, created=clock.now() - HOUR)

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "not_genuine"


def test_keys_that_are_over_sign_nothing_whatever_the_message_states(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA)
    with time_machine.travel(clock.now() + timedelta(days=31)):
        later = bolivia.seal(DATA, created=clock.now())
        assert exchange.receive(raw=later, signed_by="bo").refusal == "not_genuine"
        assert exchange.receive(raw=raw, signed_by="bo").receipt is not None, "made in time"


def test_a_message_dated_after_the_end_of_its_key_sheet_is_refused(bolivia: Peer) -> None:
    raw = bolivia.seal(DATA, created=clock.now() + timedelta(days=31))

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "not_genuine"


def test_what_was_dated_ahead_is_not_applied_once_its_key_is_revoked(bolivia: Peer) -> None:
    created = clock.now() + timedelta(days=2)
    assert exchange.receive(raw=bolivia.seal(DATA, created=created), signed_by="bo").receipt
    now = clock.now()
    exchange.accept_key_sheet(by=BY, document=bolivia.next_sheet(now, revoked=[1]), now=now)

    with time_machine.travel(created):
        assert exchange.apply_waiting() == 0

    row = IncomingMessage.objects.get()
    assert (row.state, row.reason, kinds.taken) == ("set_aside", "not_genuine", [])


def test_what_waited_is_not_applied_after_the_end_that_its_sender_set(bolivia: Peer) -> None:
    created = clock.now() + HOUR
    raw = bolivia.seal(DATA, created=created, valid_until=created + HOUR)
    assert exchange.receive(raw=raw, signed_by="bo").receipt

    with time_machine.travel(created + 2 * HOUR):
        assert exchange.apply_waiting() == 0

    row = IncomingMessage.objects.get()
    assert (row.state, row.reason, kinds.taken) == ("set_aside", "expired", [])


def _our_clock_is_called_ahead(bolivia: Peer) -> None:
    bolivia.says_ahead = 3600
    queue({"needs": ["first"]}, a_grant())
    assert exchange.drain(peer="bo") == 1
    bolivia.says_ahead = 0


@pytest.mark.parametrize("ends", ["message", "grant"])
def test_a_clock_that_the_peer_calls_ahead_ends_nothing_that_waits(
    bolivia: Peer, ends: str
) -> None:
    end = clock.now() + HOUR
    _our_clock_is_called_ahead(bolivia)
    waits = queue(
        {"needs": ["second"]},
        a_grant(**({"valid_until": end} if ends == "grant" else {})),
        **({"valid_until": end} if ends == "message" else {}),
    )

    with time_machine.travel(end + HOUR):
        assert exchange.drain(peer="bo") == 0
    assert exchange.delivery_of(waits).state == "queued", "its time only seemed to be over"
    assert len(bolivia.read) == 1, "and nothing leaves meanwhile"

    assert exchange.drain(peer="bo") == 1, "the clock is right again"
    assert _bolivia_seen().skew_seconds is None
    assert exchange.delivery_of(waits).state == "delivered"


def test_what_its_room_would_end_by_a_clock_that_is_ahead_is_not_recorded_either(
    bolivia: Peer,
) -> None:
    _our_clock_is_called_ahead(bolivia)
    waits = queue({"needs": ["second"]}, a_grant())
    kinds.answer["case-1"] = "consent_withdrawn"
    entries = len(audit.entries_about(waits))

    assert exchange.drain(peer="bo") == 0

    assert exchange.delivery_of(waits).state == "queued"
    assert len(audit.entries_about(waits)) == entries
    assert audit.verify_chain() is None


def test_by_a_right_clock_what_is_over_ends_as_before(bolivia: Peer) -> None:
    end = clock.now() + HOUR
    over = queue({"needs": ["first"]}, a_grant(), valid_until=end)

    with time_machine.travel(end + HOUR):
        exchange.drain(peer="bo")

    assert exchange.delivery_of(over).reason == "expired"


def test_one_other_peer_alone_is_not_believed_about_our_clock(bolivia: Peer) -> None:
    end = clock.now() + HOUR
    PeerState.objects.create(node="pe", skew_seconds=-7200)
    over = queue({"needs": ["first"]}, a_grant(), valid_until=end)
    with time_machine.travel(end + HOUR):
        exchange.drain(peer="bo")
    assert exchange.delivery_of(over).reason == "expired"

    PeerState.objects.create(node="cl", skew_seconds=-7200)
    end = clock.now() + HOUR
    waits = queue({"needs": ["second"]}, a_grant(), valid_until=end)
    with time_machine.travel(end + HOUR):
        exchange.drain(peer="bo")
    assert exchange.delivery_of(waits).state == "queued", "two others have told it"


def _calls_us_ahead(node: str, seconds: int = 7200) -> None:
    PeerState.objects.update_or_create(node=node, defaults={"skew_seconds": -seconds})


def _right_again() -> None:
    PeerState.objects.update(skew_seconds=None)


def test_what_comes_is_not_refused_as_over_by_a_clock_that_its_sender_calls_ahead(
    bolivia: Peer,
) -> None:
    end = clock.now() + HOUR
    raw = bolivia.seal(DATA, valid_until=end)
    _calls_us_ahead("bo")

    with time_machine.travel(end + HOUR):
        alone = post_signed(bolivia, raw)
        (of_many,) = exchange.receive_many(envelopes=[raw], signed_by="bo")

    assert alone == (500, {"refused": "clock_ahead"}), "unsigned: its sender tries again"
    assert (of_many.receipt, of_many.refusal, of_many.later) == (None, "", "failed")
    assert not IncomingMessage.objects.exists()

    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, "the clock is right again"
    assert [r.payload for r in kinds.taken] == [DATA]


def test_what_comes_too_late_is_refused_once_nobody_calls_our_clock_ahead(bolivia: Peer) -> None:
    end = clock.now() + HOUR
    raw = bolivia.seal(DATA, valid_until=end)
    _calls_us_ahead("pe")

    with time_machine.travel(end + HOUR):
        assert exchange.receive(raw=raw, signed_by="bo").refusal == "expired", "one other alone"


def test_what_waits_is_not_ended_by_a_clock_that_is_called_ahead(bolivia: Peer) -> None:
    created = clock.now() + HOUR
    raw = bolivia.seal(DATA, created=created, valid_until=created + HOUR)
    assert exchange.receive(raw=raw, signed_by="bo").receipt
    _calls_us_ahead("bo")

    with time_machine.travel(created + 2 * HOUR):
        assert exchange.apply_waiting() == 0
    assert IncomingMessage.objects.get().state == "waiting"

    with time_machine.travel(created):
        assert exchange.apply_waiting() == 1
    assert [r.payload for r in kinds.taken] == [DATA]


def test_no_attachment_is_stopped_by_a_clock_that_is_called_ahead(bolivia: Peer) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    end = clock.now() + HOUR
    OutgoingMessage.objects.update(valid_until=end)
    _calls_us_ahead("bo")

    with time_machine.travel(end + HOUR):
        carrying.carry(peer="bo")
    assert (standing(shelf), shelf.came) == ((Hold.GOING, ""), []), "it rests, and nothing left"

    carrying.carry(peer="bo")
    assert standing(shelf) == (Hold.ARRIVED, ""), "its rest was written by the wrong clock"


def test_an_attachment_whose_time_is_over_by_a_right_clock_stops(bolivia: Peer) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    OutgoingMessage.objects.update(valid_until=clock.now())

    carrying.carry(peer="bo")

    assert (standing(shelf), shelf.came) == ((Hold.STOPPED, "expired"), [])


def test_an_attachment_that_a_peer_does_not_take_is_given_up_by_a_right_clock_only(
    bolivia: Peer,
) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    bolivia.answers = False
    _calls_us_ahead("bo")

    with time_machine.travel(clock.now() + 46 * 24 * HOUR):
        carrying.carry(peer="bo")
    assert standing(shelf) == (Hold.GOING, "")

    _right_again()
    Stream.objects.update(next_attempt=None)
    with time_machine.travel(clock.now() + 46 * 24 * HOUR):
        carrying.carry(peer="bo")
    assert standing(shelf) == (Hold.STOPPED, "not_taken")


@pytest.mark.parametrize("told_by", [("bo",), ("pe", "cl")])
def test_chunks_that_came_do_not_go_by_a_clock_that_is_called_ahead(
    bolivia: Peer, told_by: tuple[str, ...]
) -> None:
    parts = coming()
    give(bolivia, IDENT, 0, parts[0])
    for node in told_by:
        _calls_us_ahead(node)
    later = clock.now() + 46 * 24 * HOUR

    assert chunks.sweep(by=BY, now=later) == 0
    assert Chunk.objects.count() == 1

    _right_again()
    assert chunks.sweep(by=BY, now=later) == 1


def test_no_key_goes_by_a_clock_that_several_call_ahead(bolivia: Peer) -> None:
    begun = clock.now().replace(microsecond=0)
    assert exchange.renew_if_due(by=BY, now=begun + 7 * 24 * HOUR)
    for node in ("pe", "cl"):
        _calls_us_ahead(node)

    with time_machine.travel(begun + 60 * 24 * HOUR):
        tasks.remove_old_keys(timestamp=0)
        assert exchange.remove_old_keys(by=BY, now=clock.now()) == 2, "none had gone"
