"""By when a receiver says what it did after a consent ended: told with the end, the same on both
sides, and shown once it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Referral
from ayni.exchange import api as exchange
from ayni.exchange import envelope
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import Cast
from tests.cooperation.stories import a_sent_referral, shared_with
from tests.cooperation.test_first_readings import ARRIVED
from tests.cooperation.test_withdrawals import browser, says, told_to, withdraw
from tests.exchange.peer import Peer

SECOND = timedelta(seconds=1)


def test_the_due_time_is_told_with_the_end_and_shown_once_it_is_over(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    sent = shared_with(ana, bolivia, "host")
    withdraw(ana, sent)
    (told,) = told_to(bolivia)
    effect = ConsentEffect.objects.get(direction="out")
    assert effect.due_at == cooperation.due_from(effect.ended_at)
    assert effect.due_at is not None
    (header,) = (
        sealed.header
        for sealed in map(envelope.parse, bolivia.raw)
        if sealed.header.kind == "consent.withdrawn"
    )
    assert header.due == effect.due_at

    page = reverse("cooperation:rights-of-case", args=[sent.case_id])
    with time_machine.travel(effect.due_at - SECOND, tick=False):
        assert cooperation.effects_late(by=ana) == []
    with time_machine.travel(effect.due_at, tick=False):
        assert [row.id for row in cooperation.effects_late(by=ana)] == [effect.id]
        client = browser(cast.ana)
        assert "con retraso" in client.get(page).content.decode()
        home = client.get("/").content.decode()
        assert f'href="{page}"' in home
        kept = {
            "id": told["id"], "at": clock.isoformat(clock.now()), "effect": "kept",
            "reason": "proceedings",
        }  # fmt: skip
        assert says(bolivia, sent, 4, "consent.effect", **kept) == "applied"
        assert cooperation.effects_late(by=ana) == []


def test_within_one_node_both_sides_have_the_same_time(ana: Actor, cast: Cast) -> None:
    sent = a_sent_referral(ana)
    sol = members.actor_of(cast.sol)
    with members.acting(sol.institution):
        theirs = cooperation.incoming(by=sol)[0].id
        cooperation.mark_read(by=sol, referral_id=theirs)
        cooperation.search_earlier(by=sol, referral_id=theirs)
        cooperation.accept_referral(by=sol, referral_id=theirs)
    withdraw(ana, sent)
    ours = ConsentEffect.objects.get(direction="out")
    assert ours.due_at is not None
    with members.acting(sol.institution):
        there = ConsentEffect.objects.get(direction="in")
        assert there.due_at == ours.due_at
        with time_machine.travel(ours.due_at, tick=False):
            assert [row.id for row in cooperation.effects_late(by=sol)] == [there.id]
    with time_machine.travel(ours.due_at, tick=False):
        assert [row.id for row in cooperation.effects_late(by=ana)] == [ours.id]


@pytest.mark.parametrize("ahead", [0, 40])
def test_the_receiver_keeps_what_it_was_told_and_else_its_own_time(
    ana: Actor, bolivia: Peer, ahead: int
) -> None:
    raw = bolivia.seal(ARRIVED, kind="referral.send", conversation="c" * 32)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
    about = Referral.objects.get(conversation="c" * 32)
    due = clock.hour_up(clock.now() + timedelta(days=ahead)) if ahead else None
    payload = {"id": "d" * 32, "at": clock.isoformat(clock.now())}
    raw = bolivia.seal(payload, sequence=2, kind="consent.withdrawn",
                       conversation=about.conversation, due=due)  # fmt: skip
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None

    row = ConsentEffect.objects.get(direction="in")
    expected = due or cooperation.due_from(clock.now())
    assert row.due_at is not None
    assert abs(row.due_at - expected) <= timedelta(hours=1)
