"""An agreed date lies ahead and within a year; the node that is told one checks it as well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation import kinds
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from tests.cast import Cast, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import a_consented_case, a_draft, a_sent_referral

FAR = timedelta(days=400)


def _read(ana: Actor, sol: Actor) -> Referral:
    """In the shelter's inbox, read and searched for."""
    a_sent_referral(ana)
    with on_behalf(sol):
        (row,) = cooperation.incoming(by=sol)
        cooperation.mark_read(by=sol, referral_id=row.id)
        cooperation.search_earlier(by=sol, referral_id=row.id)
    return row


def _browser(cast: Cast, name: str = "sol") -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, getattr(cast, name))
    return client


@pytest.mark.parametrize("ahead", [timedelta(days=-1), FAR])
def test_a_referral_is_not_accepted_for_a_day_that_is_none(
    ana: Actor, sol: Actor, ahead: timedelta
) -> None:
    row = _read(ana, sol)

    with on_behalf(sol), pytest.raises(cooperation.NotADeadline):
        cooperation.accept_referral(by=sol, referral_id=row.id, agreed_at=clock.now() + ahead)
    with on_behalf(sol):
        assert cooperation.open_referral(by=sol, referral_id=row.id).row.state == "read"


@pytest.mark.parametrize("year", [1850, 2020, 2150])
def test_the_page_says_at_the_field_which_day_is_possible(
    ana: Actor, sol: Actor, cast: Cast, year: int
) -> None:
    row = _read(ana, sol)
    address = reverse("cooperation:referral-move", args=[row.id, "accept"])

    answer = _browser(cast).post(
        address, {"agreed_on_day": 1, "agreed_on_month": 1, "agreed_on_year": year}
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'href="#id_agreed_on' in page, "the summary leads to the field"
    assert "Acuerde un día que no haya pasado" in page


def test_who_comes_second_is_told_who_did_it(ana: Actor, sol: Actor, cast: Cast) -> None:
    row = _read(ana, sol)
    client = _browser(cast)
    address = reverse("cooperation:referral-move", args=[row.id, "accept"])
    assert client.post(address, {"agreed_on_day": ""}).status_code == 302

    answer = client.post(address, {"agreed_on_day": ""})

    assert answer.status_code == 422
    assert "Lo último: Aceptada, por usted," in answer.content.decode()


def test_the_case_page_shows_the_day_that_was_agreed(ana: Actor, sol: Actor, cast: Cast) -> None:
    row = _read(ana, sol)
    agreed = clock.hour_up(clock.now() + timedelta(days=40))
    with on_behalf(sol):
        done = cooperation.accept_referral(by=sol, referral_id=row.id, agreed_at=agreed)
    assert done.case is not None

    page = _browser(cast).get(reverse("desk:case", args=[done.case.id])).content.decode()

    line = next(part for part in page.split("<li>") if str(row.id) in part)
    with timezone.override("America/Argentina/Buenos_Aires"), translation.override("es"):
        assert date_format(timezone.localtime(agreed), "DATETIME_FORMAT") in line
    assert done.due_at is not None
    assert done.deadline == agreed


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_told_date_that_is_none_is_refused_by_its_name(days: int) -> None:
    now = datetime.fromisoformat("2026-11-26T10:00:00+00:00")
    told = {
        "move": "accept",
        "at": clock.isoformat(now),
        "agreed_at": clock.isoformat(now + timedelta(days=days)),
    }

    with pytest.raises(exchange.Malformed, match="agreed_at"):
        kinds.REFERRAL_STATE.check(told)
    kinds.REFERRAL_STATE.check({**told, "agreed_at": clock.isoformat(now + timedelta(days=16))})


@pytest.mark.parametrize(("since", "days"), [(timedelta(days=-30), -20), (FAR, 410)])
def test_what_they_say_of_their_own_time_is_no_measure(
    ana: Actor, sol: Actor, since: timedelta, days: int
) -> None:
    """Dates that fit each other, but not the time at which we asked."""
    from ayni.cooperation import arriving

    sent = a_sent_referral(ana)
    row = Referral.objects.get(id=sent.id)
    told: dict[str, Any] = {
        "at": clock.isoformat(clock.now() + since),
        "agreed_at": clock.isoformat(clock.now() + timedelta(days=days)),
    }

    with pytest.raises(cooperation.NotADeadline):
        arriving.hear(row, cooperation.Move.ACCEPT, by=ana, **told)


def test_an_answer_by_letter_is_agreed_from_its_own_day(ana: Actor) -> None:
    case = a_consented_case(ana, state="uy", institution="uy-consulate-ar")
    to = {"recipient_state": "uy", "recipient_institution": "uy-consulate-ar"}
    draft = a_draft(ana, case, **to)
    letter, _pdf = cooperation.send_letter(
        by=ana, referral_id=draft.id, addressee="Invented consulate", language="es"
    )
    on = letter.printed_at.astimezone(ZoneInfo("America/Argentina/Buenos_Aires")).date()

    with pytest.raises(cooperation.NotADeadline):
        cooperation.record_letter(
            by=ana, referral_id=draft.id, move=cooperation.Move.ACCEPT, on=on,
            agreed_at=clock.now() - timedelta(days=2),
        )  # fmt: skip
