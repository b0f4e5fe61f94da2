"""The pages of travel plans, through forms, for the side that sends and the side that receives; and
what the person reads on her own page."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.own import api as own
from ayni.returns import api as returns
from ayni.returns.models import Assessment, TravelPlan
from tests.cast import Cast, enter
from tests.exchange.peer import Peer
from tests.own.conftest import FOR_HER, Device
from tests.returns.journeys import AGREED, a_plan_of_theirs, planned, they_accept, they_say, two_yes
from tests.returns.stories import DAY, a_shared_case, they_propose

HERE = ZoneInfo("America/Argentina/Buenos_Aires")


def later(cast: Cast) -> Client:
    """Ana's browser in English; on another day she signs in anew."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    return client


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Ana's browser, in English."""
    return later(cast)


def moment(name: str, at: datetime) -> dict[str, str]:
    """A moment as the form asks for it, in the time of the post."""
    here = at.astimezone(HERE)
    return {
        f"{name}_day": str(here.day), f"{name}_month": str(here.month),
        f"{name}_year": str(here.year), f"{name}_time": here.strftime("%H:%M"),
    }  # fmt: skip


def _form(leaves: datetime) -> dict[str, object]:
    return {
        **moment("departs_at", leaves), **moment("arrives_at", leaves + timedelta(hours=4)),
        "voluntary": "on", "from_place": "Ciudad Inventada", "to_place": "Puerto Inventado",
        "carrier": "Bus inventado 7", "met_by": "Consulado", "met_office": "Oficina de llegada",
        "needs": ["food"], "avoid": ["press"], "transit": ["PY"], "note": "Invented.",
    }  # fmt: skip


def test_written_by_a_form_changed_boarded_and_stopped(
    ana: Actor, bolivia: Peer, browser: Client, cast: Cast
) -> None:
    seen = two_yes(ana, bolivia)
    page = browser.get(reverse("returns:assessment", args=[seen.id])).content.decode()
    assert "Write a travel plan" in page
    to, leaves = reverse("returns:plan-new", args=[seen.id]), clock.now() + 3 * DAY
    against = browser.post(to, {**_form(leaves), "voluntary": ""})
    assert (against.status_code, "Ask the person first" in against.content.decode()) == (422, True)
    page = browser.post(to, _form(leaves), follow=True).content.decode()
    assert "Sent: waits for an answer" in page
    assert "No press, no pictures" in page
    exchange.drain(peer="bo")
    first = TravelPlan.objects.get()
    assert bolivia.read[-1]["data"]["travel"]["transit"] == ["PY"]
    assert abs(first.departs_at - leaves) < timedelta(minutes=1)

    they_say(bolivia, first, 2, "answer", answer="change", change=["time"])
    shown = browser.get(reverse("returns:plan", args=[first.id])).content.decode()
    assert "Another time" in shown
    assert f"<code>{first.conversation}</code>" in shown, "evidence is exported under it"
    again = browser.get(to).content.decode()
    assert 'value="Bus inventado 7"' in again, "what was sent stands in the form"
    browser.post(to, _form(leaves + timedelta(hours=2)))
    second = TravelPlan.objects.get(number=2)
    exchange.drain(peer="bo")
    they_accept(bolivia, second, 3)
    assert "Replaced" in browser.get(reverse("returns:plan", args=[first.id])).content.decode()
    with time_machine.travel(second.departs_at + timedelta(minutes=9), tick=False):
        browser = later(cast)
        boarded = reverse("returns:plan-boarded", args=[second.id])
        ahead = browser.post(boarded, moment("at", clock.now() + DAY))
        assert ahead.status_code == 422
        page = browser.post(boarded, moment("at", second.departs_at), follow=True).content.decode()
        assert "On the way" in page
    with time_machine.travel(second.arrives_at + timedelta(minutes=9), tick=False):
        browser = later(cast)
        listed = browser.get(reverse("returns:list")).content.decode()
        assert "Nobody has confirmed the arrival" in listed
        late = browser.post(reverse("returns:plan-stop", args=[second.id]), {"reason": "x"})
        assert late.status_code == 422


def test_an_officer_stops_it_with_a_reason_that_stays(
    ana: Actor, bolivia: Peer, browser: Client
) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    to = reverse("returns:plan-stop", args=[row.id])
    page = browser.post(to, {"reason": "person_decided"}, follow=True).content.decode()
    exchange.drain(peer="bo")

    assert "The person decided otherwise" in page
    assert set(bolivia.read[-1]) == {"at", "over"}


def _theirs(by: Actor, bolivia: Peer) -> TravelPlan:
    case = a_shared_case(by, bolivia, consent=AGREED)
    about = Referral.objects.get(case=case).conversation
    they_propose(bolivia, secrets.token_hex(16), about, clock.now() + 7 * DAY)
    (waits,) = returns.assessments_waiting(by=by)
    returns.sign(by=by, assessment_id=waits.id, answer="yes")
    seen = Assessment.objects.get(id=waits.id)
    a_plan_of_theirs(bolivia, seen, 2)
    return TravelPlan.objects.get(assessment=seen)


def test_the_side_that_receives_answers_and_tells_of_the_arrival(
    ana: Actor, bolivia: Peer, browser: Client, cast: Cast
) -> None:
    row = _theirs(ana, bolivia)
    page, answer = reverse("returns:plan", args=[row.id]), f"/returns/plans/{row.id}/answer"
    assert page in browser.get(reverse("returns:list")).content.decode()
    half = browser.post(answer, {"answer": "change"})
    assert "Tick what shall change" in half.content.decode()
    accepted = browser.post(answer, {"answer": "accept", "change": ["time"]}, follow=True)
    assert "Accepted: she or he is expected" in accepted.content.decode()
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["change"] == []

    arrival = reverse("returns:plan-arrival", args=[row.id])
    early = browser.post(arrival, {"arrival": "not_arrived"})
    assert early.status_code == 422
    with time_machine.travel(row.arrives_at + timedelta(hours=1), tick=False):
        browser = later(cast)
        half = browser.post(arrival, {"arrival": "arrived"}).content.decode()
        assert "Write when she or he arrived" in half
        assert "Choose how she or he arrived" in half
        shown = browser.post(arrival, {"arrival": "not_arrived"}, follow=True).content.decode()
        assert "Look for her or him now" in shown
        came = {
            "arrival": "arrived", "condition": "urgent_help", "note": "Invented note.",
            **moment("at", row.arrives_at),
        }  # fmt: skip
        shown = browser.post(arrival, came, follow=True).content.decode()
    assert "Needs help at once" in shown
    assert "Invented note." in shown
    assert "Look for her or him now" not in shown


def test_without_two_yes_no_form_is_shown(ana: Actor, bolivia: Peer, browser: Client) -> None:
    seen = two_yes(ana, bolivia)
    returns.sign(by=ana, assessment_id=seen.id, answer="no")

    assert browser.get(reverse("returns:plan-new", args=[seen.id])).status_code == 409


def test_she_reads_her_plan_in_plain_words_until_it_is_stopped(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    they_accept(bolivia, row)
    given = own.give_code(by=ana, case_id=row.case_id, new=FOR_HER)

    def read() -> str:
        device = Device("es")
        device.write(given.opens)
        device.show("journey")
        return device.text()

    told = read()
    assert "Oficina de llegada" in told
    assert "hora de Buenos Aires" in told
    (consent,) = row.case.consents.filter(recipient_state="bo")
    cooperation.withdraw_consent(by=ana, consent_id=consent.id)
    assert "Oficina de llegada" not in read()
