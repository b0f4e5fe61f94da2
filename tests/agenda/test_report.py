"""The report of the work agenda: by axis and state, on a page and as a file."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from ayni.agenda import report as centre
from ayni.members import api as members
from tests.agenda.stories import comes, today
from tests.agenda.test_indicators import target_comes
from tests.agenda.working import KEY, commitment_comes, objective_comes, word
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(bolivia: Peer, secretariat: Peer, client: Client) -> Client:
    """An officer; Bolivia says of its commitment that it is done, and what it comes to."""
    objective_comes(secretariat)
    commitment_comes(secretariat, "ours", title="=HYPERLINK(1)")
    commitment_comes(secretariat, state="bo")
    target_comes(secretariat)
    comes(bolivia, "agenda.progress", KEY, word("done", action="Se imprimió"))
    value = {"indicator": "answered_on_time", "value": "91", "cases": 20}
    days = {"since": "2025-11-01", "on": "2026-11-20"}
    comes(bolivia, "agenda.measure", KEY, {**value, **days})
    place = an_institution("ar-programme")
    enter(client, an_officer("ana", place, members.Role.NATIONAL_FOCAL_POINT))
    client.cookies["ayni_ar_language"] = "en"
    return client


def _rows(answer: object) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_has_every_commitment_with_what_its_state_said(reader: Client) -> None:
    answer = reader.get("/platform/work/report.csv")
    theirs, ours = sorted(_rows(answer), key=lambda each: each["state"], reverse=True)

    assert tuple(theirs) == centre.COLUMNS
    assert (theirs["state"], theirs["status"], theirs["what_was_done"]) == (
        "bo", "waiting", "Se imprimió",
    )  # fmt: skip
    assert (theirs["indicator"], theirs["target"], theirs["value"], theirs["cases_at_least"]) == (
        "answered_on_time", "80", "91", "20",
    )  # fmt: skip
    assert ours["commitment"] == "'=HYPERLINK(1)"  # no spreadsheet computes it
    assert f"work-agenda-{today().isoformat()}.csv" in answer.headers["Content-Disposition"]


def test_the_page_says_the_same_and_can_be_of_one_state(reader: Client) -> None:
    page = reader.get("/platform/work/report?state=bo").content.decode()

    assert "Se imprimió" in page
    assert "91 per cent, of 20 cases or more" in page
    assert "at least 80 per cent" in page
    assert "HYPERLINK" not in page
    assert len(_rows(reader.get("/platform/work/report.csv?state=bo"))) == 1
    assert len(_rows(reader.get("/platform/work/report.csv?state=xx"))) == 2
