"""The monthly report of the data protection officer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.members import api as members
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.exchange.trail import an_alarm

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(cast: Cast, browser: Browser) -> Client:
    """The data protection officer's browser."""
    return browser(cast.dora)


def _reads(user: members.User, day: str, count: int, verb: str = "cases.open_history") -> None:
    with time_machine.travel(day):
        for _ in range(count):
            audit.read(by=members.actor_of(user), verb=verb, subject="s")


def _tables(dora: Client, asked: str = "") -> list[list[list[str]]]:
    """Rows of the two tables: what was done, who did it."""
    page = dora.get(f"/audit/month{asked}").content.decode()
    found = []
    for body in re.findall(r"<tbody.*?</tbody>", page, re.S):
        rows = re.findall(r"<tr.*?</tr>", body, re.S)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
        found.append([[re.sub(r"<.*?>", "", cell).strip() for cell in row] for row in cells])
    return found


def test_acts_of_a_month_are_counted_beside_those_of_the_month_before(
    cast: Cast, dora: Client
) -> None:
    _reads(cast.ana, "2026-09-15T12:00:00Z", 2)
    _reads(cast.ana, "2026-10-15T12:00:00Z", 3)
    _reads(cast.luis, "2026-10-16T12:00:00Z", 4)
    with time_machine.travel("2026-11-10T12:00:00Z"):
        acts, actors = _tables(dora)  # October is the last month that is over

    assert ["7", "2"] in [row[1:] for row in acts]
    assert [(row[0], row[2]) for row in actors] == [
        (cast.luis.display_name, "4"),
        (cast.ana.display_name, "3"),
    ]


def test_days_are_those_of_the_post(cast: Cast, dora: Client) -> None:
    _reads(cast.ana, "2026-10-01T02:30:00Z", 1)  # still the 30th of September in Buenos Aires
    with time_machine.travel("2026-11-10T12:00:00Z"):
        assert _tables(dora, "?month=2026-09")[0][0][1:] == ["1", "0"]
        assert _tables(dora, "?month=2026-10")[0][0][1:] == ["0", "1"]


def test_what_another_institution_did_is_not_counted(cast: Cast, dora: Client) -> None:
    _reads(cast.sol, "2026-10-15T12:00:00Z", 5)
    with time_machine.travel("2026-11-10T12:00:00Z"):
        assert _tables(dora) == []


def test_the_looking_is_recorded(cast: Cast, dora: Client) -> None:
    dora.get("/audit/month")
    assert Entry.objects.filter(verb="cases.audit_month", actor_id=str(cast.dora.id)).count() == 2


@pytest.mark.parametrize("asked", ["2026-13", "1999-01", "x", "2026-10-01", "\x00", "9" * 40])
def test_a_month_that_is_none_shows_nothing_and_says_so(dora: Client, asked: str) -> None:
    answer = dora.get("/audit/month", {"month": asked})
    assert answer.status_code == 422
    assert "govuk-error" in answer.content.decode()


def test_a_month_that_is_not_over_is_told_as_such(dora: Client) -> None:
    with time_machine.travel("2026-11-10T12:00:00Z"):
        assert "aún no terminó" in dora.get("/audit/month?month=2026-11").content.decode()
        assert "aún no terminó" not in dora.get("/audit/month").content.decode()


def test_alarms_of_the_month_are_counted(cast: Cast, dora: Client) -> None:
    an_alarm()
    now = Entry.objects.order_by("-number").first()
    assert now is not None
    page = dora.get(f"/audit/month?month={now.at:%Y-%m}").content.decode()
    assert "1 alarma" in page
    before = now.at.replace(day=1) - timedelta(days=1)
    page = dora.get(f"/audit/month?month={before:%Y-%m}").content.decode()
    assert "1 alarma" not in page


def test_only_the_data_protection_officer_reads_it(browser: Browser, cast: Cast) -> None:
    for user in (cast.ana, cast.luis, cast.sol, cast.nadia):
        assert browser(user).get("/audit/month").status_code == 403
