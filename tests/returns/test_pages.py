"""The pages of joint assessments, through forms; and that every verb leaves its entry."""

from __future__ import annotations

import secrets

import pytest
from django.test import Client
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import api as returns
from ayni.returns.models import Assessment
from tests.cases.stories import a_case
from tests.cast import Cast, enter
from tests.exchange.peer import CONSULATE, Peer
from tests.returns.stories import DAY, a_shared_case, proposed, they_propose, they_sign


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Ana's browser, in English."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    return client


def test_proposed_by_a_form_and_signed_there(ana: Actor, bolivia: Peer, browser: Client) -> None:
    case = a_shared_case(ana, bolivia)
    assert (
        "Begin a joint assessment"
        in browser.get(reverse("returns:case", args=[case.id])).content.decode()
    )
    to = reverse("returns:propose", args=[case.id])
    half = browser.post(to, {"staff_severity": "minor"})
    assert (half.status_code, "Choose severity and likelihood" in half.content.decode()) == (
        422, True,
    )  # fmt: skip
    sent = {
        "recipient_institution": CONSULATE, "person_severity": "serious",
        "person_likelihood": "unlikely", "staff_severity": "minor", "staff_likelihood": "likely",
        "answer": "yes", "days": "10",
    }  # fmt: skip
    page = browser.post(to, sent, follow=True).content.decode()
    assert "Waits for their signature" in page
    assert "Take our yes back" in page
    exchange.drain(peer="bo")
    row = Assessment.objects.get(case=case)
    they_sign(bolivia, row, "yes")

    page = browser.get(reverse("returns:assessment", args=[row.id])).content.decode()
    assert "Both say yes" in page
    assert f"<code>{row.conversation}</code>" in page, "evidence is exported under it"
    again = browser.post(to, sent)
    assert again.status_code == 302, "one that is decided does not stand in the way"


def test_what_waits_for_us_is_listed_and_signed(ana: Actor, bolivia: Peer, browser: Client) -> None:
    case = a_shared_case(ana, bolivia)
    about = Referral.objects.get(case=case).conversation
    they_propose(bolivia, secrets.token_hex(16), about, clock.now() + 7 * DAY)
    (row,) = returns.assessments_waiting(by=ana)
    to = reverse("returns:sign", args=[row.id])
    listed = browser.get(reverse("returns:list")).content.decode()
    assert reverse("returns:assessment", args=[row.id]) in listed
    assert browser.post(to, {}).status_code == 422
    page = browser.post(to, {"answer": "no"}, follow=True).content.decode()

    assert "there is no return" in page
    assert "None waits" in browser.get(reverse("returns:list")).content.decode()
    assert "begin a new assessment" in browser.post(to, {"answer": "yes"}).content.decode()


def test_without_a_partner_the_page_says_what_to_do(ana: Actor, browser: Client) -> None:
    case = a_case(ana)
    assert "Refer first" in browser.get(reverse("returns:case", args=[case.id])).content.decode()
    assert browser.get(reverse("returns:propose", args=[case.id])).status_code == 409


def test_every_verb_leaves_its_entry(ana: Actor, bolivia: Peer) -> None:
    row = proposed(ana, a_shared_case(ana, bolivia))
    returns.sign(by=ana, assessment_id=row.id, answer="no")

    assert set(Entry.objects.filter(actor_id=ana.id).values_list("verb", flat=True)) >= {
        "returns.propose", "returns.sign", "exchange.queue",
    }  # fmt: skip
