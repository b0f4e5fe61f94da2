"""The calendar at a secret address: what stands in it, who reads it, and how it ends."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from icalendar import Calendar

from ayni.agenda import api
from ayni.agenda.meeting_kind import MEETING
from ayni.agenda.models import CalendarAddress
from ayni.agenda.withdrawals import WITHDRAWAL
from ayni.agenda.work_kinds import COMMITMENT, OBJECTIVE
from ayni.audit.api import Actor
from ayni.config import slowing
from ayni.config.logging import IdsOnly, Line
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Role
from tests import cast as the_cast
from tests.agenda.stories import comes
from tests.agenda.test_moved import BODY, CANCELLED
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db

KEY = "2031-12-01-plenario"
NOW = datetime(2031, 11, 20, 12, tzinfo=UTC)
CALLED = {**BODY, "at": "2031-12-01T15:00:00Z", "held": False, "present": [], "place": "La Paz"}


@pytest.fixture
def paula(officer: Callable[[Role], Actor]) -> Actor:
    """Argentina's focal point."""
    return officer(Role.NATIONAL_FOCAL_POINT)


def read(secret: str, *, now: datetime = NOW) -> Calendar:
    """The calendar behind a secret."""
    return Calendar.from_ical(api.fetch_calendar(secret=secret, now=now))


def made(by: Actor, *, now: datetime = NOW) -> str:
    return api.make_calendar(by=by, language="en", now=now)


def commitment(secretariat: Peer, key: str, state: str, due: str) -> None:
    body = {
        "after": "", "instead": "", "title": f"Compromiso {key}", "objective": "o", "state": state,
        "office": "Dirección inventada", "institution": "", "due": due, "public": False,
        "meeting": "",
    }  # fmt: skip
    comes(secretariat, COMMITMENT, key, body)


def test_a_meeting_stands_in_it_in_utc_with_a_stable_name_and_when_it_was_changed(
    secretariat: Peer, paula: Actor
) -> None:
    comes(secretariat, MEETING, KEY, CALLED)
    secret = made(paula)

    (event,) = read(secret).events
    raw = api.fetch_calendar(secret=secret, now=NOW).decode()

    assert event["SUMMARY"] == "Plenario inventado"
    assert event["LOCATION"] == "La Paz"
    assert "DTSTART:20311201T150000Z\r\n" in raw
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")
    assert event["LAST-MODIFIED"].dt.tzinfo is not None
    assert "BEGIN:VTIMEZONE" not in raw  # a moment in UTC needs none
    assert raw == api.fetch_calendar(secret=secret, now=NOW).decode()
    assert event["UID"] == read(made(paula)).events[0]["UID"]


def test_a_cancelled_meeting_stays_in_it_as_cancelled_under_the_same_name(
    secretariat: Peer, paula: Actor
) -> None:
    comes(secretariat, MEETING, KEY, CALLED)
    secret = made(paula)
    before = read(secret).events[0]["UID"]
    told = {**CALLED, "after": "secretariat:1", "changes": [CANCELLED]}
    comes(secretariat, MEETING, KEY, told, version=2)

    (event,) = read(secret).events

    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
    assert event["SUMMARY"] == "Cancelled: Plenario inventado"
    assert event["UID"] == before
    assert "Inventado" not in api.fetch_calendar(secret=secret, now=NOW).decode()  # the reason


def test_only_the_own_states_due_days_stand_in_it(secretariat: Peer, paula: Actor) -> None:
    comes(
        secretariat, OBJECTIVE, "o",
        {"after": "", "instead": "", "axis": "Eje", "objective": "Objetivo"},
    )  # fmt: skip
    commitment(secretariat, "nuestro", "ar", "2031-12-24")
    commitment(secretariat, "suyo", "pe", "2031-12-24")

    (event,) = read(made(paula)).events

    assert event["SUMMARY"] == "Due: Compromiso nuestro"
    assert event["DTSTART"].dt == date(2031, 12, 24)
    assert event["TRANSP"] == "TRANSPARENT"


def test_what_the_plenary_has_withdrawn_is_due_no_more(secretariat: Peer, paula: Actor) -> None:
    commitment(secretariat, "stays", "ar", "2031-12-05")
    commitment(secretariat, "goes", "ar", "2031-12-06")
    secret = made(paula)
    assert len(read(secret).events) == 2
    body = {"after": "", "instead": "", "reason": "Se hace en otro marco", "withdrawn": True}
    comes(secretariat, WITHDRAWAL, "commitment:goes", body)

    assert [event["SUMMARY"] for event in read(secret).events] == ["Due: Compromiso stays"]


def test_nothing_written_in_a_title_becomes_a_line_of_the_calendar(
    secretariat: Peer, paula: Actor
) -> None:
    title = "Plenario\r\nATTENDEE:mailto;x\x07, parte; dos"
    comes(secretariat, MEETING, KEY, {**CALLED, "title": title})

    (event,) = read(made(paula)).events

    assert "ATTENDEE" not in event
    assert event["SUMMARY"] == "Plenario ATTENDEE:mailto;x , parte; dos"


def test_the_secret_is_kept_nowhere_and_another_one_ends_the_first(paula: Actor) -> None:
    first = made(paula)
    row = CalendarAddress.objects.get()
    assert len(first) >= 43  # 256 bits
    assert first.encode() not in bytes(row.digest)
    assert len(bytes(row.digest)) == 16

    second = made(paula)

    with pytest.raises(NotFound):
        read(first)
    assert read(second).events == []


def test_an_address_ends_when_its_officer_says_so_after_a_year_and_with_her_account(
    paula: Actor,
) -> None:
    secret = made(paula)
    with pytest.raises(NotFound):
        read(secret, now=NOW + timedelta(days=366))
    officer = members.user(paula.id)
    officer.is_active = False
    officer.save()
    with pytest.raises(NotFound):
        read(secret)
    officer.is_active = True
    officer.save()
    assert read(secret).events == []

    api.end_calendar(by=paula, now=NOW)

    with pytest.raises(NotFound):
        read(secret)


def test_the_page_shows_the_address_once_and_it_works_without_signing_in(
    secretariat: Peer, paula: Actor, client: Client
) -> None:
    comes(secretariat, MEETING, KEY, CALLED)
    enter(client, members.user(paula.id))
    client.cookies["ayni_ar_language"] = "en"
    shown = client.post("/platform/calendar", {"do": "make"}).content.decode()
    address = shown.partition("<code")[2].partition(">")[2].partition("<")[0]
    path = "/platform/" + address.partition("/platform/")[2]
    assert path.endswith(".ics")
    assert path not in client.get("/platform/calendar").content.decode()

    answer = Client().get(path)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert CalendarAddress.objects.get().fetched_on == clock.now().date()
    assert not answer.cookies


def _without_marks(page: str) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page)


def test_a_wrong_address_and_an_ended_one_are_answered_alike(
    secretariat: Peer, paula: Actor
) -> None:
    secret = made(paula, now=clock.now())
    api.end_calendar(by=paula, now=clock.now())
    client = Client()

    ended = client.get(f"/platform/calendar/{secret}.ics")
    wrong = client.get(f"/platform/calendar/{'x' * 43}.ics")

    assert (ended.status_code, wrong.status_code) == (404, 404)
    told = [_without_marks(answer.content.decode()) for answer in (ended, wrong)]
    assert told[0] == told[1].replace("x" * 43, secret)
    assert client.post(f"/platform/calendar/{secret}.ics").status_code in (403, 405)


def test_whoever_guesses_too_fast_is_told_to_wait(paula: Actor) -> None:
    secret = made(paula, now=clock.now())
    slowing.OFFICERS.wait("192.0.2.9", time.monotonic(), times=10_000)
    try:
        answer = Client(REMOTE_ADDR="192.0.2.9").get(f"/platform/calendar/{secret}.ics")
    finally:
        slowing.OFFICERS.forget()

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
def test_who_makes_two_addresses_at_once_meets_no_failure_and_one_works() -> None:
    cast = the_cast.assemble()
    by, secrets = members.actor_of(cast.ana), []

    def make(both: threading.Barrier) -> None:
        try:
            with members.acting(by.institution):
                both.wait(timeout=30)
                secrets.append(made(by, now=clock.now()))
        finally:
            connection.close()

    for _ in range(6):
        both = threading.Barrier(2)
        work = [threading.Thread(target=make, args=[both]) for _ in range(2)]
        for one in work:
            one.start()
        for one in work:
            one.join()

    assert len(secrets) == 12
    assert CalendarAddress.objects.filter(ended_at=None).count() == 1


def test_no_line_of_a_log_holds_the_secret(
    secretariat: Peer, paula: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    secret, line, caught = made(paula, now=clock.now()), Line(), caplog
    with caught.at_level(logging.INFO):
        for path in (f"/platform/calendar/{secret}.ics", f"/platform/calendar/x{secret}.ics"):
            Client().get(path)
            Client().post(path)
    # As Django tells of an error of ours, with the address.
    wrong = logging.makeLogRecord(
        {"name": "django.request", "levelno": logging.ERROR, "levelname": "ERROR",
         "msg": "%s: %s", "args": ("Internal Server Error", f"/platform/calendar/{secret}.ics")}
    )  # fmt: skip

    told = [line.format(each) for each in [*caught.records, wrong] if IdsOnly().filter(each)]

    assert any("calendar" in each for each in told)
    assert not any(secret in each for each in told)


def test_the_form_that_is_loaded_again_makes_no_other_address(
    secretariat: Peer, paula: Actor, client: Client
) -> None:
    enter(client, members.user(paula.id))
    first = client.post("/platform/calendar", {"do": "make", "seen": ""})
    made_first = CalendarAddress.objects.get()

    again = client.post("/platform/calendar", {"do": "make", "seen": ""})

    assert (first.status_code, again.status_code) == (200, 302)
    assert CalendarAddress.objects.get() == made_first
    assert made_first.ended_at is None
    seen = made_first.made_at.strftime("%Y-%m-%dT%H:%M:%S")
    page = client.get("/platform/calendar").content.decode()
    assert f'name="seen" value="{seen}' in page
