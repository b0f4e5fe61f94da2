"""Attachments that leave: after their message, chunk by chunk, from where they were cut off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.exchange import api as exchange
from ayni.exchange import carrying, chunks, stream
from ayni.exchange.held import Chunk, Hold, Stream
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.lib import clock
from ayni.lib.errors import WrongState
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.shelf import BY, Shelf, content_of, held
from tests.exchange.test_delivery import a_grant, queue

SIZE = 3 * stream.CHUNK + 5


def going(bolivia: Peer, size: int = SIZE) -> Shelf:
    """An attachment of ours with its message, queued to Bolivia."""
    described = held(content_of(size))
    message = queue({"needs": ["x"]}, a_grant())
    exchange.send_attachment(by=BY, attachment=described.attachment, peer="bo", message=message)
    shelf = Shelf(described)
    bolivia.attachments = shelf.answer
    return shelf


def standing(shelf: Shelf) -> tuple[str, str]:
    """How it stands with it here."""
    row = exchange.standing_of_attachment(shelf.described.attachment)
    assert row is not None
    return row.hold, row.reason


def test_an_attachment_arrives_as_it_was(bolivia: Peer) -> None:
    shelf = going(bolivia)

    exchange.drain(peer="bo")
    carrying.carry(peer="bo")

    assert standing(shelf) == (Hold.ARRIVED, "")
    assert shelf.content() == content_of(SIZE)


def test_the_message_goes_first_and_does_not_wait_for_its_attachment(bolivia: Peer) -> None:
    shelf = going(bolivia)

    carrying.carry(peer="bo")
    assert shelf.came == []

    exchange.drain(peer="bo")
    assert (len(bolivia.read), shelf.came) == (1, [])


def test_after_a_cut_only_the_missing_chunks_are_sent(bolivia: Peer) -> None:
    shelf = going(bolivia)
    shelf.cut_after = 2
    exchange.drain(peer="bo")
    carrying.carry(peer="bo")
    assert (standing(shelf), shelf.came) == ((Hold.GOING, ""), [0, 1])

    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        carrying.carry(peer="bo")

    assert (standing(shelf), shelf.came) == ((Hold.ARRIVED, ""), [0, 1, 2, 3])


def test_a_peer_that_fails_is_left_alone_for_a_while(bolivia: Peer) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    bolivia.answers = False
    carrying.carry(peer="bo")
    bolivia.answers = True

    carrying.carry(peer="bo")

    assert shelf.came == []
    assert Stream.objects.get().failures == 1


@pytest.mark.parametrize("says", [429, 503, 507])
def test_all_that_goes_to_a_peer_waits_as_long_as_it_asks(bolivia: Peer, says: int) -> None:
    going(bolivia)
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    bolivia.answers, bolivia.says, bolivia.retry_after = False, says, "120"
    carrying.carry(peer="bo")
    bolivia.answers = True
    asked = clock.now()

    for seconds in (0, 100):
        with time_machine.travel(asked + timedelta(seconds=seconds)):
            assert carrying.peers_going(clock.now()) == []
            assert carrying.carry(peer="bo") == 0
    assert list(Stream.objects.values_list("failures", flat=True).order_by("failures")) == [0, 1]
    with time_machine.travel(asked + timedelta(seconds=122)):
        carrying.carry(peer="bo")
    assert standing(shelf) == (Hold.ARRIVED, "")


def test_a_peer_cannot_make_attachments_wait_for_days(bolivia: Peer) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    bolivia.answers, bolivia.says, bolivia.retry_after = False, 429, "99999"
    carrying.carry(peer="bo")
    bolivia.answers = True

    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        carrying.carry(peer="bo")

    assert standing(shelf) == (Hold.ARRIVED, "")


def test_while_a_peer_rests_as_a_whole_it_is_asked_for_no_attachment(bolivia: Peer) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    PeerState.objects.update(next_attempt=clock.now() + timedelta(minutes=2))

    assert carrying.carry(peer="bo") == 0
    assert (shelf.came, Stream.objects.get().failures) == ([], 0)
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        carrying.carry(peer="bo")
    assert standing(shelf) == (Hold.ARRIVED, "")


@pytest.mark.parametrize("lacks", [[-1], [SIZE], [True], ["0"], [0] * 9, {}, None])
def test_a_peer_that_lacks_what_there_is_not_is_left_alone_for_a_while(
    bolivia: Peer, lacks: Any
) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    bolivia.attachments = lambda path, raw: (200, {"missing": lacks, "state": "coming"})

    assert carrying.carry(peer="bo") == 0

    assert (standing(shelf)[0], Stream.objects.get().failures) == (Hold.GOING, 1)
    assert carrying.peers_going(clock.now()) == []


def test_one_for_which_there_is_no_room_there_stops_no_other(bolivia: Peer) -> None:
    full, shelf = going(bolivia), going(bolivia)
    exchange.drain(peer="bo")

    def answer(path: str, raw: bytes) -> tuple[int, Any]:
        about_full = full.described.attachment.encode() in raw
        return (503, {"refused": "no_room"}) if about_full else shelf.answer(path, raw)

    bolivia.attachments = answer
    carrying.carry(peer="bo")

    assert (standing(full)[0], standing(shelf)[0]) == (Hold.GOING, Hold.ARRIVED)


def test_one_at_whose_question_our_own_software_fails_stops_no_other(bolivia: Peer) -> None:
    bad, shelf = going(bolivia), going(bolivia)
    exchange.drain(peer="bo")
    row = Stream.objects.get(id=bad.described.attachment)
    OutgoingMessage.objects.filter(message=row.message).update(subject="case-2")
    kinds.answer["case-2"] = "break"

    def answer(path: str, raw: bytes) -> tuple[int, Any]:
        about_bad = bad.described.attachment in path or bad.described.attachment.encode() in raw
        return bad.answer(path, raw) if about_bad else shelf.answer(path, raw)

    bolivia.attachments = answer
    try:
        carrying.carry(peer="bo")
    finally:
        kinds.answer.clear()

    assert (standing(bad)[0], bad.came) == (Hold.GOING, []), "it rests, and is tried again"
    assert standing(shelf)[0] == Hold.ARRIVED


def test_no_chunk_leaves_after_what_allowed_it_has_ended(bolivia: Peer) -> None:
    shelf = going(bolivia)
    exchange.drain(peer="bo")
    shelf.on_chunk = lambda: kinds.answer.update({"case-1": "consent_withdrawn"})

    carrying.carry(peer="bo")

    assert shelf.came == [0]
    assert standing(shelf) == (Hold.STOPPED, "consent_withdrawn")


def test_the_attachment_of_a_message_that_never_left_never_leaves(bolivia: Peer) -> None:
    shelf = going(bolivia)
    exchange.cancel(by=BY, subject="case-1", peers=None, reason="withdrawn")

    carrying.carry(peer="bo")

    assert (standing(shelf), shelf.came) == ((Hold.STOPPED, "withdrawn"), [])


def test_one_that_the_peer_does_not_know_stops_no_other(bolivia: Peer) -> None:
    unknown = going(bolivia)
    shelf = going(bolivia)
    exchange.drain(peer="bo")

    carrying.carry(peer="bo")

    assert standing(unknown)[0] == Hold.GOING
    assert standing(shelf)[0] == Hold.ARRIVED


def test_what_the_peer_has_removed_is_not_sent_again(bolivia: Peer) -> None:
    shelf = going(bolivia)
    shelf.state = "removed"
    exchange.drain(peer="bo")

    carrying.carry(peer="bo")

    assert (standing(shelf), shelf.came) == ((Hold.STOPPED, "removed_there"), [])


def test_nothing_goes_twice_or_before_it_is_finished(bolivia: Peer) -> None:
    shelf = going(bolivia)
    unfinished = exchange.AttachmentWriter()

    for attachment in (shelf.described.attachment, unfinished.id):
        with pytest.raises(WrongState):
            exchange.send_attachment(by=BY, attachment=attachment, peer="bo", message="m")


def test_no_byte_of_the_content_is_in_the_database(bolivia: Peer) -> None:
    content = b"her name in clear " * 40_000
    held(content)

    assert not [c for c in Chunk.objects.all() if b"her name" in bytes(c.sealed)]


def test_what_was_not_finished_goes_the_next_night(bolivia: Peer) -> None:
    kept = held(b"x")
    exchange.AttachmentWriter().write(bytes(2 * stream.CHUNK))

    assert chunks.sweep(by=BY, now=clock.now()) == 0
    assert chunks.sweep(by=BY, now=clock.now() + timedelta(days=2)) == 1

    assert [row.id for row in Stream.objects.all()] == [kept.attachment]
