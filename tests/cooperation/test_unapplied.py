"""Messages that could not be applied end as what nobody takes on: then their key has no use."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases.tasks import apply_retention
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Request
from ayni.cooperation.tasks import apply_untaken
from ayni.exchange import api as exchange
from ayni.exchange import envelope
from ayni.exchange.models import IncomingMessage, PeerState
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cast import Cast, enter
from tests.cooperation.untaken import an_untaken_request
from tests.exchange import kinds
from tests.exchange.peer import Peer

BY = audit.job("tests")
MONTH = timedelta(days=31)
HPKE = "exchange.hpke.ar-programme.1"
TALK = "c" * 32


@pytest.fixture
def aside(ana: Actor, bolivia: Peer, settings: Any) -> IncomingMessage:
    """A message that its room refused, sealed to keys that a newer sheet has succeeded."""
    kinds.wire(settings)
    data = {"data": {"needs": "refuse"}}
    exchange.receive(raw=bolivia.seal(data, conversation=TALK), signed_by="bo")
    assert exchange.renew_if_due(by=BY, now=clock.now() + timedelta(days=8))
    row = IncomingMessage.objects.get()
    assert (row.state, row.reason) == ("set_aside", "not_now")
    return row


def _job(ana: Actor) -> Actor:
    return audit.job("cooperation.apply_untaken", ana.institution)


def _night(ana: Actor, moment: datetime) -> tuple[int, int]:
    with time_machine.travel(moment, tick=False):
        done = cooperation.apply_untaken(by=_job(ana), now=clock.now())
        exchange.remove_old_keys(by=BY, now=clock.now())
    return done


def test_what_could_not_be_applied_ends_and_its_key_with_it(
    ana: Actor, aside: IncomingMessage, cast: Cast, english: None
) -> None:
    now = clock.now()
    assert _night(ana, now + 17 * MONTH) == (0, 0)
    assert HPKE in vault.secret_names(), "it can still be tried again"

    assert _night(ana, now + 19 * MONTH) == (0, 1)

    assert HPKE not in vault.secret_names()
    row = IncomingMessage.objects.get()
    assert (row.state, row.reason) == ("set_aside", "ended")
    assert bytes(row.envelope) == envelope.evidence(bytes(aside.envelope)), "what is signed stays"
    assert (row.digest, row.receipt) == (aside.digest, aside.receipt)
    assert _night(ana, now + 20 * MONTH) == (0, 0)
    (entry,) = [e for e in audit.entries_about(row.id) if e.verb == "exchange.end_unapplied"]
    assert entry.detail == {"why": "not_now", "ended": "True"}
    with pytest.raises(exchange.NotAgain, match="as long as such a message may be kept"):
        exchange.try_again(by=members.actor_of(cast.nadia), message=row.id)


def test_the_same_bytes_again_are_answered_as_before_once_it_has_ended(
    ana: Actor, bolivia: Peer, aside: IncomingMessage
) -> None:
    raw = bytes(aside.envelope)
    _night(ana, clock.now() + 19 * MONTH)

    assert exchange.receive(raw=raw, signed_by="bo").receipt == aside.receipt
    assert IncomingMessage.objects.get().reason == "ended"


def test_what_waits_for_an_upgrade_is_taken_up_until_its_time_is_over(
    ana: Actor, bolivia: Peer, settings: Any
) -> None:
    kinds.wire(settings)
    kinds.taken.clear()
    exchange.receive(raw=bolivia.seal({"data": {"n": 1}}, kind="test.in_time"), signed_by="bo")
    (waits,) = exchange.unapplied(institution="ar-programme")
    assert _night(ana, clock.now() + 17 * MONTH) == (0, 0)

    note, take = "tests.exchange.kinds.NOTE", "tests.exchange.kinds.take"
    settings.AYNI_MESSAGE_KINDS = {**settings.AYNI_MESSAGE_KINDS, "test.in_time": note}
    settings.AYNI_RECEIVERS = {**settings.AYNI_RECEIVERS, "test.in_time": take}
    assert exchange.take_up() == 1

    assert [each.payload["data"]["n"] for each in kinds.taken] == [1]
    assert exchange.unapplied(institution="ar-programme") == []
    assert not exchange.end_unapplied(by=BY, message=waits.message), "applied meanwhile"
    assert IncomingMessage.objects.get().state == "applied"


def test_the_command_and_the_page_show_it_before_without_a_word_of_it(
    aside: IncomingMessage, cast: Cast
) -> None:
    out, name = StringIO(), f"BO {TALK[:8]}"
    with time_machine.travel(clock.now() + 16 * MONTH, tick=False):
        call_command("retention", "due", "--days", "90", "--json", stdout=out)
        (due,) = [row for row in json.loads(out.getvalue()) if row["reference"] == name]
        client = Client(headers={"host": "ar.localhost"})
        enter(client, cast.dora)
        page = client.get(reverse("desk:retention")).content.decode()
    assert (due["kind"], due["step"]) == ("message", "erase")
    assert name in page
    assert "Mensaje que no se pudo aplicar" in page


@pytest.mark.parametrize("told_by", [["bo"], ["bo", "pe"]])
def test_nothing_is_erased_by_a_clock_that_several_nodes_call_ahead(
    ana: Actor, bolivia: Peer, told_by: list[str]
) -> None:
    row = an_untaken_request(ana)
    for node in told_by:
        PeerState.objects.update_or_create(node=node, defaults={"skew_seconds": -90 * 86_400})

    with time_machine.travel(clock.now() + 7 * MONTH, tick=False):
        apply_untaken(0)
        apply_retention(0)

    blocked = Request.objects.get(id=row.id).blocked_at is not None
    assert blocked == (len(told_by) == 1), "one alone is not believed about what is ours"
