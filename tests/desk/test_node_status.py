"""The state of the node: a page for its administrator, a text for monitoring."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from ayni.lib import clock
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms

pytestmark = pytest.mark.django_db
PLANTED = ("Inventada", "Rosa", "INVENTADA")


@pytest.fixture
def token(settings: object) -> str:
    """Monitoring is set up."""
    settings.AYNI_METRICS_TOKEN = "an-invented-token"  # type: ignore[attr-defined]
    return "an-invented-token"


def _asks(token: str) -> Client:
    return Client(headers={"host": "ar.localhost", "authorization": f"Bearer {token}"})


def _values(token: str) -> dict[tuple[str, str], float]:
    text = _asks(token).get("/watch/metrics").content.decode()
    return {
        (sample.name, sample.labels.get("member", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _page(browser: Browser, cast: Cast) -> str:
    answer = browser(cast.nadia).get("/watch/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def last_backup(settings: object, tmp_path: Path) -> Path:
    """Where the time of the last backup is noted."""
    path = tmp_path / "last-backup.json"
    settings.AYNI_LAST_BACKUP = path  # type: ignore[attr-defined]
    return path


def test_the_administrator_is_told_what_to_do_about_an_old_backup(
    browser: Browser, cast: Cast, last_backup: Path
) -> None:
    made = clock.isoformat(clock.now() - timedelta(days=4))
    last_backup.write_text(json.dumps({"made_at": made}))
    page = _page(browser, cast)
    assert "Actúe ahora" in page
    assert "4 días" in page
    assert "ayni backup make" in page

    last_backup.write_text(json.dumps({"made_at": clock.isoformat(clock.now())}))
    assert "ayni backup make" not in _page(browser, cast)


@pytest.mark.parametrize("text", ["", "{", '{"made_at": 7}', '{"other": 1}', '{"made_at": "x"}'])
def test_a_note_about_the_backup_that_cannot_be_read_is_not_known(
    browser: Browser, cast: Cast, last_backup: Path, text: str
) -> None:
    last_backup.write_text(text)
    assert "todavía sin dato" in _page(browser, cast)


def test_nobody_but_the_administrator_opens_the_page(browser: Browser, cast: Cast) -> None:
    for user in (cast.ana, cast.luis, cast.sol, cast.dora):
        assert browser(user).get("/watch/").status_code == 403
    answer = Client(headers={"host": "ar.localhost"}).get("/watch/")
    assert answer.status_code == 302


def test_monitoring_without_its_token_finds_no_page(token: str, settings: object) -> None:
    assert _asks(token).get("/watch/metrics").status_code == 200
    assert _asks("another").get("/watch/metrics").status_code == 404
    assert Client(headers={"host": "ar.localhost"}).get("/watch/metrics").status_code == 404
    settings.AYNI_METRICS_TOKEN = ""  # type: ignore[attr-defined]
    assert _asks("").get("/watch/metrics").status_code == 404
    assert _asks(token).get("/watch/metrics").status_code == 404


def test_neither_page_nor_metrics_say_anything_of_a_case(
    ana: Client, browser: Browser, cast: Cast, token: str
) -> None:
    case = a_case_by_forms(ana)
    told = _asks(token).get("/watch/metrics").content.decode() + _page(browser, cast)
    assert "ayni_requests_total" in told
    for word in (*PLANTED, case.strip("/").split("/")[-1]):
        assert word not in told


def test_answers_are_counted_by_the_name_of_the_route_never_by_an_address(token: str) -> None:
    visitor = Client(headers={"host": "ar.localhost"})
    visitor.get(reverse("help:now", args=["es"]))
    visitor.get("/Rosa-Inventada-nowhere")
    text = _asks(token).get("/watch/metrics").content.decode()
    assert 'ayni_requests_total{answer="2xx",route="help:now"}' in text
    assert 'ayni_requests_total{answer="4xx",route="none"}' in text
    assert "Rosa" not in text


def test_a_failing_page_is_counted_as_an_error(
    token: str, caplog: pytest.LogCaptureFixture, settings: object, last_backup: Path
) -> None:
    caplog.set_level(logging.CRITICAL)
    settings.AYNI_LAST_BACKUP = None  # type: ignore[attr-defined]
    broken = _asks(token)
    broken.raise_request_exception = False
    assert broken.get("/watch/metrics").status_code == 500

    settings.AYNI_LAST_BACKUP = last_backup  # type: ignore[attr-defined]
    text = _asks(token).get("/watch/metrics").content.decode()
    assert 'ayni_requests_total{answer="5xx",route="watch:metrics"} 1.0' in text


def test_a_node_whose_tables_are_up_to_date_is_ready() -> None:
    answer = Client(headers={"host": "ar.localhost"}).get("/watch/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "lacking": ""}


def test_a_node_whose_tables_are_older_than_its_program_says_so_and_notes_how_far(
    caplog: pytest.LogCaptureFixture,
) -> None:
    MigrationRecorder(connection).record_unapplied("returns", "0005_plan_untold")
    answer = Client(headers={"host": "ar.localhost"}).get("/watch/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "lacking": "tables"}
    (line,) = [row for row in caplog.records if row.name == "ayni.watch"]
    assert line.ids == {"why": "tables", "behind": 1}  # type: ignore[attr-defined]


def test_a_node_whose_database_refuses_says_so_and_notes_its_code(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with transaction.atomic():
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("select 1 / 0")  # from here on this transaction takes nothing more
        answer = Client(headers={"host": "ar.localhost"}).get("/watch/ready")
        transaction.set_rollback(True)
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "lacking": "database"}
    (line,) = [row for row in caplog.records if row.name == "ayni.watch"]
    assert line.ids == {"why": "InternalError", "code": "25P02"}  # type: ignore[attr-defined]
