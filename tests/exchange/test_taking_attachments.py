"""Attachments that come: only what a message names, from its sender, as much as there is room."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from ayni.exchange import api as exchange
from ayni.exchange import bodies, chunks, stream
from ayni.exchange.held import Chunk, Hold, Stream
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.shelf import BY, ask, content_of, give, held, how_it_stands
from tests.exchange.streams import sealed
from tests.exchange.waits import somebody_waits

IDENT = "5" * 32
SIZE = 2 * stream.CHUNK + 1


def coming(size: int = SIZE, ident: str = IDENT, peer: str = "bo") -> list[bytes]:
    """Its sealed chunks; a message of Bolivia has named it."""
    exchange.expect_attachment(by=BY, attachment=ident, size=size, peer=peer, message="m")
    return sealed(content_of(size), [], attachment=ident, key=None)[0]


def looked_at() -> list[str]:
    """For which attachments the room was asked to look."""
    jobs = ProcrastinateJob.objects.filter(task_name="exchange.look_at")
    return [job.args["attachment"] for job in jobs]


def test_what_is_whole_is_handed_to_its_room(bolivia: Peer) -> None:
    parts = coming()
    assert how_it_stands(bolivia, IDENT) == (200, {"missing": [0, 1, 2], "state": "coming"})

    answers = [give(bolivia, IDENT, number, parts[number]) for number in (2, 0, 1)]

    assert answers == [(200, {"missing": left}) for left in (2, 1, 0)]
    assert how_it_stands(bolivia, IDENT) == (200, {"missing": [], "state": "whole"})
    assert list(exchange.sealed_chunks(IDENT)) == parts
    assert looked_at() == [IDENT]


def test_the_same_chunk_again_changes_nothing(bolivia: Peer) -> None:
    parts = coming()
    give(bolivia, IDENT, 0, parts[0])

    assert give(bolivia, IDENT, 0, parts[1]) == (200, {"missing": 2})

    assert exchange.sealed_chunk(IDENT, 0) == parts[0]
    assert how_it_stands(bolivia, IDENT)[1]["missing"] == [1, 2]


def test_nothing_comes_that_no_message_has_named(bolivia: Peer) -> None:
    part = bytes(stream.SEALED_CHUNK)

    assert give(bolivia, IDENT, 0, part) == (422, {"refused": "unknown_attachment"})
    assert how_it_stands(bolivia, IDENT) == (422, {"refused": "unknown_attachment"})
    assert not Chunk.objects.exists()


def test_nobody_sends_or_asks_for_the_attachment_of_another(bolivia: Peer) -> None:
    part = coming(peer="cl")[0]
    ours = held(b"ours").attachment

    for ident in (IDENT, ours):
        assert give(bolivia, ident, 0, part)[1] == {"refused": "unknown_attachment"}
        assert how_it_stands(bolivia, ident)[1] == {"refused": "unknown_attachment"}


def test_chunks_that_arrive_slowly_leave_threads_to_others(bolivia: Peer) -> None:
    part = coming()[0]
    with bodies.arriving("127.0.0.1"), bodies.arriving("127.0.0.1"):
        assert give(bolivia, IDENT, 0, part) == (503, {"refused": "busy"})
        assert how_it_stands(bolivia, IDENT) == (503, {"refused": "busy"})

    assert give(bolivia, IDENT, 0, part) == (200, {"missing": 2})


def test_nothing_is_taken_without_the_nodes_signature(bolivia: Peer) -> None:
    part = coming()[0]

    status, answer = ask(bolivia, f"/exchange/1/attachments/{IDENT}/0", part, key=bytes(32))

    assert (status, answer) == (422, {"refused": "not_genuine"})
    assert not Chunk.objects.exists()


@pytest.mark.parametrize(
    ("number", "length", "code"),
    [
        (0, stream.SEALED_CHUNK - 1, "malformed"),
        (0, 1, "malformed"),
        (0, stream.SEALED_CHUNK + 1, "too_large"),
        (3, stream.SEALED_CHUNK, "malformed"),
        (999_999_999, stream.SEALED_CHUNK, "malformed"),
    ],
)
def test_a_chunk_of_another_size_or_after_the_last_is_refused(
    bolivia: Peer, number: int, length: int, code: str
) -> None:
    coming()

    assert give(bolivia, IDENT, number, bytes(length)) == (422, {"refused": code})
    assert not Chunk.objects.exists()


def test_one_peer_fills_no_more_than_its_room_and_others_have_theirs(
    bolivia: Peer, settings: Settings
) -> None:
    settings.AYNI_ATTACHMENTS_PER_PEER = 4 * stream.SEALED_CHUNK
    parts = coming()
    give(bolivia, IDENT, 0, parts[0])
    coming(ident="6" * 32)

    assert give(bolivia, "6" * 32, 0, parts[0]) == (503, {"refused": "no_room"})
    assert how_it_stands(bolivia, "6" * 32) == (503, {"refused": "no_room"})

    exchange.remove_attachment(by=BY, attachment=IDENT, reason="erased")
    assert how_it_stands(bolivia, "6" * 32)[1]["state"] == "coming"
    assert chunks.filled_by("cl") == 0


def test_few_of_one_peer_are_on_the_way_at_once(bolivia: Peer) -> None:
    for number in range(chunks.MOST_COMING + 1):
        coming(1, f"{number:032x}")
        status, answer = how_it_stands(bolivia, f"{number:032x}")

    assert (status, answer) == (503, {"refused": "no_room"})


def test_an_id_that_is_taken_is_not_given_to_another(bolivia: Peer) -> None:
    ours = held(b"ours").attachment

    with pytest.raises(exchange.AttachmentTaken):
        coming(1, ours)


def test_what_was_removed_is_not_filled_again(bolivia: Peer) -> None:
    parts = coming()
    give(bolivia, IDENT, 0, parts[0])
    exchange.remove_attachment(by=BY, attachment=IDENT, reason="erased")

    assert how_it_stands(bolivia, IDENT) == (200, {"missing": [], "state": "removed"})
    assert give(bolivia, IDENT, 1, parts[1])[1] == {"refused": "unknown_attachment"}
    assert not Chunk.objects.exists()


def test_what_never_came_whole_goes(bolivia: Peer) -> None:
    parts = coming()
    give(bolivia, IDENT, 0, parts[0])

    chunks.sweep(by=BY, now=clock.now() + timedelta(days=46))

    row = Stream.objects.get(id=IDENT)
    assert (row.hold, row.reason, Chunk.objects.count()) == (Hold.REMOVED, "never_whole", 0)


def test_what_stands_still_is_asked_for_again(bolivia: Peer) -> None:
    """After a restore of the receiver the sender believes that all had arrived."""
    parts = coming()
    give(bolivia, IDENT, 0, parts[0])

    assert chunks.behind(now=clock.now()) == []
    assert chunks.behind(now=clock.now() + timedelta(hours=2)) == [("bo", IDENT)]


def test_whoever_lacks_chunks_of_ours_after_a_restore_gets_them_again(bolivia: Peer) -> None:
    ours = held(b"ours").attachment
    Stream.objects.filter(id=ours).update(
        hold=Hold.ARRIVED, peer="bo", moved_at=clock.now() - timedelta(days=1)
    )

    assert how_it_stands(bolivia, ours) == (200, {"missing": [], "state": "going"})
    assert Stream.objects.get(id=ours).hold == Hold.GOING


def test_a_chunk_that_is_being_taken_while_its_attachment_is_removed_goes_with_it(
    bolivia: Peer,
) -> None:
    parts = coming()
    give(bolivia, IDENT, 0, parts[0])

    def removes() -> None:
        try:
            exchange.remove_attachment(by=BY, attachment=IDENT, reason="not_wanted")
        finally:
            connection.close()

    other = threading.Thread(target=removes)
    with transaction.atomic():
        chunks.take(peer="bo", attachment=IDENT, number=1, sealed=parts[1])
        other.start()
        while not somebody_waits():
            assert other.is_alive()
    other.join()

    assert not Chunk.objects.exists()
    assert Stream.objects.get(id=IDENT).hold == Hold.REMOVED
