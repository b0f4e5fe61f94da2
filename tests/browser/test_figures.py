"""The dashboards in Chromium: every page in three languages and at two widths, checked by axe."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.statistics.glotip_world import load_glotip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_reads_the_figures_of_the_region_a_state_and_a_corridor(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, tmp_path: Path
) -> None:
    cast, page = the_cast.assemble(), watched.page
    load_glotip(tmp_path)
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    page.goto(f"{site}/statistics/published/{language}/")
    axe(page)
    picture(page, f"figures-{language}-published")

    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.ana.email)
    for name, address in (
        ("region", "/statistics/figures?from=2018&to=2022"),
        ("state", "/statistics/figures/state?state=bo"),
        ("corridor", "/statistics/figures/corridor?citizens-of=bo&and=ar"),
    ):
        page.goto(f"{site}{address}")
        drawn = page.locator("main svg")
        expect(drawn.first).to_be_visible()
        assert drawn.count() == page.locator("main .ayni-panel details table").count()
        axe(page)
        picture(page, f"figures-{language}-{name}")
        for folded in page.locator("main details").all():
            folded.evaluate("each => { each.open = true }")
        axe(page)
        picture(page, f"figures-{language}-{name}-open")
    assert watched.problems == []
    page.goto(f"{site}/statistics/figures?colour=red&from=20&source=rumour")
    expect(page.locator(".govuk-error-summary a")).to_have_count(4)
    axe(page)
    picture(page, f"figures-{language}-wrong")
    with page.expect_download() as download:
        page.goto(f"{site}/statistics/figures?from=2018&to=2020")
        page.locator("#forms-heading ~ p a[href*='/forms/csv']").click()
    assert download.value.suggested_filename == "ayni-forms-glotip-csv.zip"
    # The browser reports the answer to filters that are none.
    assert [each for each in watched.problems if "400" not in each] == []
