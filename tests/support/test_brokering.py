"""The secretariat proposes and reminds, on its own node, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from ayni.audit.api import Actor
from ayni.desk import reminders
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.support import api as support
from tests.agenda.stories import found_as
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.support import stories
from tests.support.stories import KEY, again, they_ask


@pytest.fixture
def bolivia(db: None, settings: Any) -> Iterator[Peer]:
    """Bolivia's node, as the secretariat's sees it."""
    settings.AYNI_NODE = "secretariat"
    argentina = Peer(node="ar", institution="ar-programme", kind="programme")
    peer = Peer()
    found_as(members.SECRETARIAT, argentina, peer)
    yield peer
    argentina.stop()
    peer.stop()


@pytest.fixture
def officer(bolivia: Peer) -> members.User:
    """Nadia, of the secretariat."""
    desk = an_institution("secretariat-desk", kind="secretariat", state="secretariat")
    return an_officer("nadia", desk, members.Role.SECRETARIAT_OFFICER)


@pytest.fixture
def nadia(officer: members.User) -> Actor:
    """Who acts."""
    return members.actor_of(officer)


def told(need: support.Need, by: Actor, **more: Any) -> dict[str, Any]:
    return {"by": by, "owner": need.owner, "key": need.key, "seen": need.brokered, **more}


def test_a_proposed_state_is_told_to_all_and_can_be_reminded_once_a_day(
    nadia: Actor, bolivia: Peer
) -> None:
    need = they_ask(bolivia)
    with pytest.raises(support.NobodyToRemind):
        support.remind(**told(need, nadia))
    support.propose(**told(need, nadia, state="ar"))
    need = again(need)
    assert need.move is not None
    assert need.move.states == ("ar",)
    support.remind(**told(need, nadia))
    need = again(need)
    assert set(need.reminded) == {"ar"}
    with pytest.raises(support.RemindedToday):
        support.remind(**told(need, nadia))
    with time_machine.travel(clock.now() + stories.FIVE_DAYS):
        support.remind(**told(need, nadia))
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["entries"][0]["body"]["kind"] == "support.brokering"


def test_who_asks_or_was_proposed_already_is_not_proposed(nadia: Actor, bolivia: Peer) -> None:
    need = they_ask(bolivia)
    support.propose(**told(need, nadia, state="ar"))
    for state in ("ar", "bo"):
        with pytest.raises(support.NotForItself):
            support.propose(**told(again(need), nadia, state=state))


def test_the_secretariat_neither_asks_nor_offers(nadia: Actor, bolivia: Peer) -> None:
    need = they_ask(bolivia)
    with pytest.raises(support.NotThisNode):
        stories.ask(nadia)
    with pytest.raises(support.NotThisNode):
        support.offer(**told(need, nadia, text="Algo.", until=None, need_terms=1))
    assert support.acts(need, by=nadia) == {support.Act.PROPOSE, support.Act.REMIND}


def test_the_secretariat_sees_whatever_is_late(nadia: Actor, bolivia: Peer) -> None:
    now = clock.now()
    they_ask(bolivia, offer_due=clock.isoformat(now))
    assert [each.overdue for each in support.waiting(by=nadia, now=now)] == [True]


def test_the_secretariat_sees_at_once_what_nobody_was_proposed_for(
    client: Client, officer: members.User, nadia: Actor, bolivia: Peer
) -> None:
    now = clock.now()
    need = they_ask(bolivia)
    (seen,) = support.waiting(by=nadia, now=now)
    assert (seen.unbrokered, seen.overdue, seen.ours) == (True, False, False)
    enter(client, officer)
    assert f"/support/bo/{KEY}" in client.get("/").content.decode()

    support.propose(**told(need, nadia, state="ar"))
    assert support.waiting(by=nadia, now=now) == [], "it is for Argentina to offer"


def test_the_secretariat_sees_what_is_due_within_a_day_before_it_is_late(
    nadia: Actor, bolivia: Peer
) -> None:
    now = clock.now()
    need = they_ask(bolivia, offer_due=clock.isoformat(now + timedelta(hours=25)))
    support.propose(**told(need, nadia, state="ar"))

    assert support.waiting(by=nadia, now=now) == []
    (seen,) = support.waiting(by=nadia, now=now + timedelta(hours=2))
    assert (seen.overdue, seen.unbrokered) == (False, False)


def test_whom_a_reminder_is_written_to_sees_what_waits(
    client: Client, officer: members.User, bolivia: Peer
) -> None:
    they_ask(bolivia)
    morning = clock.now().replace(hour=18)  # everywhere between Quito and Brasília past eight
    assert reminders.remind(now=morning) == 1
    enter(client, officer)
    assert f"/support/bo/{KEY}" in client.get("/").content.decode()


def test_its_officer_proposes_and_reminds_on_the_pages(
    client: Client, officer: members.User, bolivia: Peer
) -> None:
    they_ask(bolivia)
    enter(client, officer)
    to = f"/support/bo/{KEY}"
    page = client.get(f"{to}/propose").content.decode()
    assert 'value="ar"' in page
    assert 'value="bo"' not in page.split("<main")[1]
    assert client.post(f"{to}/propose", {"state": "bo", "seen": "0"}).status_code == 422
    assert client.post(f"{to}/propose", {"state": "ar", "seen": "0"}).status_code == 302
    assert client.post(f"{to}/propose", {"state": "pe", "seen": "0"}).status_code == 422  # stale
    assert client.post(f"{to}/act/remind", {"seen": "1"}).status_code == 302
    assert client.get("/support/ask").status_code == 409
    assert client.get(f"{to}/offer").status_code == 409
    need = support.need("bo", KEY)
    assert (set(need.proposed), set(need.reminded)) == ({"ar"}, {"ar"})
