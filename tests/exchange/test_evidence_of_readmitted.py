"""A message that was made while its sender was removed: it is not taken, comes again and holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from ayni.exchange import api as exchange
from ayni.exchange import bundle, documents, envelope, membership
from ayni.exchange.models import EarlierSealing, IncomingMessage
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import BY, a_grant, queue

TALK = "c" * 32
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def begun(bolivia: Peer) -> Iterator[datetime]:
    """When the platform was founded; it is three hours later."""
    at = clock.now().replace(microsecond=0)
    with time_machine.travel(at + 3 * HOUR, tick=False):
        yield at


def _next(bolivia: Peer, members: list[dict[str, Any]], issued: datetime) -> None:
    """The next directory, with these members, signed by both."""
    before = exchange.directory_body()
    body = {
        **before,
        "issued": clock.isoformat(issued),
        "members": members,
        "number": before["number"] + 1,
        "previous": documents.digest(before),
        "quorum": 1,
    }
    document = documents.signed("directory", body, {"bo": bolivia.identity})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    exchange.accept_directory(by=BY, document=document, now=clock.now())


def _removed_and_taken_in_again(bolivia: Peer, node: str, begun: datetime) -> None:
    """It was removed an hour after the founding, and is a member again since an hour later."""
    everybody = exchange.directory_body()["members"]
    _next(bolivia, [each for each in everybody if each["node"] != node], begun + HOUR)
    _next(bolivia, everybody, begun + 2 * HOUR)


def _take(raw: bytes) -> str:
    reply = exchange.receive(raw=raw, signed_by="bo")
    return reply.refusal or str((reply.receipt or {})["body"]["state"])


def _holds() -> None:
    found = bundle.check(exchange.export_evidence(by=BY, conversation=TALK, now=clock.now()))
    assert (found.problems, found.complete) == ([], True)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(-30, "applied"), (30, "applied"), (69, "applied"), (71, "not_member_then"),
     (90, "not_member_then"), (109, "not_member_then"), (111, "applied"), (150, "applied")],
)  # fmt: skip
def test_what_was_made_while_its_sender_was_removed_is_not_taken(
    bolivia: Peer, begun: datetime, minutes: int, said: str
) -> None:
    sheet = bolivia.next_sheet(clock.now(), valid_from=clock.isoformat(begun - HOUR))
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())
    _removed_and_taken_in_again(bolivia, "bo", begun)

    raw = bolivia.seal({"data": {"n": 1}}, created=begun + minutes * MINUTE, signing_sheet=2)

    assert _take(raw) == said


def test_sealed_again_it_is_applied_once_in_its_order_and_its_evidence_holds(
    bolivia: Peer, begun: datetime
) -> None:
    _removed_and_taken_in_again(bolivia, "bo", begun)
    made, one = begun + 90 * MINUTE, "1" * 32

    def sealed(number: int, created: datetime, message: str | None = None) -> bytes:
        return bolivia.seal(
            {"data": {"n": number}},
            sequence=number,
            created=created,
            conversation=TALK,
            message=message,
        )

    assert _take(sealed(1, made, one)) == "not_member_then"
    assert _take(sealed(2, clock.now())) == "waiting"
    again = sealed(1, clock.now(), one)
    assert (_take(again), _take(again)) == ("applied", "applied")
    exchange.apply_waiting()

    assert [each.payload["data"]["n"] for each in kinds.taken] == [1, 2]
    queue({"needs": ["shelter"]}, a_grant(), conversation=TALK)
    exchange.drain(peer="bo")
    _holds()


def test_a_replay_of_what_was_taken_before_gets_the_same_receipt(
    bolivia: Peer, begun: datetime
) -> None:
    """Another member had not heard of the removal, and has receipted it already."""
    raw = bolivia.seal({"data": {"n": 1}}, created=begun + 90 * MINUTE, conversation=TALK)
    first = exchange.receive(raw=raw, signed_by="bo").receipt
    _removed_and_taken_in_again(bolivia, "bo", begun)

    assert exchange.receive(raw=raw, signed_by="bo").receipt == first
    assert IncomingMessage.objects.count() == 1


def _made_while_we_were_removed(begun: datetime) -> list[str]:
    """We had not heard of it."""
    with time_machine.travel(begun + 90 * MINUTE, tick=False):
        return [queue({"needs": [n]}, a_grant(), conversation=TALK) for n in (1, 2)]


def _created(raw: bytes) -> datetime:
    return envelope.parse(raw).header.created


def test_ours_are_sealed_again_before_they_leave(bolivia: Peer, begun: datetime) -> None:
    messages = _made_while_we_were_removed(begun)
    before = [exchange.delivery_of(m).sequence for m in messages]
    _removed_and_taken_in_again(bolivia, "ar", begun)

    assert exchange.drain(peer="bo") == 2

    assert [_created(raw) for raw in bolivia.raw] == [clock.now().replace(microsecond=0)] * 2
    assert [payload["data"]["needs"] for payload in bolivia.read] == [[1], [2]]
    assert [exchange.delivery_of(m).sequence for m in messages] == before
    assert not EarlierSealing.objects.exists(), "an envelope that proves nothing is no evidence"
    _holds()


def test_a_peer_that_knows_of_our_removal_before_us_loses_nothing(
    bolivia: Peer, begun: datetime
) -> None:
    messages = _made_while_we_were_removed(begun)
    bolivia.refuses = "not_member_then"
    assert exchange.drain(peer="bo") == 0
    assert {exchange.delivery_of(m).state for m in messages} == {"queued"}

    bolivia.refuses = ""
    _removed_and_taken_in_again(bolivia, "ar", begun)
    with time_machine.travel(clock.now() + HOUR, tick=False):
        while exchange.drain(peer="bo"):
            pass

        assert {exchange.delivery_of(m).state for m in messages} == {"delivered"}
        assert [payload["data"]["needs"] for payload in bolivia.read] == [[1], [2]]
        _holds()


def test_a_slow_clock_of_a_member_that_was_just_taken_in_is_no_removal(
    bolivia: Peer, begun: datetime
) -> None:
    assert not membership.was_removed("bo", begun - 5 * HOUR)
    assert not membership.was_removed("uy", begun)
    _removed_and_taken_in_again(bolivia, "bo", begun)
    assert not membership.was_removed("bo", begun - 5 * HOUR)
    assert membership.was_removed("bo", begun + 90 * MINUTE)
    assert not membership.was_removed("ar", begun + 90 * MINUTE)
