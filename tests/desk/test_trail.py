"""The audit trail for the data protection officer: filters, pages, and the file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(cast: Cast, browser: Browser) -> Client:
    """The data protection officer's browser."""
    return browser(cast.dora)


def _reads(user: members.User, count: int = 1, verb: str = "desk.open_list") -> None:
    for n in range(count):
        audit.read(by=members.actor_of(user), verb=verb, subject=f"s{n}")


def _file(dora: Client, asked: str) -> tuple[list[str], list[list[str]]]:
    """The line above the table, and the entries under its head."""
    answer = dora.get(f"/audit?{asked}&file=csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return rows[0], rows[2:]


def _filtered(dora: Client, asked: str) -> list[str]:
    """Subjects of the entries."""
    return [row[5] for row in _file(dora, asked)[1]]


def test_the_trail_is_filtered_by_who_and_what(cast: Cast, dora: Client) -> None:
    _reads(cast.ana, 2)
    _reads(cast.luis, 3)
    _reads(cast.luis, 1, "cases.open_history")

    assert len(_filtered(dora, f"who={cast.luis.id}")) == 4
    assert len(_filtered(dora, f"who={cast.luis.id}&what=desk.open_list")) == 3
    page = dora.get(f"/audit?who={cast.luis.id}&what=cases.open_history").content.decode()
    table = page.split("<tbody")[1].split("</tbody")[0]
    assert table.count("<tr") == 1
    assert cast.luis.display_name in table


def test_the_trail_is_filtered_by_days_of_the_post(cast: Cast, dora: Client) -> None:
    with time_machine.travel("2026-11-20T02:30:00Z"):  # the 19th in Buenos Aires
        _reads(cast.ana)

    assert len(_filtered(dora, f"who={cast.ana.id}&since=2026-11-19&until=2026-11-19")) == 1
    assert _filtered(dora, f"who={cast.ana.id}&since=2026-11-20&until=2026-11-20") == []


def test_the_trail_of_one_case_holds_what_anybody_did_with_it(
    cast: Cast, dora: Client, browser: Browser
) -> None:
    address = a_case_by_forms(browser(cast.ana))
    case_id = address.rsplit("/", 1)[1]
    audit.read(by=audit.peer("bo"), verb="cooperation.hear", subject=case_id)
    with members.acting(cast.programme.id):
        reference = cases.Case.objects.get(id=case_id).reference
    _line, rows = _file(dora, f"case={reference}")

    assert case_id in {row[5] for row in rows}
    assert "Bolivia" in {row[2] for row in rows}
    assert "Inventada" not in str(rows)


def test_another_institution_is_none_of_its_business(cast: Cast, dora: Client) -> None:
    _reads(cast.sol)

    assert all(
        str(cast.programme.id) == Entry.objects.get(number=row[0]).actor_institution
        for row in _file(dora, "")[1]
    )
    answer = dora.get(f"/audit?who={cast.sol.id}")
    assert answer.status_code == 422, "no officer of hers"
    assert "<table" not in answer.content.decode()


def test_the_file_bears_a_mark_that_its_entry_bears(cast: Cast, dora: Client) -> None:
    _reads(cast.ana, 3)
    line, rows = _file(dora, f"who={cast.ana.id}")
    left = Entry.objects.filter(verb="cases.export_trail").latest("number")

    assert cast.dora.display_name in line[0]
    assert line[1] == left.detail["mark"]
    assert {row[6] for row in rows} == {line[1]}
    assert left.detail["rows"] == str(len(rows)) == "3"
    assert left.detail["who"] == str(cast.ana.id)
    assert left.actor_id == str(cast.dora.id)


def test_a_page_leads_on_to_the_next_with_its_filters(cast: Cast, dora: Client) -> None:
    _reads(cast.ana, 51)
    first = dora.get(f"/audit?who={cast.ana.id}").content.decode()
    following = first.split('rel="next" href="?')[1].split('"')[0].replace("&amp;", "&")

    assert f"who={cast.ana.id}" in following
    second = dora.get(f"/audit?{following}").content.decode()
    assert second.count("<tr") == 2
    assert 'rel="next"' not in second


@pytest.mark.parametrize(
    "asked",
    ["since=yesterday", "since=2026-11-20&until=2026-11-19", "what=nothing", "case=AR-NONE",
     "until=9999-12-31&since=0001-01-01", "who=x"],
)  # fmt: skip
@pytest.mark.parametrize("file", ["", "&file=csv"])
def test_what_cannot_be_asked_is_told_and_shows_nothing(
    dora: Client, asked: str, file: str
) -> None:
    answer = dora.get(f"/audit?{asked}{file}")

    assert answer.status_code == 422
    assert "<table" not in answer.content.decode()
    assert "govuk-error" in answer.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "\u0665"])
def test_a_page_that_does_not_exist_is_not_found(dora: Client, before: str) -> None:
    assert dora.get("/audit", {"before": before}).status_code == 404


def test_more_than_one_export_holds_is_refused_with_what_to_do(cast: Cast) -> None:
    since = clock.now() - timedelta(days=1)
    query = cases.TrailQuery(since=since)
    _reads(cast.ana, 3)

    with pytest.raises(cases.TooManyEntries):
        cases.export_trail(by=members.actor_of(cast.dora), query=query, most=2)
    assert not Entry.objects.filter(verb="cases.export_trail", detail__rows="3").exists()


def test_officers_who_work_on_cases_do_not_see_the_trail(cast: Cast, browser: Browser) -> None:
    assert browser(cast.ana).get("/audit").status_code == 403
    assert browser(cast.ana).get("/audit?file=csv").status_code == 403
