"""What may be read until a time goes with the files that came with it. All persons are invented."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation import handled
from ayni.cooperation.models import Request
from ayni.cooperation.tasks import handling_over
from ayni.exchange import api as exchange
from ayni.exchange.held import Chunk
from ayni.exchange.models import PeerState
from ayni.lib import clock
from tests.cooperation.files import a_picture
from tests.cooperation.stories import tells
from tests.cooperation.test_attachments import ana, comes, referred, sent
from tests.exchange.peer import Peer

__all__ = ["ana"]


def _until(ana: Actor, bolivia: Peer, until: datetime) -> Request:
    """Bolivia asks about somebody of whom both sides know; nobody may read it after that time."""
    shared = referred(ana)
    tells(bolivia, shared, [("arrive", {}), ("read", {}), ("accept", {})], "referral.state")
    told = {
        "about": shared.conversation, "questions": ["signed_paper"],
        "handling": exchange.Handling(until=until).to_json(),
    }  # fmt: skip
    raw = bolivia.seal(told, kind="information.ask", conversation="d" * 32)
    assert exchange.receive(raw=raw, signed_by="bo").receipt
    return Request.objects.get(conversation="d" * 32)


def test_a_file_is_destroyed_at_the_time_until_which_what_it_came_with_may_be_read(
    ana: Actor, bolivia: Peer
) -> None:
    until = clock.now() + timedelta(days=2)
    row = _until(ana, bolivia, until)
    assert row.case_id is not None
    came = comes(bolivia, row, a_picture(), sequence=2)
    cooperation.accept_request(by=ana, request_id=row.id)
    ours = sent(ana, row, a_picture())
    handled.destroy_what_is_over(now=clock.now())
    assert Chunk.objects.filter(stream_id=came.stream).exists()

    with time_machine.travel(until + timedelta(minutes=1)):
        assert handled.destroy_what_is_over(now=clock.now()) == 1

    came.refresh_from_db()
    assert (came.content, came.standing, came.reason) == (None, "removed", "over")
    assert not Chunk.objects.filter(stream_id=came.stream).exists()
    assert cooperation.Attachment.objects.get(id=ours.id).content is not None, "what is ours stays"


def test_no_file_is_destroyed_by_a_clock_that_several_nodes_call_ahead(
    ana: Actor, bolivia: Peer
) -> None:
    until = clock.now() + timedelta(days=2)
    row = _until(ana, bolivia, until)
    came = comes(bolivia, row, a_picture(), sequence=2)
    for node in ("cl", "pe"):
        PeerState.objects.create(node=node, skew_seconds=-3 * 86_400)

    with time_machine.travel(until + timedelta(minutes=1)):
        handling_over(timestamp=0)
        assert Chunk.objects.filter(stream_id=came.stream).exists()
        PeerState.objects.update(skew_seconds=None)
        handling_over(timestamp=0)
    assert not Chunk.objects.filter(stream_id=came.stream).exists()


def test_a_file_that_comes_after_that_time_goes_as_well(ana: Actor, bolivia: Peer) -> None:
    until = clock.now() + timedelta(seconds=20)
    row = _until(ana, bolivia, until)
    handled.destroy_what_is_over(now=until)
    came = comes(bolivia, row, a_picture(), sequence=2)
    assert handled.destroy_what_is_over(now=until) == 0

    came.refresh_from_db()
    assert (came.content, came.standing) == (None, "removed")
    assert not Chunk.objects.exists()
