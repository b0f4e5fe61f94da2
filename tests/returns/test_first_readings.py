"""Which role of the other side has read a joint assessment or a travel plan: told once a role to
whoever sent it, no names, never to a state that she fears."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns.models import Assessment
from tests.cast import Cast, assemble
from tests.cooperation.test_withdrawals import browser
from tests.exchange.peer import Peer
from tests.returns.journeys import a_plan_of_theirs, planned, two_yes
from tests.returns.stories import DAY, a_shared_case, proposed, says, they_propose
from tests.returns.test_within_one_node import shared_here


def _read(row: Any, role: str = "case_supervisor", **changed: Any) -> dict[str, Any]:
    return {"at": clock.isoformat(clock.now()), "role": role, "over": row.digest, **changed}


def _roles(bolivia: Peer) -> list[str]:
    exchange.drain(peer="bo")
    return [told["role"] for told in bolivia.read if set(told) == {"at", "role", "over"}]


def _theirs(ana: Actor, bolivia: Peer) -> Assessment:
    """What Bolivia proposes to us."""
    case = a_shared_case(ana, bolivia)
    (shared,) = cooperation.referrals_of_case(by=ana, case_id=case.id)
    end = clock.now() + 7 * DAY
    assert they_propose(bolivia, "e" * 32, shared.conversation, end) == "applied"
    return Assessment.objects.get(direction="in")


def test_whoever_proposed_is_told_once_by_which_role_it_was_read(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)

    for _each in range(2):
        returns.open_assessment(by=ana, assessment_id=row.id)

    assert _roles(bolivia) == [ana.role]
    told = next(told for told in bolivia.read if told.get("over") == row.digest)
    assert set(told) == {"at", "role", "over"}
    verbs = [entry.verb for entry in audit.entries_about(str(row.id))]
    assert verbs.count("returns.tell_read") == 1


def test_a_state_that_she_fears_is_not_told_that_it_was_read(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)
    returns.open_assessment(by=ana, assessment_id=row.id)
    cooperation.protect(by=ana, case_id=row.case_id, states=["bo"])

    assert _roles(bolivia) == [], "what waited does not leave either"
    returns.open_assessment(by=ana, assessment_id=row.id)
    assert _roles(bolivia) == []


def test_what_the_other_side_read_stands_on_the_page(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    row = proposed(ana, a_shared_case(ana, bolivia))
    exchange.drain(peer="bo")

    for number, role in enumerate(("case_supervisor", "liaison_of_later", "case_supervisor"), 1):
        told = _read(row, role)
        assert says(bolivia, row.conversation, number, "return.read", told) == "applied"

    found = returns.open_assessment(by=ana, assessment_id=row.id).read_there
    assert found.count(";") == 1, "the first of each role counts"
    page = browser(cast.ana).get(reverse("returns:assessment", args=[row.id])).content.decode()
    assert "Quién lo leyó allí" in page
    assert "liaison_of_later: " in page


@pytest.mark.parametrize("changed", [{"over": "0" * 64}, {"over": ""}, {"role": "Ana Pérez"}])
def test_of_another_text_or_by_no_role_nothing_is_noted(
    ana: Actor, bolivia: Peer, changed: dict[str, str]
) -> None:
    row = proposed(ana, a_shared_case(ana, bolivia))
    exchange.drain(peer="bo")

    told = _read(row, **changed)
    assert says(bolivia, row.conversation, 1, "return.read", told) in ("", "set_aside")
    assert returns.open_assessment(by=ana, assessment_id=row.id).read_there == ""


def test_what_we_received_is_no_reading_of_theirs(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)

    assert says(bolivia, row.conversation, 2, "return.read", _read(row)) == "set_aside"
    assert returns.open_assessment(by=ana, assessment_id=row.id).read_there == ""


def test_of_each_version_of_a_plan_it_is_told_by_which_role_it_was_read(
    ana: Actor, bolivia: Peer
) -> None:
    seen = _theirs(ana, bolivia)
    returns.sign(by=ana, assessment_id=seen.id, answer="yes")
    assert a_plan_of_theirs(bolivia, seen, 2) == "applied"
    (row,) = returns.plans_waiting(by=ana)

    for _each in range(2):
        returns.open_plan(by=ana, plan_id=row.id)

    assert _roles(bolivia) == [ana.role]
    told = next(told for told in bolivia.read if "role" in told)
    assert told["over"] == row.digest, "of the plan and not of the assessment"


def test_which_role_has_read_our_plan_stands_on_its_page(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")

    assert says(bolivia, row.conversation, 2, "return.read", _read(row)) == "applied"

    assert returns.open_plan(by=ana, plan_id=row.id).read_there != ""
    assert returns.open_assessment(by=ana, assessment_id=row.assessment_id).read_there == ""
    page = browser(cast.ana).get(reverse("returns:plan", args=[row.id])).content.decode()
    assert "Quién lo leyó allí" in page


def test_within_one_node_it_is_known_at_once_and_no_message_leaves(ana: Actor) -> None:
    sol = members.actor_of(assemble().sol)
    row = proposed(ana, shared_here(ana, sol), recipient_institution="ar-shelter")
    with members.acting(sol.institution):
        theirs = Assessment.objects.get(conversation=row.conversation)
        returns.open_assessment(by=sol, assessment_id=theirs.id)

    assert returns.open_assessment(by=ana, assessment_id=row.id).read_there != ""
    assert not OutgoingMessage.objects.filter(kind="return.read").exists()
