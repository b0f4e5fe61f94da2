"""A consent that is over empties a travel plan on both sides, but not while somebody is on the way;
and who did not arrive stands on the officers' home page."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns.models import TravelPlan
from ayni.returns.plans import Standing
from tests.cases.stories import a_consent
from tests.cast import Cast, enter
from tests.exchange.peer import CONSULATE, Peer
from tests.hidden import is_erased_in_its_time
from tests.returns.journeys import (
    AGREED,
    a_plan_of_theirs,
    planned,
    they_accept,
    they_say,
    two_yes,
)
from tests.returns.stories import DAY

HOUR = timedelta(hours=1)


def _ends(plan: TravelPlan) -> object:
    """When the consent under which it left ends."""
    from ayni.cases.models import Consent

    return Consent.objects.get(id=plan.consent_id).valid_until


def _the_job(by: Actor) -> None:
    job = audit.job("cooperation.consents_over", by.institution)
    cooperation.consents_over(by=job, now=clock.now())


def _two_yes(by: Actor, bolivia: Peer) -> returns.Assessment:
    """Under a consent that holds for two days: less than until she travels."""
    return two_yes(by, bolivia, consent={"valid_for": 2 * DAY})


def _stops(bolivia: Peer, plan: TravelPlan) -> int:
    """How often Bolivia was told that this plan is stopped."""
    exchange.drain(peer="bo")
    told = [each for each in bolivia.read if set(each) == {"at", "over"}]
    return len([each for each in told if each["over"] == plan.digest])


def test_it_is_stopped_and_emptied_when_the_time_of_the_consent_is_over(
    ana: Actor, bolivia: Peer
) -> None:
    plan = planned(ana, _two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    _the_job(ana)
    assert returns.travel_of(TravelPlan.objects.get(id=plan.id))
    with time_machine.travel(_ends(plan), tick=False):  # type: ignore[arg-type]
        _the_job(ana)
        row = TravelPlan.objects.get(id=plan.id)
        assert (row.why_stopped, row.content) == ("consent_over", None)
        assert returns.travel_of(row) == {}
        assert _stops(bolivia, plan) == 1
        _the_job(ana)
        assert _stops(bolivia, plan) == 1, "told once"
    assert Entry.objects.filter(verb="returns.stop_expired", subject=str(plan.id)).count() == 1


def test_one_that_was_renewed_in_time_stays(ana: Actor, bolivia: Peer) -> None:
    seen = _two_yes(ana, bolivia)
    plan = planned(ana, seen)
    exchange.drain(peer="bo")
    a_consent(ana, seen.case, recipient_state="bo", recipient_institution=CONSULATE,
              **AGREED, valid_for=20 * DAY)  # fmt: skip
    with time_machine.travel(_ends(plan), tick=False):  # type: ignore[arg-type]
        _the_job(ana)
        assert TravelPlan.objects.get(id=plan.id).stopped_at is None
    with time_machine.travel(clock.now() + 21 * DAY, tick=False):
        _the_job(ana)
        assert TravelPlan.objects.get(id=plan.id).why_stopped == "consent_over"


def test_while_somebody_is_on_the_way_it_is_kept_until_she_has_arrived(
    ana: Actor, bolivia: Peer
) -> None:
    seen = two_yes(ana, bolivia, consent={"valid_for": 3 * DAY + 2 * HOUR})
    plan = planned(ana, seen)
    exchange.drain(peer="bo")
    assert they_accept(bolivia, plan) == "applied"
    with time_machine.travel(plan.departs_at, tick=False):
        returns.tell_boarded(by=ana, plan_id=plan.id, at=clock.now())
    with time_machine.travel(plan.departs_at + 3 * HOUR, tick=False):
        _the_job(ana)
        row = TravelPlan.objects.get(id=plan.id)
        assert (row.stopped_at, row.standing(clock.now())) == (None, Standing.BOARDED)
    missing = {"arrival": "not_arrived", "role": "consular_officer", "condition": ""}
    with time_machine.travel(plan.arrives_at + HOUR, tick=False):
        _the_job(ana)
        assert TravelPlan.objects.get(id=plan.id).stopped_at is None, "nobody has said anything"
        assert they_say(bolivia, plan, 3, "arrival", **missing) == "applied"
        _the_job(ana)
        assert returns.travel_of(TravelPlan.objects.get(id=plan.id)), "she is looked for"
    assert not Entry.objects.filter(verb="returns.stop_expired").exists()
    there = {**missing, "arrival": "arrived", "condition": "as_planned"}
    with time_machine.travel(plan.arrives_at + 5 * HOUR, tick=False):
        assert they_say(bolivia, plan, 4, "arrival", **there) == "applied"
        _the_job(ana)
        row = TravelPlan.objects.get(id=plan.id)
        assert (row.content, row.standing(clock.now())) == (None, Standing.ARRIVED)


def test_a_receiver_that_cannot_be_told_does_not_keep_it_here(ana: Actor, bolivia: Peer) -> None:
    plan = planned(ana, _two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    bolivia.answers = False
    with time_machine.travel(_ends(plan), tick=False):  # type: ignore[arg-type]
        _the_job(ana)
        assert TravelPlan.objects.get(id=plan.id).content is None
    queued = exchange.deliveries(f"stop:{plan.id}")
    assert [each.kind for each in queued] == ["travel.stop"]


# -- what became of it at whoever received it


def _effect(by: Actor, plan: TravelPlan) -> cooperation.ConsentEffect:
    found = cooperation.effects_of_case(by=by, case_id=plan.case_id)
    (one,) = [each for each in found if each.about == plan.id]
    return one


def _withdraw(by: Actor, plan: TravelPlan) -> None:
    known = TravelPlan.objects.get(id=plan.id)
    assert known.consent_id is not None
    cooperation.withdraw_consent(by=by, consent_id=known.consent_id, case_id=known.case_id)


def test_who_received_a_plan_says_what_it_destroyed_after_a_withdrawal(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    plan = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    _withdraw(ana, plan)
    assert _stops(bolivia, plan) == 1
    effect = _effect(ana, plan)
    assert (effect.what, effect.effect, effect.cause) == ("travel_plan", "", "withdrawn")
    with time_machine.travel(clock.now() + 2 * HOUR, tick=False):
        told = they_say(bolivia, plan, 2, "stopped", effect="destroyed", reason="")
    assert told == "applied"
    effect = _effect(ana, plan)
    assert (effect.effect, effect.late) == ("destroyed", False)
    page = browser.get(reverse("returns:plan", args=[plan.id])).content.decode()
    assert "Destroyed: nobody can read them any more" in page


def test_who_does_not_say_what_became_of_a_plan_is_late(ana: Actor, bolivia: Peer) -> None:
    plan = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    _withdraw(ana, plan)
    due = _effect(ana, plan).due_at
    assert due is not None
    with time_machine.travel(due + HOUR, tick=False):
        assert plan.id in {late.about for late in cooperation.effects_late(by=ana)}


def test_nobody_waits_for_a_word_about_a_plan_that_never_left(ana: Actor, bolivia: Peer) -> None:
    plan = planned(ana, two_yes(ana, bolivia))
    _withdraw(ana, plan)
    found = cooperation.effects_of_case(by=ana, case_id=plan.case_id)
    assert plan.id not in {each.about for each in found}


def test_a_word_about_a_plan_that_nobody_asked_about_is_set_aside(
    ana: Actor, bolivia: Peer
) -> None:
    plan = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    assert they_say(bolivia, plan, 2, "stopped", effect="destroyed", reason="") == "set_aside"


def test_who_cannot_be_told_of_a_plan_is_told_later(ana: Actor, bolivia: Peer) -> None:
    plan = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    with time_machine.travel(clock.now() + 40 * DAY, tick=False) as days:
        _withdraw(ana, plan)  # the key sheets of both are over
        assert TravelPlan.objects.get(id=plan.id).untold
        exchange.publish_key_sheet(by=audit.job("tests"), now=clock.now())
        days.shift(DAY)
        sheet = bolivia.next_sheet(clock.now())
        exchange.accept_key_sheet(by=audit.job("tests"), document=sheet, now=clock.now())
        _the_job(ana)
        assert not TravelPlan.objects.get(id=plan.id).untold
        assert [each.kind for each in exchange.deliveries(f"stop:{plan.id}")] == ["travel.stop"]


def _theirs(ana: Actor, bolivia: Peer, *, accepted: bool) -> TravelPlan:
    """A plan of Bolivia's under two yes."""
    seen = two_yes(ana, bolivia)
    assert a_plan_of_theirs(bolivia, seen, 2) == "applied"
    row = TravelPlan.objects.get(direction="in")
    if accepted:
        returns.answer_plan(by=ana, plan_id=row.id, answer="accept", change=[])
    return row


def _they_stop(bolivia: Peer, row: TravelPlan, *, due: bool = True) -> str:
    told = {"at": clock.isoformat(clock.now()), "over": row.digest}
    raw = bolivia.seal(
        told,
        sequence=3,
        kind="travel.stop",
        conversation=row.conversation,
        due=clock.now() + 30 * DAY if due else None,
    )
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None
    return str(reply.receipt["body"]["state"])


def _said(bolivia: Peer) -> list[tuple[str, str]]:
    exchange.drain(peer="bo")
    return [(each["effect"], each["reason"]) for each in bolivia.read if "effect" in each]


def test_a_plan_that_nobody_accepted_here_is_destroyed_and_that_is_told(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia, accepted=False)
    assert _they_stop(bolivia, row) == "applied"
    assert TravelPlan.objects.get(id=row.id).content is None
    assert _said(bolivia) == [("destroyed", "")]


def test_what_the_case_recorded_of_an_accepted_plan_is_told_with_its_ground(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia, accepted=True)
    assert _they_stop(bolivia, row) == "applied"
    assert TravelPlan.objects.get(id=row.id).content is None
    assert _said(bolivia) == [], "route and times stand in the steps of the case"
    (waits,) = [each for each in cooperation.effects_waiting(by=ana) if each.about == row.id]
    cooperation.confirm_effect(by=ana, effect_id=waits.id, effect="partly", reason="law_keeps")
    assert _said(bolivia) == [("partly", "law_keeps")]


def _the_night_after(by: Actor) -> int:
    job = audit.job("cooperation.destroyed_meanwhile", by.institution)
    return cooperation.destroyed_meanwhile(by=job)


def test_what_the_case_recorded_of_a_plan_is_told_as_destroyed_once_it_is_erased(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia, accepted=True)
    _they_stop(bolivia, row)
    is_erased_in_its_time(row.case)
    assert _the_night_after(ana) == 1
    assert _said(bolivia) == [("destroyed", "")]


def test_a_state_named_before_the_erasing_is_not_told_of_a_plan(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia, accepted=True)
    _they_stop(bolivia, row)
    cooperation.protect(by=ana, case_id=row.case_id, states=["bo"])
    is_erased_in_its_time(row.case)
    assert _the_night_after(ana) == 1
    assert _said(bolivia) == []


def test_a_plan_that_was_stopped_for_another_reason_asks_nobody_for_a_ground(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia, accepted=True)
    assert _they_stop(bolivia, row, due=False) == "applied"
    assert _said(bolivia) == []
    assert row.id not in {each.about for each in cooperation.effects_waiting(by=ana)}


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Ana's browser, in English."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    return client


def test_who_did_not_arrive_stands_on_the_home_page_until_she_does(
    ana: Actor, bolivia: Peer, browser: Client, cast: Cast
) -> None:
    plan = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    assert they_accept(bolivia, plan) == "applied"
    to = f'href="{reverse("returns:plan", args=[plan.id])}"'
    with time_machine.travel(plan.arrives_at - timedelta(seconds=1), tick=False):
        assert returns.plans_alarming(by=ana) == []
        assert to not in browser.get("/").content.decode()
    with time_machine.travel(plan.arrives_at, tick=False):
        enter(browser, cast.ana)
        home = browser.get("/").content.decode()
        assert to in home
        assert "Nobody has confirmed the arrival" in home
        missing = {"arrival": "not_arrived", "role": "consular_officer", "condition": ""}
        assert they_say(bolivia, plan, 3, "arrival", **missing) == "applied"
        assert "Did not arrive" in browser.get("/").content.decode()
        assert [how for _row, how in returns.plans_alarming(by=ana)] == [Standing.MISSING]
        arrived = {**missing, "arrival": "arrived", "condition": "as_planned"}
        assert they_say(bolivia, plan, 4, "arrival", **arrived) == "applied"
        assert to not in browser.get("/").content.decode()


def test_another_institution_is_not_told_of_it(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    plan = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    assert they_accept(bolivia, plan) == "applied"
    sol = members.actor_of(cast.sol)
    with time_machine.travel(plan.arrives_at, tick=False):
        assert len(returns.plans_alarming(by=ana)) == 1
        with members.acting(sol.institution):
            assert returns.plans_alarming(by=sol) == []


def _queries(by: Actor) -> int:
    """How often a round of the job asks the database."""
    with CaptureQueriesContext(connection) as asked:
        _the_job(by)
    return len(asked)


def test_a_round_asks_no_more_for_plans_whose_consent_holds_or_whose_case_is_erased(
    ana: Actor, bolivia: Peer
) -> None:
    before = _queries(ana)
    first = planned(ana, two_yes(ana, bolivia, consent={"valid_for": 20 * DAY}))
    exchange.drain(peer="bo")
    assert _queries(ana) == before, "its consent holds"
    is_erased_in_its_time(first.case)
    with time_machine.travel(clock.now() + 30 * DAY, tick=False):
        assert _queries(ana) == before, "of an erased case nothing can be told any more"


def _untold(ana: Actor, bolivia: Peer, days: time_machine.Coordinates) -> TravelPlan:
    """A plan whose end could not be told, and now could."""
    plan = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    days.shift(40 * DAY)
    _withdraw(ana, plan)  # the key sheets of both are over
    assert TravelPlan.objects.get(id=plan.id).untold
    exchange.publish_key_sheet(by=audit.job("tests"), now=clock.now())
    days.shift(DAY)
    sheet = bolivia.next_sheet(clock.now())
    exchange.accept_key_sheet(by=audit.job("tests"), document=sheet, now=clock.now())
    return plan


def test_a_state_that_she_came_to_fear_is_not_told_later_that_a_plan_is_stopped(
    ana: Actor, bolivia: Peer
) -> None:
    with time_machine.travel(clock.now(), tick=False) as days:
        plan = _untold(ana, bolivia, days)
        cooperation.protect(by=ana, case_id=plan.case_id, states=["bo"])
        _the_job(ana)
        assert exchange.deliveries(f"stop:{plan.id}") == []


def test_the_time_to_effect_runs_from_the_end_of_the_consent_and_not_from_the_job(
    ana: Actor, bolivia: Peer
) -> None:
    plan = planned(ana, _two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    end = _ends(plan)
    with time_machine.travel(end + 3 * HOUR, tick=False):  # type: ignore[operator]
        _the_job(ana)
        exchange.drain(peer="bo")
    (told,) = [each for each in bolivia.read if set(each) == {"at", "over"}
               and each["over"] == plan.digest]  # fmt: skip
    assert told["at"] == clock.isoformat(end)  # type: ignore[arg-type]
