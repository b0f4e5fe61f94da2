"""The pages of the register, and who is reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from ayni.desk import reminders
from ayni.incidents import api as incidents
from ayni.members import api as members
from tests.cast import Cast, enter
from tests.incidents.stories import an_incident

pytestmark = pytest.mark.django_db
NOTICED = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
FORM = {
    "kind": "device", "noticed_at_day": "24", "noticed_at_month": "11", "noticed_at_year": "2026",
    "noticed_at_time": "19:00", "classes": ["health"], "persons_at_most": "",
    "what": "Una <b>carpeta</b>",
}  # fmt: skip


def _browser(user: members.User) -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, user)
    return client


@pytest.fixture
def dora(cast: Cast) -> Client:
    return _browser(cast.dora)


@time_machine.travel(NOTICED + timedelta(hours=30, minutes=30), tick=False)
def test_an_incident_is_recorded_decided_told_and_closed_by_forms(dora: Client) -> None:
    answer = dora.post("/incidents/new", FORM, follow=True)
    here = answer.redirect_chain[-1][0]
    page = answer.content.decode()
    assert "Quedan 41 horas" in page
    assert "Todavía nadie lo sabe" in page
    assert "&lt;b&gt;carpeta" in page

    told = {"notify": "yes", "tell_persons": "no", "reason": "Falta una carpeta.", "version": "1"}
    page = dora.post(f"{here}/decide", told, follow=True).content.decode()
    assert "Falta avisar a la autoridad" in page
    when = {
        "at_day": "26",
        "at_month": "11",
        "at_year": "2026",
        "at_time": "00:30",
        "how": "Nota 7",
    }
    page = dora.post(f"{here}/authority", when, follow=True).content.decode()
    assert "Las 72 horas ya no corren" in page
    last = {"learned": "Se cierra con llave.", "version": "3"}
    page = dora.post(f"{here}/close", last, follow=True).content.decode()
    assert "Cerrado" in page
    assert "Qué sigue" not in page
    assert "Cerrado" in dora.get("/incidents/").content.decode()


def test_a_step_that_does_not_come_next_leads_back_with_a_sentence(
    cast: Cast, dora: Client
) -> None:
    with members.acting(cast.programme.id):
        row = an_incident(members.actor_of(cast.dora))
    answer = dora.get(f"/incidents/{row.id}/close", follow=True)
    assert answer.redirect_chain[-1][0] == f"/incidents/{row.id}"
    assert "Esto no es lo que sigue" in answer.content.decode()
    answer = dora.post(f"/incidents/{row.id}/close", {"learned": "x", "version": "1"})
    assert answer.status_code == 422
    assert "Esto no es lo que sigue" in answer.content.decode()


def test_a_form_with_mistakes_says_where(dora: Client) -> None:
    answer = dora.post("/incidents/new", {**FORM, "classes": [], "noticed_at_day": "40"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'href="#id_classes' in page
    assert "Una &lt;b&gt;carpeta" in page, "what was typed is still there"


def test_the_officer_is_reminded_within_a_day_of_the_end_and_sees_it_on_the_first_page(
    cast: Cast, dora: Client
) -> None:
    with members.acting(cast.programme.id), time_machine.travel(NOTICED, tick=False):
        an_incident(members.actor_of(cast.dora), hours_ago=0)
    for hours, reminded in ((24, False), (39, False), (63, True)):
        mail.outbox.clear()
        with time_machine.travel(NOTICED + timedelta(hours=hours), tick=False):
            reminders.remind(now=NOTICED + timedelta(hours=hours))
            assert ([cast.dora.email] in [m.to for m in mail.outbox]) is reminded, hours
            page = dora_again(cast).get("/").content.decode()
            assert ("Las 72 horas de 1 incidente" in page) is reminded
    assert all("incident" not in str(m.body) + m.subject for m in mail.outbox)


def dora_again(cast: Cast) -> Client:
    """Signed in at the present moment of the test."""
    return _browser(cast.dora)


def test_who_does_not_keep_it_is_neither_reminded_nor_told(cast: Cast) -> None:
    with members.acting(cast.programme.id):
        an_incident(members.actor_of(cast.dora), hours_ago=80)
        ana = members.actor_of(cast.ana)
        assert incidents.incidents_waiting(by=ana, now=datetime.now(UTC)) == 0
    assert _browser(cast.ana).get("/incidents/").status_code == 403
