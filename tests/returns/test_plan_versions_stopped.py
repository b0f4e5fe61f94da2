"""The stop of a changed travel plan reaches the version that left, and no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import api as returns
from ayni.returns.models import TravelPlan
from tests.exchange.peer import Peer
from tests.returns.journeys import planned, they_say, two_yes

Standing = returns.plans.Standing


def _stands(row: TravelPlan) -> Standing:
    return TravelPlan.objects.get(id=row.id).standing(clock.now())


def _plans(bolivia: Peer) -> list[dict[str, Any]]:
    return [told for told in bolivia.read if "travel" in told.get("data", {})]


def _stopped_there(bolivia: Peer) -> list[str]:
    """Digests of the plans that Bolivia was told are stopped."""
    exchange.drain(peer="bo")
    said = [told["over"] for told in bolivia.read if set(told) == {"at", "over"}]
    return [digest for digest in said if TravelPlan.objects.filter(digest=digest).exists()]


def _changed_but_not_left(ana: Actor, bolivia: Peer) -> tuple[TravelPlan, TravelPlan]:
    """A plan that Bolivia has, and a changed one that still waits here."""
    seen = two_yes(ana, bolivia)
    first = planned(ana, seen)
    exchange.drain(peer="bo")
    return first, planned(ana, seen, carrier="Otra aerolínea inventada")


def test_a_consent_that_ends_before_a_changed_plan_has_left_empties_the_one_that_did(
    ana: Actor, bolivia: Peer
) -> None:
    first, second = _changed_but_not_left(ana, bolivia)
    (consent,) = first.case.consents.filter(recipient_state="bo")
    cooperation.withdraw_consent(by=ana, consent_id=consent.id)

    assert _stopped_there(bolivia) == [first.digest]
    assert [told["number"] for told in _plans(bolivia)] == [1]
    assert {_stands(first), _stands(second)} == {Standing.REPLACED, Standing.STOPPED}
    told = {each.about for each in cooperation.effects_of_case(by=ana, case_id=first.case_id)}
    assert first.id in told
    assert second.id not in told
    said = they_say(bolivia, first, 2, "stopped", effect="destroyed", reason="")
    assert said == "applied"


def test_a_changed_plan_that_is_stopped_by_hand_before_it_left_ends_the_one_that_did(
    ana: Actor, bolivia: Peer
) -> None:
    first, second = _changed_but_not_left(ana, bolivia)
    returns.stop_plan(by=ana, plan_id=second.id, reason="person_decided")

    assert _stopped_there(bolivia) == [first.digest]


def test_of_a_plan_that_never_left_nobody_is_told_that_it_is_stopped(
    ana: Actor, bolivia: Peer
) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    returns.stop_plan(by=ana, plan_id=row.id, reason="person_decided")

    assert _stopped_there(bolivia) == []


def test_of_a_plan_of_which_nobody_knows_whether_it_arrived_the_stop_is_told_of_both(
    ana: Actor, bolivia: Peer
) -> None:
    first, second = _changed_but_not_left(ana, bolivia)
    bolivia.answers = False
    exchange.drain(peer="bo")
    bolivia.answers = True
    (consent,) = first.case.consents.filter(recipient_state="bo")
    cooperation.withdraw_consent(by=ana, consent_id=consent.id)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert set(_stopped_there(bolivia)) == {first.digest, second.digest}


def test_each_version_is_stopped_once_within_one_consent(ana: Actor, bolivia: Peer) -> None:
    seen = two_yes(ana, bolivia)
    first = planned(ana, seen)
    exchange.drain(peer="bo")
    second = planned(ana, seen, carrier="Otra aerolínea inventada")
    exchange.drain(peer="bo")
    (consent,) = first.case.consents.filter(recipient_state="bo")
    cooperation.withdraw_consent(by=ana, consent_id=consent.id)

    assert _stopped_there(bolivia) == [second.digest], "it took the place of the first there"
