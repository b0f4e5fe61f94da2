"""Files of HTCDS 2.0 at pages in Chromium: taken in, refused with their places, given out; axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.statistics.htcds_files import book, row, work_off


def _file(raw: bytes) -> dict[str, object]:
    return {"name": "casos.xlsx", "mimeType": "application/octet-stream", "buffer": raw}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_takes_a_file_in_and_gives_cases_out(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(cast.luis.email)
    page.goto(f"{site}/statistics/htcds/import")
    axe(page)
    picture(page, f"htcds-{language}-import")

    page.locator("input[type=file]").set_input_files(
        _file(book([row(), row(Citizenship="145"), row(Citizenship="bolivia")]))  # type: ignore[arg-type]
    )
    page.locator("main form button").click()
    expect(page.locator("main progress")).to_be_visible()
    axe(page)
    picture(page, f"htcds-{language}-waiting")

    work_off(cast.programme.id)
    page.locator("main p a").click()  # look again
    expect(page.locator("main tbody th")).to_contain_text("Case Sheet")
    axe(page)
    picture(page, f"htcds-{language}-refused")

    page.locator("main button[value=rows]").click()
    expect(page.locator("main progress")).to_be_visible()
    work_off(cast.programme.id)
    page.locator("main p a").click()
    expect(page.locator("main ul.govuk-list li")).to_have_count(4)
    axe(page)
    picture(page, f"htcds-{language}-taken")
    page.locator("main button[value=forget]").click()
    expect(page.locator("input[type=file]")).to_be_visible()

    page.goto(f"{site}/statistics/htcds/export")
    axe(page)
    picture(page, f"htcds-{language}-export")
    page.locator("input[name=form][value=csv]").check()
    page.locator("input[name=password]").fill(the_cast.PASSWORD)
    page.locator("input[name=app_number]").fill(the_cast.next_number(cast.luis, typed=True))
    with page.expect_download() as download:
        page.locator("main form button").click()
    assert download.value.suggested_filename == "ayni-htcds-csv.csv"
    assert watched.problems == []
