"""An officer reads what the hotline's records say, in Chromium: every page checked by axe, in three
languages and at two widths, and no request to any other host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import Desk
from tests.statistics.stories import PERSONS, REPORTS, Files, load

LANGUAGES = ["es", "pt-br", "en"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_rows_log_and_record_can_be_read_by_everybody(
    site: str,
    watched: Watched,
    axe: Callable[[Page], None],
    picture: Callable[[Page, str], None],
    language: str,
) -> None:
    cast = the_cast.assemble()
    run: Any
    with members.acting(cast.programme.id):
        run = load(audit.job("test", str(cast.programme.id)), Files(REPORTS, PERSONS))
        notice = cases.Notice.objects.get(source_number="103")
    page = watched.page
    page.context.add_cookies([{"name": "ayni_ar_language", "value": language, "url": site}])
    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.ana.email)

    for name, address in (
        ("figures", "/statistics/linea145"),
        ("rows", "/statistics/linea145/rows/reports"),
        ("persons", "/statistics/linea145/rows/accused"),
        ("logs", "/statistics/linea145/log"),
        ("log", f"/statistics/linea145/log/{run.id}"),
        ("record", f"/notices/{notice.id}"),
    ):
        page.goto(f"{site}{address}")
        for opened in page.locator("details").all():
            opened.evaluate("each => { each.open = true }")
        axe(page)
        picture(page, f"linea145-{language}-{name}")
    page.goto(f"{site}/notices/{notice.id}/triage")
    axe(page)
    # The browser reports the refusal of that page; nothing else may go wrong.
    assert [p for p in watched.problems if "409" not in p] == []
