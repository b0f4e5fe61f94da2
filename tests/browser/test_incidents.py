"""The register of incidents in Chromium: from noticed to closed, in three languages at two widths,
checked by axe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from ayni.lib import clock
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture


def _at(hours_ago: int, field: str) -> dict[str, str]:
    at = timezone.localtime(clock.now() - timedelta(hours=hours_ago))
    parts = {"day": at.day, "month": at.month, "year": at.year, "time": f"{at:%H:%M}"}
    return {f"{field}_{name}": str(value) for name, value in parts.items()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_incident_from_noticed_to_closed(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )

    def look(name: str) -> None:
        axe(page)
        picture(page, f"incident-{name}-{language}")

    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.dora.email)
    page.goto(f"{site}/incidents/new")
    look("new")
    with timezone.override("America/Argentina/Buenos_Aires"):
        noticed, told = _at(50, "noticed_at"), _at(1, "at")
    desk.fill(kind="device", classes="contact", persons_at_most="12", what="Invented.", **noticed)
    page.locator("[name=classes][value=narrative]").check()
    desk.send()
    here = page.url
    look("undecided")
    page.goto(f"{site}/")
    look("first-page")
    page.goto(f"{here}/decide")
    look("decide")
    desk.fill(notify="yes", tell_persons="no", reason="Invented.")
    desk.send()
    page.goto(f"{here}/authority")
    desk.fill(how="Invented 7.", **told)
    desk.send()
    page.goto(f"{here}/close")
    desk.fill(learned="Invented.")
    desk.send()
    expect(page).to_have_url(here)
    look("closed")
    page.goto(f"{site}/incidents/")
    look("list")
    assert watched.problems == []
