"""Closing a case ends its alerts: whoever has one is told, a draft is thrown away."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ayni.alerts import api as alerts
from ayni.alerts.models import Alert
from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cooperation.models import Tellable
from ayni.exchange import api as exchange
from ayni.lib.errors import WrongState
from ayni.members import api as members
from tests.alerts.stories import a_draft, an_alert, its_officer
from tests.cases.stories import a_case, worked_through
from tests.cast import Cast, enter
from tests.exchange.peer import Peer
from tests.hidden import is_erased_in_its_time


def _closed(by: Actor, case: cases.Case) -> cases.Case:
    case = worked_through(by, case)
    return cases.close_case(
        by=by, case_id=case.id, version=case.version, reason="goals_met", note="Invented."
    )


def test_whoever_has_it_is_told_and_a_draft_never_leaves(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    case, other = a_case(ana), an_alert(ana)
    issued, draft = an_alert(ana, case), a_draft(ana, case)
    exchange.drain(peer="bo")
    bolivia.read.clear()
    _closed(luis, case)
    exchange.drain(peer="bo")

    found = {row.id: row for row in Alert.objects.all()}
    assert (found[issued.id].state, found[issued.id].recall_reason) == ("recalled", "closed")
    assert found[draft.id].state == "cancelled"
    assert found[other.id].state == "issued", "of another case"
    assert [set(told) for told in bolivia.read] == [{"at"}]
    ended = Entry.objects.filter(verb="alerts.end_of_case").values_list("subject", flat=True)
    assert set(ended) == {str(issued.id), str(draft.id)}
    with pytest.raises(WrongState):
        alerts.recall_alert(by=ana, alert_id=issued.id, reason="found")


def test_what_has_not_left_when_the_case_is_closed_never_leaves(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    case = a_case(ana)
    an_alert(ana, case)
    _closed(luis, case)
    exchange.drain(peer="bo")

    assert bolivia.read == []


def test_no_officer_chooses_that_a_case_was_closed(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    alert = an_alert(ana)
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)

    assert client.post(f"/alerts/{alert.id}/recall", {"reason": "closed"}).status_code == 422


def test_the_home_page_counts_what_is_looked_for(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    pablo = its_officer()
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    assert not re.search(r"govuk-tag--red\">\s*\d+ abierta", client.get("/").content.decode())
    with members.acting(pablo.institution):
        theirs = a_draft(pablo, to=[cast.programme.code])
        alerts.issue_alert(by=pablo, alert_id=theirs.id)
    assert re.search(r"govuk-tag--red\">\s*1 abierta<", client.get("/").content.decode())
    with members.acting(pablo.institution):
        alerts.recall_alert(by=pablo, alert_id=theirs.id, reason="found")
    assert alerts.at_a_glance(by=ana).open == 0


def test_the_states_that_had_an_alert_are_judged_before_its_case_is_erased(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    case = a_case(ana)
    an_alert(ana, case)
    exchange.drain(peer="bo")
    is_erased_in_its_time(case)

    assert list(Tellable.objects.filter(case_id=case.id).values_list("state", flat=True)) == ["bo"]
