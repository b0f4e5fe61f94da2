"""The number under which evidence of an alert is exported: on the pages of who issued it and of who
received it, while it runs and afterwards."""

from __future__ import annotations

import secrets

import pytest
from django.test import Client
from django.urls import reverse

from ayni.alerts import api as alerts
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange import bundle
from ayni.lib import clock
from tests.alerts.stories import (
    a_draft,
    a_prosecution,
    an_alert,
    an_answer,
    from_bolivia,
    one_of_each,
    says,
)
from tests.cast import Cast, enter
from tests.exchange.peer import CONSULATE, Peer

ASKED = "Conversation number"


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Ana's browser, in English."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    return client


def _shown(browser: Client, name: str, *about: object) -> str:
    return browser.get(reverse(f"alerts:{name}", args=about)).content.decode()


def test_whoever_issued_it_finds_one_number_for_each_recipient_of_another_state(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    a_prosecution()
    draft = a_draft(ana, to=[CONSULATE, "ar-prosecution"])
    assert ASKED not in _shown(browser, "alert", draft.id), "nothing has left"
    alerts.issue_alert(by=ana, alert_id=draft.id)
    exchange.drain(peer="bo")

    page = _shown(browser, "alert", draft.id)

    here, there = sorted(draft.copies.all(), key=lambda copy: copy.recipient_state)
    assert there.conversation in page
    assert here.conversation not in page, "it went by no message"
    by = audit.job("tests")
    raw = exchange.export_evidence(by=by, conversation=there.conversation, now=clock.now())
    assert [shown.kind for shown in bundle.check(raw).messages] == ["alert.issue"]


def test_where_nothing_left_no_number_is_promised(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    alert = an_alert(ana)
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="mistake")
    exchange.drain(peer="bo")
    assert ASKED not in _shown(browser, "alert", alert.id)


def test_whoever_received_it_finds_the_number_while_it_runs_and_when_it_is_over(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    conversation = secrets.token_hex(16)
    grown = {"precision": "year", "value": "1998"}
    data = {"name_as_written": "Ines INVENTADA", "last_country": "BO", "birth": grown}
    from_bolivia(bolivia, conversation, data=data)
    (row,) = alerts.alerts_received(by=ana)
    answer = an_answer(ana, row.id)
    assert conversation in _shown(browser, "received", row.id)
    assert conversation in _shown(browser, "answer", answer.id)
    assert conversation not in _shown(browser, "list"), "it has a page"

    says(bolivia, conversation, 2, "alert.recall", at=clock.isoformat(clock.now()))

    assert f"{ASKED}, for the administrator: {conversation}" in _shown(browser, "list")


def test_an_alert_of_an_institution_on_this_node_has_none(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    made = one_of_each(ana)
    for name, ident in (("received", "received_id"), ("answer", "answer_id")):
        assert ASKED not in _shown(browser, name, made[ident])
