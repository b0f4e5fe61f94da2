"""The pages of alerts, through forms, and what they say when something is not possible."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ayni.alerts import api as alerts
from ayni.audit.api import Actor
from ayni.members import api as members
from tests.alerts.stories import an_alert, its_officer, says, to_the_prosecution
from tests.cases.stories import CHILD, a_case
from tests.cast import Cast, enter
from tests.exchange.peer import Peer


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Ana's browser, in English."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    return client


def test_written_looked_at_issued_and_taken_back(ana: Actor, browser: Client) -> None:
    case, pablo = a_case(ana), its_officer()
    sent = {
        "why_unasked": "contact_lost", "last_country": "PE", "last_place": "Invented Town",
        "last_on_0": "20", "last_on_1": "11", "last_on_2": "2026", "days": "3",
        "to": ["ar-prosecution"],
    }  # fmt: skip
    there = browser.post(reverse("alerts:new", args=[case.id]), sent).headers["Location"]
    draft = browser.get(there).content.decode()
    assert "What would leave" in draft
    assert "Invented Town" in draft
    assert "1998" in draft
    assert "It holds no instrument for the search for a missing person." in draft
    assert "27" not in draft.split("What it says")[1].split("Who is told")[0]

    issued = browser.post(f"{there}/issue", follow=True).content.decode()
    assert "Has the alert" in issued
    with members.acting(pablo.institution):
        assert len(alerts.alerts_received(by=pablo)) == 1
    recalled = browser.post(f"{there}/recall", {"reason": "found"}, follow=True).content.decode()
    assert "Confirmed: removed" in recalled
    assert "everything that it said" in recalled
    again = browser.post(f"{there}/recall", {"reason": "found"})
    assert (again.status_code, "over already" in again.content.decode()) == (409, True)


def test_who_has_not_confirmed_stands_on_the_page_and_in_the_list(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    from ayni.exchange import api as exchange
    from ayni.lib import clock

    alert = an_alert(ana)
    exchange.drain(peer="bo")
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    to = reverse("alerts:alert", args=[alert.id])
    page = browser.get(to).content.decode()
    assert "1 institution has not confirmed" in page
    assert "asked since" in page

    (seen,) = alerts.open_alert(by=ana, alert_id=alert.id).copies
    told = {"at": clock.isoformat(clock.now()), "why": "recalled", "fields": ["gender"]}
    says(bolivia, seen.copy.conversation, 1, "alert.removed", **told)
    page = browser.get(to).content.decode()
    assert "has not confirmed" not in page
    assert "Gender" in page


def test_of_a_child_the_page_says_who_may(ana: Actor, browser: Client) -> None:
    case = a_case(ana, CHILD)
    its_officer()
    answer = browser.post(
        reverse("alerts:new", args=[case.id]),
        {"why_unasked": "reported", "last_country": "PE", "days": "3", "to": ["ar-prosecution"]},
    )
    assert answer.status_code == 422
    assert "Only the child protection authority" in answer.content.decode()


def test_one_that_is_over_is_not_shown_and_says_why(ana: Actor, browser: Client) -> None:
    pablo = its_officer()
    with members.acting(pablo.institution):
        theirs = an_alert(pablo, to=["ar-programme"])
    (row,) = alerts.alerts_received(by=ana)
    to = reverse("alerts:received", args=[row.id])
    assert "Rosa" in browser.get(to).content.decode()
    assert f'href="{to}"' in browser.get(reverse("alerts:list")).content.decode()
    assert f'href="{reverse("alerts:list")}"' in browser.get("/").content.decode()
    with members.acting(pablo.institution):
        alerts.recall_alert(by=pablo, alert_id=theirs.id, reason="wish")

    answer = browser.get(to)
    assert (answer.status_code, "Rosa" in answer.content.decode()) == (409, False)
    listed = browser.get(reverse("alerts:list")).content.decode()
    assert f'href="{to}"' not in listed
    assert "It was taken back" in listed


def test_a_draft_is_thrown_away_without_a_reason(ana: Actor, browser: Client) -> None:
    draft = to_the_prosecution(ana)
    to = reverse("alerts:recall", args=[draft.id])
    assert "Nothing has left" in browser.get(to).content.decode()
    page = browser.post(to, {"reason": "mistake"}, follow=True).content.decode()

    assert "Thrown away before it left" in page


def test_an_answer_is_written_looked_at_sent_and_read(
    ana: Actor, browser: Client, cast: Cast
) -> None:
    pablo = its_officer()
    with members.acting(pablo.institution):
        alert = an_alert(pablo, to=["ar-programme"])
    (row,) = alerts.alerts_received(by=ana)
    received = browser.get(reverse("alerts:received", args=[row.id])).content.decode()
    for name in ("alerts:seen", "alerts:found"):
        assert f'href="{reverse(name, args=[row.id])}"' in received
    to = reverse("alerts:found", args=[row.id])
    day = {"found_on_day": "21", "found_on_month": "11", "found_on_year": "2026"}
    empty = browser.post(to, day)
    assert empty.status_code == 422
    assert "authority" not in empty.content.decode().split("Does she or he know")[1][:900]
    young = browser.post(to, {**day, "contact": "ar-programme", "ground": "agreed", "young": "yes"})
    assert (young.status_code, "Only a child protection" in young.content.decode()) == (422, True)
    sent = {**day, "contact": "ar-programme", "ground": "agreed", "young": "no"}
    there = browser.post(to, sent).headers["Location"]
    draft = browser.get(there).content.decode()
    assert "Exactly this would go to" in draft
    assert "Found" in draft
    page = browser.post(f"{there}/send", follow=True).content.decode()
    assert "It has arrived" in page

    theirs = Client(headers={"host": "ar.localhost"})
    enter(theirs, members.user(pablo.id))
    theirs.post(reverse("set_language"), {"language": "en"})
    assert "1 of ours answered" in theirs.get("/").content.decode()
    listed = theirs.get(reverse("alerts:list")).content.decode()
    assert "Found" in listed
    asked = theirs.get(reverse("alerts:alert", args=[alert.id])).content.decode()
    assert "the person was found. Speak with it" in asked
    assert asked.count(reverse("alerts:recall", args=[alert.id])) == 1
    recall = theirs.get(reverse("alerts:recall", args=[alert.id])).content.decode()
    assert 'value="found"' in recall
    assert "checked" in recall.split('value="found"')[1][:80], "prompted, and still to be sent"


def test_free_text_is_shown_with_its_language(ana: Actor, browser: Client) -> None:
    pablo = its_officer()
    with members.acting(pablo.institution):
        an_alert(pablo, to=["ar-programme"])
    (row,) = alerts.alerts_received(by=ana)
    sent = {
        "seen_country": "PE", "seen_place": "Invented Town", "seen_on_day": "21",
        "seen_on_month": "11", "seen_on_year": "2026", "ground": "not_met", "young": "no",
        "words": "Com uma mochila <b>vermelha</b>", "words_language": "pt",
    }  # fmt: skip
    to = reverse("alerts:seen", args=[row.id])
    tomorrow = browser.post(to, {**sent, "seen_on_year": "2031"})
    assert "has not come yet" in tomorrow.content.decode()
    page = browser.post(to, sent, follow=True).content.decode()
    assert "Invented Town" in page
    assert '<span lang="pt">Com uma mochila &lt;b&gt;vermelha' in page
    assert "Portuguese" in page
    dropped = browser.post(page.split('action="')[-1].split('"')[0], follow=True)
    assert "Thrown away. Nothing had left." in dropped.content.decode()
