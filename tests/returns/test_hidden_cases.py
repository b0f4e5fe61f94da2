"""A case whose time is over is hidden: a return that was prepared for it holds up no message, and a
state that she feared is told nothing of it."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Referral
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.returns import api as returns
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.plan_ending import stop_expired
from tests.cooperation.test_hidden_cases import HIDDEN, Hide
from tests.exchange.peer import Peer
from tests.hidden import is_blocked, is_erased
from tests.returns.journeys import a_plan_of_theirs, planned, they_accept, two_yes
from tests.returns.stories import DAY, a_shared_case, proposed, says, they_propose, they_sign


@HIDDEN
def test_their_signature_about_a_hidden_case_is_heard(
    ana: Actor, bolivia: Peer, hide: Hide
) -> None:
    row = proposed(ana, a_shared_case(ana, bolivia))
    exchange.drain(peer="bo")
    hide(row.case)

    assert they_sign(bolivia, row, "yes") == "applied"

    assert Assessment.objects.get(id=row.id).theirs == "yes"


@HIDDEN
def test_what_waits_of_an_assessment_does_not_leave_and_holds_up_nothing(
    ana: Actor, bolivia: Peer, hide: Hide
) -> None:
    first, second = a_shared_case(ana, bolivia), a_shared_case(ana, bolivia)
    row, other = proposed(ana, first), proposed(ana, second)
    hide(first)

    exchange.drain(peer="bo")

    stopped, left = (OutgoingMessage.objects.get(subject=str(one.id)) for one in (row, other))
    assert stopped.state == "cancelled"
    assert left.state == "delivered"


def test_a_blocked_case_takes_no_new_assessment(ana: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)
    about = Referral.objects.get(case=case).conversation
    is_blocked(case)

    taken = they_propose(bolivia, secrets.token_hex(16), about, clock.now() + 7 * DAY)

    assert taken == "set_aside"
    assert not Assessment.objects.exists()


@HIDDEN
def test_a_plan_of_a_hidden_case_is_neither_sent_nor_taken(
    ana: Actor, bolivia: Peer, hide: Hide
) -> None:
    seen = two_yes(ana, bolivia)
    theirs = two_yes(ana, bolivia)
    row = planned(ana, seen)
    hide(seen.case)
    hide(theirs.case)

    exchange.drain(peer="bo")

    assert OutgoingMessage.objects.get(subject=str(row.id)).state == "cancelled"
    assert a_plan_of_theirs(bolivia, theirs, 2) == "set_aside"


@HIDDEN
def test_their_yes_to_a_plan_of_a_hidden_case_is_heard(
    ana: Actor, bolivia: Peer, hide: Hide
) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    hide(row.case)

    assert they_accept(bolivia, row) == "applied"

    assert TravelPlan.objects.get(id=row.id).reply == "accept"


@HIDDEN
def test_that_their_consent_has_ended_is_heard_in_a_hidden_case(
    ana: Actor, bolivia: Peer, hide: Hide
) -> None:
    case = a_shared_case(ana, bolivia)
    about = Referral.objects.get(case=case).conversation
    conversation = secrets.token_hex(16)
    assert they_propose(bolivia, conversation, about, clock.now() + 7 * DAY) == "applied"
    row = Assessment.objects.get(conversation=conversation)
    hide(case)
    told = {"at": clock.isoformat(clock.now()), "over": row.digest}

    assert says(bolivia, conversation, 2, "assessment.stop", told) == "applied"

    row.refresh_from_db()
    assert (row.content, row.why_stopped) == (None, "by_sender")


def _over(by: Actor) -> None:
    """What the job does once the consent is over."""
    job = audit.job("cooperation.consents_over", str(by.institution))
    cooperation.consents_over(by=job, now=clock.now())


def test_the_end_of_a_consent_reaches_who_has_a_plan_though_the_case_is_blocked(
    ana: Actor, bolivia: Peer
) -> None:
    row = planned(ana, two_yes(ana, bolivia, consent={"valid_for": 2 * DAY}))
    exchange.drain(peer="bo")
    is_blocked(row.case)

    with time_machine.travel(clock.now() + 2 * DAY):
        _over(ana)
        _over(ana)
        exchange.drain(peer="bo")

    plan, seen = TravelPlan.objects.get(id=row.id), Assessment.objects.get()
    assert (plan.content, plan.why_stopped) == (None, "consent_over")
    assert (seen.content, seen.why_stopped) == (None, "consent_over")
    told = [each["over"] for each in bolivia.read if set(each) == {"at", "over"}]
    assert sorted(told) == sorted([plan.digest, seen.digest])
    awaited = ConsentEffect.objects.filter(direction="out", cause="expired").exclude(what="")
    assert {each.about for each in awaited} == {plan.id, seen.id}


def test_of_an_erased_case_nobody_is_told_that_a_consent_is_over(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    is_erased(row.case)
    job = audit.job("returns.stop_expired", str(ana.institution))

    assert stop_expired(by=job, now=clock.now() + timedelta(days=800)) == 0


@pytest.mark.parametrize("name", ["returns.local", "exchange.receive"])
def test_a_job_that_learns_of_a_feared_state_says_no_for_us(
    ana: Actor, bolivia: Peer, name: str
) -> None:
    row = two_yes(ana, bolivia)
    job = audit.job(name, str(ana.institution))

    cooperation.protect(by=job, case_id=row.case_id, states=["bo"])

    row.refresh_from_db()
    assert row.ours == "no"
    assert returns.open_assessment(by=ana, assessment_id=row.id).standing.value == "a_no"
