"""Argentina asks, and Bolivia's word comes from its own node."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from ayni.audit.api import Actor
from ayni.desk import reminders
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.support import api as support
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.support.stories import (
    KEY,
    again,
    ask,
    asked,
    brokered,
    they_ask,
    they_deliver,
    they_offer,
)

Standing = support.Standing


def test_a_need_is_met_by_another_state(paula: Actor, bolivia: Peer) -> None:
    need = ask(paula)
    assert need.standing is Standing.ASKED
    need = they_offer(bolivia, need)
    assert need.standing is Standing.OFFERED
    support.accept(by=paula, key=need.key, state="bo", terms=1, seen=need.version)
    need = they_deliver(bolivia, again(need))
    assert need.standing is Standing.DELIVERED
    support.confirm(by=paula, key=need.key, seen=need.version)
    assert again(need).standing is Standing.CONFIRMED
    assert [each.ref for each in support.listed(show=support.Show.OVER, now=clock.now())] == [
        need.ref
    ]


def test_it_is_told_to_every_node_and_says_nothing_but_its_form(
    paula: Actor, bolivia: Peer, secretariat: Peer
) -> None:
    from ayni.exchange import api as exchange

    need = ask(paula)
    for node in ("bo", "secretariat"):
        exchange.drain(peer=node)
    for peer in (bolivia, secretariat):
        (entry,) = peer.read[-1]["entries"]
        assert entry["body"]["body"] == need.body
        assert entry["body"]["key"] == need.key


def test_with_the_secretariat_down_everything_goes_on(
    paula: Actor, bolivia: Peer, secretariat: Peer
) -> None:
    secretariat.stop()
    need = they_offer(bolivia, ask(paula))
    support.accept(by=paula, key=need.key, state="bo", terms=1, seen=need.version)
    assert again(need).standing is Standing.ACCEPTED


@pytest.mark.parametrize(
    "wrong",
    [
        {"city": ""},
        {"language": ""},
        {"what": "shelter"},
        {"what": "shelter", "city": "", "language": ""},
    ],
)
def test_a_need_that_says_too_little_or_too_much_is_refused(paula: Actor, wrong: Any) -> None:
    with pytest.raises(support.IncompleteNeed):
        ask(paula, **wrong)
    assert support.needs() == {}


@pytest.mark.parametrize("days", [-1, 400])
def test_a_day_that_is_over_or_too_far_is_refused(paula: Actor, days: int) -> None:
    today = (
        clock.now().astimezone(ZoneInfo(members.institution(paula.institution).time_zone)).date()
    )
    with pytest.raises(support.DayIsOver):
        ask(paula, until=today + timedelta(days=days))


@pytest.mark.parametrize("text", ["CI 4.567.890", "llamar al 71234567", "x@y.org"])
def test_a_number_or_an_address_is_refused_even_if_nobody_is_meant(paula: Actor, text: str) -> None:
    with pytest.raises(support.LooksPersonal) as refusal:
        ask(paula, text=text, nobody_meant=True)
    assert refusal.value.params == {}  # nothing of it goes to a log
    assert support.needs() == {}


def test_what_looks_like_a_name_is_refused_until_the_author_says_that_nobody_is_meant(
    paula: Actor,
) -> None:
    with pytest.raises(support.LooksPersonal) as refusal:
        ask(paula, text="en Paraje Los Blancos Altos")
    assert "“Paraje Los Blancos Altos”" in refusal.value.in_words()
    assert ask(paula, text="en Paraje Los Blancos Altos", nobody_meant=True)


def test_a_city_holds_no_number(paula: Actor) -> None:
    with pytest.raises(support.LooksPersonal):
        ask(paula, city="Salta 4567890")


def test_a_name_in_the_city_is_asked_about_as_one_in_the_text(paula: Actor) -> None:
    for city in ("Wara Quispe", "maria"):
        with pytest.raises(support.LooksPersonal) as refusal:
            ask(paula, city=city)
        assert f"“{city}”" in refusal.value.in_words()
    assert ask(paula, city="Comodoro Rivadavia", nobody_meant=True)


def test_what_stands_in_the_city_is_not_known_as_a_place_in_the_text(paula: Actor) -> None:
    with pytest.raises(support.LooksPersonal):
        ask(paula, city="Quispe", text="Llega Wara Quispe.")


def test_the_same_form_sent_twice_asks_once(paula: Actor) -> None:
    key = support.new_key()
    support.ask(by=paula, key=key, asked=asked())
    with pytest.raises(gazette.StaleEntry):
        support.ask(by=paula, key=key, asked=asked())
    assert len(support.needs()) == 1


def test_an_edit_of_who_has_not_seen_the_last_version_is_refused(paula: Actor) -> None:
    need = ask(paula)
    support.change_need(by=paula, key=need.key, asked=asked(city="Jujuy"), seen=need.version)
    with pytest.raises(gazette.StaleEntry) as stale:
        support.change_need(by=paula, key=need.key, asked=asked(city="Orán"), seen=need.version)
    assert stale.value.stands is not None
    assert stale.value.stands.said.body["city"] == "Jujuy"
    assert again(need).body["city"] == "Jujuy"


def test_what_is_asked_does_not_change_under_an_accepted_offer(paula: Actor, bolivia: Peer) -> None:
    need = they_offer(bolivia, ask(paula))
    support.accept(by=paula, key=need.key, state="bo", terms=1, seen=need.version)
    seen = again(need).version
    with pytest.raises(WrongState):
        support.change_need(by=paula, key=need.key, asked=asked(city="Jujuy"), seen=seen)


def test_an_offer_made_before_a_change_cannot_be_accepted(paula: Actor, bolivia: Peer) -> None:
    need = they_offer(bolivia, ask(paula))
    support.change_need(by=paula, key=need.key, asked=asked(city="Jujuy"), seen=need.version)
    with pytest.raises(WrongState):
        support.accept(by=paula, key=need.key, state="bo", terms=1, seen=2)
    need = they_offer(bolivia, again(need), 2, terms=2)
    support.accept(by=paula, key=need.key, state="bo", terms=2, seen=2)
    assert again(need).accepted == "bo"


def test_an_offer_that_changed_under_the_eyes_of_who_accepts_is_not_accepted(
    paula: Actor, bolivia: Peer
) -> None:
    need = they_offer(bolivia, ask(paula))
    they_offer(bolivia, need, 2, terms=2, text="Solo por la mañana.")
    with pytest.raises(support.OfferChanged):
        support.accept(by=paula, key=need.key, state="bo", terms=1, seen=need.version)
    assert again(need).standing is Standing.OFFERED


def test_nobody_is_accepted_who_did_not_offer(paula: Actor, bolivia: Peer) -> None:
    need = they_offer(bolivia, ask(paula))
    with pytest.raises(support.OfferChanged):
        support.accept(by=paula, key=need.key, state="pe", terms=1, seen=need.version)


def test_nothing_is_confirmed_that_nobody_says_to_have_delivered(
    paula: Actor, bolivia: Peer
) -> None:
    need = they_offer(bolivia, ask(paula))
    with pytest.raises(WrongState):
        support.confirm(by=paula, key=need.key, seen=need.version)


def test_what_is_closed_is_over(paula: Actor, bolivia: Peer) -> None:
    need = ask(paula)
    support.close(by=paula, key=need.key, reason="nobody_could", seen=need.version)
    need = they_offer(bolivia, again(need))
    assert need.standing is Standing.CLOSED
    with pytest.raises(WrongState):
        support.accept(by=paula, key=need.key, state="bo", terms=1, seen=need.version)


def test_the_day_by_which_it_is_needed_is_when_it_is_due(paula: Actor, bolivia: Peer) -> None:
    day = clock.now().date() + timedelta(days=20)
    need = they_offer(bolivia, ask(paula, until=day))
    support.accept(by=paula, key=need.key, state="bo", terms=1, seen=need.version)
    move = again(need).move
    assert move is not None
    # Midnight in Buenos Aires, three hours behind UTC.
    assert clock.isoformat(move.due) == f"{day + timedelta(days=1)}T03:00:00Z"


def test_who_has_no_right_to_ask_does_not(paula: Actor) -> None:
    need = ask(paula)
    ana = members.actor_of(an_officer("ana", an_institution("ar-programme")))
    with pytest.raises(NotAllowed):
        ask(ana)
    with pytest.raises(NotAllowed):
        support.close(by=ana, key=need.key, reason="mistake", seen=1)
    assert support.acts(need, by=ana) == frozenset()


def test_no_state_ends_or_accepts_what_another_one_asks(paula: Actor, bolivia: Peer) -> None:
    they_ask(bolivia)
    with pytest.raises(NotFound):
        support.close(by=paula, key="a" * 16, reason="mistake", seen=1)


def test_a_state_that_is_proposed_and_one_that_is_late_are_seen(
    paula: Actor, bolivia: Peer, secretariat: Peer
) -> None:
    need = they_ask(bolivia)
    now = clock.now()
    assert support.waiting(by=paula, now=now) == []
    brokered(secretariat, need, proposed=["ar"], reminded=["ar"])
    (seen,) = support.waiting(by=paula, now=now)
    assert seen.proposed
    assert (seen.ours, seen.overdue, bool(seen.reminded)) == (True, False, True)


def test_every_state_is_told_of_a_need_that_nobody_was_proposed_for_before_it_is_due(
    client: Client, paula: Actor, bolivia: Peer, secretariat: Peer
) -> None:
    now = clock.now()
    need = they_ask(bolivia, offer_due=clock.isoformat(now + timedelta(hours=25)))
    assert support.waiting(by=paula, now=now) == []

    soon = now + timedelta(hours=2)
    (seen,) = support.waiting(by=paula, now=soon)
    assert (seen.of_all, seen.unbrokered, seen.ours, seen.overdue) == (True, True, False, False)
    with time_machine.travel(soon, tick=False):
        enter(client, members.user(paula.id))
        client.cookies["ayni_ar_language"] = "en"
        page = client.get("/").content.decode()
    assert f"/support/bo/{KEY}" in page
    assert "Could your state help?" in page
    (late,) = support.waiting(by=paula, now=now + timedelta(days=3))
    assert (late.of_all, late.overdue) == (True, True)
    assert support.waiting(by=paula, now=now + timedelta(days=9)) == [], "nobody could"

    brokered(secretariat, need, proposed=["br"], reminded=[])
    assert support.waiting(by=paula, now=soon) == [], "Brazil was proposed"


def test_who_asks_is_not_asked_to_help_itself(paula: Actor) -> None:
    need = ask(paula)
    assert need.move is not None
    assert support.waiting(by=paula, now=need.move.due - timedelta(hours=1)) == []


def test_when_a_state_is_late_both_focal_points_see_it(paula: Actor, bolivia: Peer) -> None:
    need = they_offer(bolivia, ask(paula))
    support.accept(by=paula, key=need.key, state="bo", terms=1, seen=need.version)
    now = clock.now()
    assert support.waiting(by=paula, now=now) == []
    (seen,) = support.waiting(by=paula, now=now + timedelta(days=5))
    assert (seen.need.ref, seen.overdue, seen.ours) == (need.ref, True, False)


def test_nobody_is_written_to_for_whom_the_first_page_has_nothing(paula: Actor) -> None:
    asked_at = (clock.now() + timedelta(days=1)).replace(hour=16)  # the keys hold since today
    with time_machine.travel(asked_at, tick=False):
        need = ask(paula)
    morning = asked_at + timedelta(hours=22)  # not in the night of Buenos Aires
    assert need.move is not None
    assert morning < need.move.due < morning + timedelta(hours=24)

    with time_machine.travel(morning, tick=False):
        assert support.waiting(by=paula, now=morning) == []
        assert reminders.remind(now=morning) == 0
