"""Argentina helps Bolivia; and what the secretariat does, on its own node."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.support import api as support
from tests.exchange.peer import Peer
from tests.support.stories import (
    KEY,
    again,
    ask,
    brokered,
    they_accept,
    they_ask,
    they_offer,
)

Standing = support.Standing


def offer(by: Actor, *, seen: int = 0, **changed: Any) -> support.Need:
    told: dict[str, Any] = {"text": "Una plaza en La Quiaca.", "until": None, "need_terms": 1}
    support.offer(by=by, owner="bo", key=KEY, seen=seen, **{**told, **changed})
    return support.need("bo", KEY)


def test_an_offer_is_accepted_delivered_and_over(paula: Actor, bolivia: Peer) -> None:
    they_ask(bolivia)
    assert offer(paula).standing is Standing.OFFERED
    need = they_accept(bolivia)
    assert need.standing is Standing.ACCEPTED
    assert [each.need.ref for each in support.waiting(by=paula, now=clock.now())] == [need.ref]
    support.deliver(by=paula, owner="bo", key=KEY, seen=1)
    assert again(need).standing is Standing.DELIVERED


def test_what_was_offered_is_not_delivered_before_it_is_accepted(
    paula: Actor, bolivia: Peer
) -> None:
    they_ask(bolivia)
    offer(paula)
    with pytest.raises(WrongState):
        support.deliver(by=paula, owner="bo", key=KEY, seen=1)


def test_a_changed_offer_must_be_accepted_anew(paula: Actor, bolivia: Peer) -> None:
    they_ask(bolivia)
    first = offer(paula).offers[0]
    they_accept(bolivia)
    need = offer(paula, seen=1, text="Dos plazas en La Quiaca.")
    assert (need.standing, need.accepted) == (Standing.OFFERED, "")
    assert need.offers[0].offered_at == first.offered_at
    assert they_accept(bolivia, 3, terms=2).accepted == "ar"


def test_an_offer_is_taken_back_and_made_again(paula: Actor, bolivia: Peer) -> None:
    they_ask(bolivia)
    offer(paula)
    they_accept(bolivia)
    support.take_back_offer(by=paula, owner="bo", key=KEY, seen=1)
    assert support.need("bo", KEY).standing is Standing.ASKED
    with pytest.raises(WrongState):
        support.take_back_offer(by=paula, owner="bo", key=KEY, seen=2)
    # The acceptance was of the first one.
    assert offer(paula, seen=2).standing is Standing.OFFERED


def test_two_officers_of_one_state_do_not_write_over_each_other(
    paula: Actor, bolivia: Peer
) -> None:
    they_ask(bolivia)
    offer(paula)
    with pytest.raises(gazette.StaleEntry):
        offer(paula, text="Otra cosa.")
    assert support.need("bo", KEY).offers[0].body["text"] == "Una plaza en La Quiaca."


def test_nobody_offers_for_what_was_changed_meanwhile(paula: Actor, bolivia: Peer) -> None:
    they_ask(bolivia)
    they_ask(bolivia, 2, terms=2, city="Bermejo")
    with pytest.raises(support.NeedChanged):
        offer(paula)
    assert support.need("bo", KEY).offers == ()


def test_nothing_about_a_person_is_offered(paula: Actor, bolivia: Peer) -> None:
    they_ask(bolivia)
    with pytest.raises(support.LooksPersonal):
        offer(paula, text="Pregunte por la Sra. Inventada Mamani")


def test_a_state_does_not_offer_to_itself(paula: Actor) -> None:
    need = ask(paula)
    with pytest.raises(support.NotThisNode):
        support.offer(
            by=paula, owner="ar", key=need.key, text="Algo.", until=None, seen=0, need_terms=1
        )


def test_what_a_state_publishes_in_another_form_does_not_count_and_is_shown(
    paula: Actor, bolivia: Peer
) -> None:
    need = ask(paula)
    found = they_offer(bolivia, need, delivered_at=clock.isoformat(clock.now()))
    assert found.standing is Standing.ASKED
    (one,) = support.not_counted()
    assert one.said.owner == "bo"
    assert they_offer(bolivia, need, 2).standing is Standing.OFFERED
    assert support.not_counted() == []


def test_a_brokering_of_a_state_does_not_count(paula: Actor, bolivia: Peer) -> None:
    need = ask(paula)
    assert brokered(bolivia, need, proposed=["pe"]).proposed == {}
    assert len(support.not_counted()) == 1


def test_a_state_does_not_broker(paula: Actor, bolivia: Peer) -> None:
    need = they_ask(bolivia)
    with pytest.raises(support.NotThisNode):
        support.propose(by=paula, owner="bo", key=need.key, state="pe", seen=0)
    with pytest.raises(support.NotThisNode):
        support.remind(by=paula, owner="bo", key=need.key, seen=0)


def test_figures_are_of_all_states(paula: Actor, bolivia: Peer) -> None:
    they_ask(bolivia)
    ask(paula)
    found = support.figures(now=clock.now() + timedelta(hours=1))
    assert {state: row.asked for state, row in found.by_state.items()} == {"ar": 1, "bo": 1}
    assert found.together.hours is None
