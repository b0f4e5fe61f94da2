"""A message at which this node's software fails is kept, receipted and tried again here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import reasons
from ayni.exchange.models import IncomingMessage
from tests.exchange import kinds
from tests.exchange.peer import Peer

BREAKS: dict[str, Any] = {"data": {"needs": "break"}}
DATA: dict[str, Any] = {"data": {"needs": ["shelter"]}}


@pytest.fixture(autouse=True)
def unmended() -> Iterator[None]:
    kinds.broken = True
    yield
    kinds.broken = True


def test_one_that_crashes_its_room_at_its_first_arrival_is_kept_and_receipted(
    bolivia: Peer,
) -> None:
    raw = bolivia.seal(BREAKS)

    first = exchange.receive(raw=raw, signed_by="bo")
    again = exchange.receive(raw=raw, signed_by="bo")

    assert first.receipt is not None
    assert first.receipt["body"]["state"] == "set_aside"
    assert again.receipt == first.receipt, "the sender has no reason to send it a third time"
    row = IncomingMessage.objects.get()
    assert (row.state, row.reason, bytes(row.envelope)) == ("set_aside", "software_failed", raw)
    assert reasons.in_words(row.reason).why == reasons.WORDS[reasons.Sort.SOFTWARE][0]
    assert not list(audit.entries_of(verb="exchange.receive", limit=1)), "nothing half-applied"
    assert audit.verify_chain() is None


def test_it_is_applied_once_the_software_is_mended(bolivia: Peer) -> None:
    raw = bolivia.seal(BREAKS)
    exchange.receive(raw=raw, signed_by="bo")
    message = IncomingMessage.objects.get().id
    assert exchange.retry(message=message) == 0

    kinds.broken = False
    assert exchange.retry(message=message) == 1
    exchange.receive(raw=raw, signed_by="bo")

    assert [r.message for r in kinds.taken] == [message]


def test_in_a_batch_it_holds_up_nobody(bolivia: Peer) -> None:
    envelopes = [bolivia.seal(DATA), bolivia.seal(BREAKS), bolivia.seal(DATA)]

    replies = exchange.receive_many(envelopes=envelopes, signed_by="bo")

    states = [None if one.receipt is None else one.receipt["body"]["state"] for one in replies]
    assert states == ["applied", "set_aside", "applied"]


def test_one_that_fails_because_of_the_moment_is_not_kept_and_comes_again(bolivia: Peer) -> None:
    raw = bolivia.seal({"data": {"needs": "database"}})

    with pytest.raises(OperationalError):
        exchange.receive(raw=raw, signed_by="bo")
    together = exchange.receive_many(envelopes=[raw], signed_by="bo")

    assert [one.later for one in together] == ["failed"]
    assert not IncomingMessage.objects.exists()
    kinds.broken = False
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    assert len(kinds.taken) == 1


def _unreadable(payload: Mapping[str, Any]) -> None:
    raise TypeError("a fault of our software, found by this payload")


CRASHES = exchange.MessageKind(
    name="test.crashes",
    personal=False,
    schema={"type": "object"},
    about_person=False,
    whole=_unreadable,
)


def test_one_that_crashes_the_check_of_its_form_is_kept_too(
    bolivia: Peer, settings: Settings
) -> None:
    kind = {"test.crashes": "tests.exchange.test_failing.CRASHES"}
    settings.AYNI_MESSAGE_KINDS = {**settings.AYNI_MESSAGE_KINDS, **kind}

    reply = exchange.receive(raw=bolivia.seal(DATA, kind="test.crashes"), signed_by="bo")

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "set_aside"
    row = IncomingMessage.objects.get()
    assert row.reason == "software_failed"
    assert exchange.retry(message=row.id) == 0, "not mended"
