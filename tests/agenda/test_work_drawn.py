"""The work agenda is drawn: a line of time for each commitment, tables of how far axes and states
are."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.audit.api import Actor
from ayni.members import api as members
from tests.agenda.stories import days
from tests.agenda.stories import today as this_day
from tests.agenda.working import undertaking
from tests.cast import enter

pytestmark = pytest.mark.django_db
PICTURE = re.compile(r'<svg viewBox="0 0 1000 24".*?</svg>', re.DOTALL)


@pytest.fixture
def reader(client: Client, saul: Actor) -> Client:
    """The browser of the secretariat's officer, in English. Three commitments under two axes: one
    late, one due in ten days, one of Bolivia's due in forty."""
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    for key, axis in (("manual", "Asistencia"), ("cuentas", "Cifras")):
        api.set_objective(by=saul, key=key, axis=axis, objective=f"De {key}", after="")
    rows = (
        {"due": this_day() - days(10)},
        {"title": "Otro", "due": this_day() + days(10)},
        {"title": "Suyo", "due": this_day() + days(40), "state": "bo", "objective": "cuentas"},
    )
    for row in rows:
        api.set_commitment(by=saul, key="", said=undertaking(**row), after="")
    return client


def pictures(page: str) -> list[tuple[int, int]]:
    """Where in each picture the stroke of today and the dot of the last day stand."""
    found = []
    for each in PICTURE.findall(page):
        places = [int(x) for x in re.findall(r'x1="(\d+)"', each)]
        assert len(places) == 3, "the line, today, the last day"
        found.append((places[1], places[2]))
    return found


def table(page: str, caption: str) -> dict[str, list[int]]:
    """A table of progress: first cell of a row -> its numbers."""
    (found,) = [each for each in page.split("<table")[1:] if f">{caption}</caption>" in each]
    rows = {}
    for row in found.split("<tr")[2:]:
        (name,) = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', row)
        rows[name] = [int(n) for n in re.findall(r"<td[^>]*>(\d+)</td>", row)]
    return rows


def counted(**of: int) -> list[int]:
    return [of.get(status.value, 0) for status in api.Status]


@pytest.mark.parametrize("path", ["/platform/work", "/platform/work/report"])
def test_progress_is_counted_by_axis_and_by_state(reader: Client, path: str) -> None:
    page = reader.get(path).content.decode()

    assert table(page, "Progress by axis") == {
        "Asistencia": counted(late=1, not_begun=1),
        "Cifras": counted(not_begun=1),
    }
    assert table(page, "Progress by state") == {
        "Argentina": counted(late=1, not_begun=1),
        "Bolivia": counted(not_begun=1),
    }


def test_every_commitment_has_its_place_in_time(reader: Client) -> None:
    page = reader.get("/platform/work").content.decode()

    # From ten days ago to forty days from now, on 976 of 1000 units after 12.
    assert pictures(page) == [(207, 12), (207, 402), (207, 988)]
    assert "The thin stroke is today" in page
    of_one = reader.get("/platform/work?state=bo").content.decode()
    assert pictures(of_one) == [(12, 988)]
    assert table(of_one, "Progress by state") == {"Bolivia": counted(not_begun=1)}


def test_a_late_one_is_red(reader: Client) -> None:
    late, open_one, _other = PICTURE.findall(reader.get("/platform/work").content.decode())

    assert "#d4351c" in late
    assert "#d4351c" not in open_one
