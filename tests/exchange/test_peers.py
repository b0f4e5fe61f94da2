"""One other node as its administrator sees it, and what monitoring counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents, peers, shown
from ayni.exchange.connection import Connection
from ayni.exchange.models import OutgoingMessage
from ayni.exchange.peers import Circuit, circuit, kind_told, rounded_up
from ayni.lib import clock
from ayni.lib.errors import NotFound
from tests.exchange.peer import CONSULATE, Peer

pytestmark = pytest.mark.django_db
BY = audit.job("tests")


def send(step: str) -> str:
    """A note to Bolivia, and one attempt to deliver it."""
    grant = exchange.Grant(
        id="g", recipient="bo", recipient_institution=CONSULATE, purpose="refer",
        fields=frozenset(), basis="consent:1", valid_until=clock.now() + timedelta(days=9),
    )  # fmt: skip
    message = exchange.queue(
        by=BY, kind="test.note", recipient="bo", recipient_institution=CONSULATE,
        institution="ar-programme", payload={"data": {}, "step": step}, grant=grant,
        conversation=exchange.new_conversation(),
    )  # fmt: skip
    exchange.drain(peer="bo")
    return message


def report() -> exchange.PeerReport:
    """Bolivia, now."""
    return exchange.peer_report("bo", now=clock.now())


def test_a_circuit_works_rests_and_is_tried_again() -> None:
    now = clock.now()
    later = now + timedelta(seconds=1)

    assert circuit(failures=0, next_attempt=None, now=now) is Circuit.WORKS
    assert circuit(failures=2, next_attempt=later, now=now) is Circuit.RESTS
    assert circuit(failures=2, next_attempt=now, now=now) is Circuit.TRIED
    assert circuit(failures=2, next_attempt=None, now=now) is Circuit.TRIED


def test_what_passed_within_a_day_is_counted_and_what_failed(bolivia: Peer) -> None:
    send("a")
    raw = bolivia.seal({"data": {}, "step": "b"})
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    found = report()

    assert found.circuit is Circuit.WORKS
    assert (found.delivered, found.attempts, found.failed, found.waits) == (1, 1, 0, 0)
    assert (found.received, found.waiting, found.set_aside) == (1, 0, 0)
    assert found.heard_at is not None
    assert found.answered_at is not None
    with time_machine.travel(clock.now() + timedelta(days=2)):
        later = report()
    assert (later.delivered, later.attempts, later.received) == (0, 0, 0)
    assert later.heard_at == found.heard_at


def test_a_node_that_does_not_answer_rests_and_what_waits_is_told(bolivia: Peer) -> None:
    bolivia.answers = False
    message = send("a")
    found = report()

    assert found.circuit is Circuit.RESTS
    assert found.next_attempt is not None
    assert (found.waits, found.attempts, found.failed, found.delivered) == (1, 1, 1, 0)
    assert found.oldest == OutgoingMessage.objects.get(message=message).queued_at


def test_a_refused_message_is_an_answer_and_no_failure(bolivia: Peer) -> None:
    bolivia.refuses = "malformed"
    send("a")

    found = report()
    assert (found.refused, found.attempts, found.failed) == (1, 1, 0)


def test_what_the_other_node_has_accepted_is_kept(bolivia: Peer) -> None:
    assert report().directory is None
    here = shown.seen()
    bolivia.serves["/exchange/1/seen"] = here
    address = bolivia.server.server_address if bolivia.server else ("", 0)
    with Connection("http://bo.localhost", connect_to=f"127.0.0.1:{address[1]}", pins=None) as line:
        shown.compare(line, peer="bo", by=BY, now=clock.now())

    found = report()
    assert (found.directory, found.our_sheet) == (1, 1)
    assert found.told_at is not None
    assert (found.sheet, found.sheet_until is not None) == (1, True)


def test_a_number_that_nobody_could_have_is_not_kept(bolivia: Peer) -> None:
    told = {"directory": {"digest": "0" * 64, "number": 2**40}, "key_sheets": {}}
    bolivia.serves["/exchange/1/seen"] = documents.parse(documents.canonical(told))
    address = bolivia.server.server_address if bolivia.server else ("", 0)
    with Connection("http://bo.localhost", connect_to=f"127.0.0.1:{address[1]}", pins=None) as line:
        shown.compare(line, peer="bo", by=BY, now=clock.now())

    assert report().directory is None


@pytest.mark.parametrize("code", ["ar", "cl", "xx"])
def test_a_node_that_is_no_other_member_is_not_found(bolivia: Peer, code: str) -> None:
    with pytest.raises(NotFound):
        exchange.peer_report(code, now=clock.now())


def test_monitoring_counts_in_tens_and_days_and_puts_all_about_persons_together(
    bolivia: Peer,
) -> None:
    send("a")
    send("b")
    exchange.sign_head(by=BY, now=clock.now())
    queued = [row for row in exchange.counted(now=clock.now()) if row.state == "queued"]
    assert queued == [peers.Counted(True, "queued", "audit.head", 10)]
    assert not any(row.state == "delivered" for row in exchange.counted(now=clock.now()))

    tomorrow = clock.now() + timedelta(days=1)
    settled = [row for row in exchange.counted(now=tomorrow) if row.state == "delivered"]
    assert settled == [peers.Counted(True, "delivered", peers.ABOUT_PERSONS, 10)]


def test_only_a_kind_about_no_person_is_named(settings: Any) -> None:
    from ayni.exchange import wired

    named = {name: kind_told(name) for name in settings.AYNI_MESSAGE_KINDS}
    for name, told in named.items():
        assert told == (peers.ABOUT_PERSONS if wired.kind(name).about_person else name)
    assert named["referral.send"] == peers.ABOUT_PERSONS
    assert named["log.head"] == "log.head"
    assert kind_told("nobody.knows") == peers.UNKNOWN


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, 10), (10, 10), (11, 20), (99, 100)])
def test_counts_are_rounded_up_to_tens(count: int, told: int) -> None:
    assert rounded_up(count) == told
