"""What a restored node has lost is given by its sender: as it left, as long as it may."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import documents, envelope, lost, resealing
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.exchange.test_delivery import a_grant, queue
from tests.exchange.waits import somebody_waits

BY = audit.job("tests")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DATA: dict[str, Any] = {"data": {"needs": ["shelter"]}}
TALK = "c" * 32

# -- the sender


def _applied(bolivia: Peer, **changed: Any) -> tuple[str, bytes, dict[str, Any]]:
    """A message of ours that Bolivia has applied: id, envelope, receipt."""
    message = queue({"needs": ["shelter"]}, a_grant(**changed))
    exchange.drain(peer="bo")
    row = exchange.delivery_of(message)
    assert (row.state, row.reason) == ("delivered", "applied")
    return message, bolivia.raw[-1], dict(row.receipt or {})


def _asks(bolivia: Peer, message: str, digest: str, sequence: int = 1) -> bool:
    """Bolivia asks for it; whether it is given."""
    raw = bolivia.seal(
        {"envelope": digest, "message": message},
        kind="exchange.again",
        conversation="e" * 32,
        sequence=sequence,
    )
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    noted = Entry.objects.filter(verb="exchange.receive_again").latest("number")
    return noted.detail["given"] == "True"


def test_the_envelope_is_given_as_it_left_and_nothing_of_the_message_changes(
    bolivia: Peer,
) -> None:
    message, raw, receipt = _applied(bolivia)

    assert _asks(bolivia, message, receipt["body"]["envelope"])
    exchange.drain(peer="bo")

    given = bolivia.read[-1]
    assert (given["message"], documents.decode(given["envelope"])) == (message, raw)
    row = exchange.delivery_of(message)
    assert (row.state, row.receipt) == ("delivered", receipt)


def test_nobody_here_can_open_what_is_kept(bolivia: Peer) -> None:
    message, raw, _receipt = _applied(bolivia)
    row = exchange.delivery_of(message)

    assert bytes(row.envelope or b"") == raw
    assert bytes(row.own_key or b"") == b""
    assert not resealing.seal_again(row, answer=None)


def test_it_is_not_given_to_who_names_another_envelope_or_is_another(bolivia: Peer) -> None:
    message, _raw, receipt = _applied(bolivia)

    assert not _asks(bolivia, message, "0" * 64)
    OutgoingMessage.objects.filter(message=message).update(peer="cl")
    assert not _asks(bolivia, message, receipt["body"]["envelope"], 2)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_may_not_leave_any_more_is_not_given(bolivia: Peer, when: str) -> None:
    message, _raw, receipt = _applied(bolivia)
    if when == "before":
        kinds.answer["case-1"] = "consent_withdrawn"

    assert _asks(bolivia, message, receipt["body"]["envelope"]) == (when == "after")
    kinds.answer["case-1"] = "consent_withdrawn"
    exchange.drain(peer="bo")

    assert len(bolivia.read) == 1
    assert exchange.delivery_of(message).state == "delivered", "what was is not undone"
    given = OutgoingMessage.objects.filter(kind="exchange.given")
    assert [(row.state, row.reason) for row in given] == (
        [] if when == "before" else [("cancelled", "consent_withdrawn")]
    )


def test_with_the_end_of_its_grant_it_is_not_given(bolivia: Peer) -> None:
    message, _raw, receipt = _applied(bolivia)
    row = exchange.delivery_of(message)
    row.grant = {**(row.grant or {}), "valid_until": clock.isoformat(clock.now() - DAY)}
    row.save()

    assert not _asks(bolivia, message, receipt["body"]["envelope"])


def test_the_envelope_goes_when_what_it_is_about_is_withdrawn(bolivia: Peer) -> None:
    message, raw, receipt = _applied(bolivia)

    exchange.cancel(by=BY, subject="case-1", peers=None, reason="withdrawn")

    row = exchange.delivery_of(message)
    assert (bytes(row.envelope or b""), row.own_key) == (envelope.evidence(raw), None)
    assert not _asks(bolivia, message, receipt["body"]["envelope"])


def test_the_envelopes_go_after_45_days_however_many_there_are(bolivia: Peer) -> None:
    for _n in range(resealing._AT_ONCE + 3):
        queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")

    assert resealing.let_go(now=clock.now() + 44 * DAY) == 0
    assert resealing.let_go(now=clock.now() + 46 * DAY) == resealing._AT_ONCE + 3
    assert resealing.let_go(now=clock.now() + 46 * DAY) == 0
    assert not OutgoingMessage.objects.exclude(own_key=None).exists()


@pytest.mark.parametrize("state", ["waiting", "set_aside"])
def test_what_waited_or_stood_aside_there_is_given_as_it_left(bolivia: Peer, state: str) -> None:
    bolivia.says_state = state
    message = queue({"needs": ["shelter"]}, a_grant())
    exchange.drain(peer="bo")
    receipt = exchange.delivery_of(message).receipt or {}

    assert _asks(bolivia, message, receipt["body"]["envelope"])
    exchange.drain(peer="bo")

    assert documents.decode(bolivia.read[-1]["envelope"]) == bolivia.raw[0]
    row = exchange.delivery_of(message)
    assert (row.state, row.reason, row.receipt) == ("delivered", state, receipt)


def test_who_asks_again_and_again_is_given_it_twice_in_six_hours(bolivia: Peer) -> None:
    message, _raw, receipt = _applied(bolivia)
    digest = receipt["body"]["envelope"]

    assert _asks(bolivia, message, digest, 1)
    assert not _asks(bolivia, message, digest, 2), "it is on its way"
    exchange.drain(peer="bo")
    assert _asks(bolivia, message, digest, 3), "a restore was done over"
    exchange.drain(peer="bo")
    assert not _asks(bolivia, message, digest, 4)

    OutgoingMessage.objects.filter(kind="exchange.given").update(
        queued_at=clock.now() - lost.AGAIN_AFTER
    )
    assert _asks(bolivia, message, digest, 5)


def test_copies_that_were_cancelled_are_not_counted_as_given(bolivia: Peer) -> None:
    message, _raw, receipt = _applied(bolivia)
    digest = receipt["body"]["envelope"]
    for sequence in range(1, lost.MOST_GIVEN + 1):
        assert _asks(bolivia, message, digest, sequence)
        kinds.answer["case-1"] = "not_now"
        exchange.drain(peer="bo")
        kinds.answer.clear()
    given = OutgoingMessage.objects.filter(kind="exchange.given")
    assert [row.state for row in given] == ["cancelled"] * lost.MOST_GIVEN

    assert _asks(bolivia, message, digest, lost.MOST_GIVEN + 1)


def test_a_copy_that_was_given_goes_with_what_it_is_about(bolivia: Peer) -> None:
    message, _raw, receipt = _applied(bolivia)
    digest = receipt["body"]["envelope"]
    assert _asks(bolivia, message, digest, 1)
    exchange.drain(peer="bo")
    assert _asks(bolivia, message, digest, 2)

    exchange.cancel(by=BY, subject="case-1", peers=None, reason="withdrawn")

    went, waited = OutgoingMessage.objects.filter(kind="exchange.given").order_by("place")
    assert (went.state, went.own_key) == ("delivered", None)
    assert bytes(went.envelope or b"")[:4] != envelope.MARK
    assert envelope.parse_evidence(bytes(went.envelope or b"")).header.message == went.message
    assert (waited.state, waited.reason, waited.envelope) == ("cancelled", "let_go", None)


def test_who_withdraws_and_who_delivers_the_copies_do_not_wait_for_each_other(
    bolivia: Peer,
) -> None:
    message, _raw, receipt = _applied(bolivia)
    assert _asks(bolivia, message, receipt["body"]["envelope"])
    queue({"needs": ["shelter"]}, a_grant())
    copy, later = OutgoingMessage.objects.filter(state="queued").order_by("place")
    assert (copy.kind, later.subject) == ("exchange.given", "case-1")
    wrong: list[Exception] = []

    def cancels() -> None:
        try:
            exchange.cancel(by=BY, subject="case-1", peers=None, reason="withdrawn")
        except OperationalError as deadlock:
            wrong.append(deadlock)
        finally:
            connection.close()

    other = threading.Thread(target=cancels)
    with transaction.atomic():
        # As whoever delivers locks them: in the order in which they leave.
        OutgoingMessage.objects.select_for_update().get(place=copy.place)
        other.start()
        while not somebody_waits():
            assert other.is_alive()
        OutgoingMessage.objects.select_for_update().get(place=later.place)
    other.join()

    assert wrong == []
    went = OutgoingMessage.objects.filter(place__in=[copy.place, later.place]).order_by("place")
    assert [(row.state, row.reason) for row in went] == [
        ("cancelled", "let_go"),
        ("cancelled", "withdrawn"),
    ]


def test_a_copy_that_was_given_goes_with_the_envelope_after_45_days(bolivia: Peer) -> None:
    message, _raw, receipt = _applied(bolivia)
    assert _asks(bolivia, message, receipt["body"]["envelope"])
    exchange.drain(peer="bo")
    OutgoingMessage.objects.filter(message=message).update(settled_at=clock.now() - 46 * DAY)

    assert resealing.let_go(now=clock.now()) == 1

    assert not OutgoingMessage.objects.exclude(own_key=None).exists()
