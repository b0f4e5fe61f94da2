"""Historical notices wait for nobody: no clock, no inbox, and every page that works refuses."""

from __future__ import annotations

import pytest
from django.db import connection

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.protocol import api as protocol
from tests.cast import Cast
from tests.statistics.stories import browser, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(job: Actor) -> cases.Notice:
    """Report 101, loaded."""
    load(job)
    return cases.Notice.objects.get(source_number="101")


def test_no_clock_starts(notice: cases.Notice, ana: Actor) -> None:
    assert protocol.due_for(institution=ana.institution, limit=100) == []
    assert set(protocol.counts(institution=ana.institution).values()) == {0}
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables "
                       "where table_name like 'protocol\\_%' or table_name like 'procrastinate_jobs'")  # fmt: skip  # noqa: E501
        tables = [name for (name,) in cursor.fetchall()]
        assert "procrastinate_jobs" in tables
        for table in tables:
            cursor.execute(f"select count(*) from {table}")  # noqa: S608 - names of the catalogue
            assert cursor.fetchone() == (0,), table


def test_it_is_in_no_inbox(notice: cases.Notice, ana: Actor, cast: Cast) -> None:
    assert cases.notices_waiting(by=ana) == []
    assert cooperation.incoming(by=ana) == []
    for address in ("/", "/cooperation/", "/cases/"):
        page = browser(cast.ana).get(address).content.decode()
        assert notice.reference not in page
        assert "101" not in page
        assert str(notice.id) not in page


def test_every_verb_refuses_it(notice: cases.Notice, ana: Actor) -> None:
    with pytest.raises(cases.ReadOnly):
        cases.triage_notice(
            by=ana, notice_id=notice.id, version=1, situation="urgency", imminent_danger=False,
            age_group="adult", indicators=(), reason="x",
        )  # fmt: skip
    with pytest.raises(cases.ReadOnly):
        cases.decide_notice(by=ana, notice_id=notice.id, version=1, outcome="open_case", reason="x")
    with pytest.raises(cases.ReadOnly):
        cases.search_antecedents(by=ana, details={"name": "x"}, notice_id=notice.id)
    notice.refresh_from_db()
    assert (notice.state, notice.version, notice.searched_at) == ("historical", 1, None)


@pytest.mark.parametrize("page", ["triage", "search", "decide", "case"])
def test_every_page_that_works_on_a_notice_refuses_it(
    notice: cases.Notice, cast: Cast, page: str
) -> None:
    client = browser(cast.ana)
    for answer in (
        client.get(f"/notices/{notice.id}/{page}"),
        client.post(f"/notices/{notice.id}/{page}", {"name": "x"}),
    ):
        assert answer.status_code == 409
        assert "registro histórico" in answer.content.decode()


def test_its_page_shows_the_record_by_role_and_offers_nothing_to_do(
    notice: cases.Notice, cast: Cast
) -> None:
    page = browser(cast.ana).get(f"/notices/{notice.id}").content.decode()

    assert "Aviso histórico 101" in page
    assert "1 de enero de 2020" in page
    assert "00:00" not in page, "the hour of entry was not recorded"
    assert "Villa Inventada" in page
    for heading in ("Víctimas directas", "Familiares", "Personas acusadas"):
        assert heading in page
    for word in ("/triage", "/decide", "/case", "/search"):
        assert f"/notices/{notice.id}{word}" not in page


def test_its_page_is_not_for_others(notice: cases.Notice, cast: Cast) -> None:
    for officer, status in ((cast.dora, 403), (cast.nadia, 403), (cast.sol, 404)):
        assert browser(officer).get(f"/notices/{notice.id}").status_code == status
