"""The regulatory framework in Chromium: an instrument, and what serves between two states; axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_instrument_and_what_serves_between_two_states_can_be_read(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(cast.ana.email)
    page.goto(f"{site}/norms/instruments/can_548/")  # an id of before
    expect(page.get_by_text("05/03/2025").first).to_be_visible()
    axe(page)
    picture(page, f"norms-{language}-instrument")
    page.goto(f"{site}/norms/between/?requesting=bo&requested=co&crime=smuggling")
    expect(
        page.locator("main a[href='/norms/instruments/can-decision-548/']").first
    ).to_be_visible()
    axe(page)
    picture(page, f"norms-{language}-between")
    page.goto(f"{site}/norms/common-ground/?crime=smuggling&on=2026-11-29")
    expect(page.locator(".ayni-matrix tbody tr")).to_have_count(10)
    axe(page)
    picture(page, f"norms-{language}-ground")
    assert watched.problems == []
