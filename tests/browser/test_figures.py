"""The dashboards in Chromium: every page in three languages and at two widths, checked by axe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ayni.audit import api as audit
from ayni.members import api as members
from ayni.statistics import api as statistics
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.browser.traveller import FIRST_VIEW, NEXT_VIEW
from tests.statistics.glotip_world import load_glotip
from tests.statistics.stories import an_edition, counts_of, load

BOARDS = (
    ("region", "/statistics/figures?from=2018&to=2022"),
    ("state", "/statistics/figures/state?state=bo"),
    ("corridor", "/statistics/figures/corridor?citizens-of=bo&and=ar"),
    ("compared", "/statistics/figures/compared?indicator=missing_values&state=ar"),
    ("compared-share", "/statistics/figures/compared?indicator=share_female"),
)


def _speak(page: Page, site: str, language: str) -> None:
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )


def _broken_words(page: Page) -> list[str]:
    """Words in the heads of tables of which a part stands on the next line, on a wide screen."""
    before = page.viewport_size
    page.set_viewport_size({"width": 1280, "height": 900})
    found: list[str] = page.locator("main .ayni-panel table thead th").evaluate_all(
        """heads => heads.flatMap(head => {
          const text = head.firstChild;
          if (!text || !text.data) return [];
          return [...text.data.matchAll(/[^\\s-]+/g)].filter(word => {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return new Set([...range.getClientRects()].map(each => each.top)).size > 1;
          }).map(word => word[0]);
        })"""
    )
    if before is not None:
        page.set_viewport_size(before)
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_reads_the_figures_of_the_region_a_state_and_a_corridor(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, tmp_path: Path
) -> None:
    cast, page = the_cast.assemble(), watched.page
    _speak(page, site, language)
    page.goto(f"{site}/statistics/published/{language}/")
    axe(page)
    picture(page, f"figures-{language}-published")

    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.ana.email)
    for name, address in (
        ("empty", "/statistics/figures"), ("editions-empty", "/statistics/figures/editions"),
    ):  # fmt: skip
        page.goto(f"{site}{address}")
        expect(page.locator("main svg")).to_have_count(0)
        axe(page)
        picture(page, f"figures-{language}-{name}")
    load_glotip(tmp_path)
    with members.acting(cast.programme.id):
        load(audit.job("import-linea145", str(cast.programme.id)))
    for name, address in BOARDS:
        page.goto(f"{site}{address}")
        drawn = page.locator("main svg")
        expect(drawn.first).to_be_visible()
        assert drawn.count() == page.locator("main .ayni-panel details table").count()
        axe(page)
        picture(page, f"figures-{language}-{name}")
        for folded in page.locator("main details").all():
            folded.evaluate("each => { each.open = true }")
        axe(page)
        assert _broken_words(page) == []
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_national_statistician_chooses_whose_cases_are_counted(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    the_cast.assemble()
    home = the_cast.an_institution("ar-statistics", kind="focal_point")
    nora = the_cast.an_officer("nora", home, members.Role.STATISTICIAN)
    counts_of("ar-programme", "ar-shelter")
    page = watched.page
    _speak(page, site, language)
    Desk(page, site, lambda _name: None).sign_in(nora.email)
    page.goto(f"{site}/statistics/figures/state?source=cases&state=ar")
    expect(page.locator("main svg")).to_have_count(0)
    axe(page)
    picture(page, f"figures-{language}-cases-of-whom")
    for board in ("state", "compared"):
        if board == "compared":
            page.goto(f"{site}/statistics/figures/compared?indicator=age_by_sex&state=ar")
        page.select_option("#institution", "ar-shelter")
        page.locator("#filters button").click()
        drawn = page.locator("main svg")
        expect(drawn.first).to_be_visible()
        assert drawn.count() == page.locator("main .ayni-panel details table").count()
        expect(page.locator("main .ayni-facts dd", has_text="ar-shelter").first).to_be_visible()
        axe(page)
        for folded in page.locator("main .ayni-panel details").all():
            folded.evaluate("each => { each.open = true }")
        # Fewer than ten are shown to nobody who reads figures alone.
        expect(page.locator("main td", has_text="<10").first).to_be_visible()
        axe(page)
        picture(page, f"figures-{language}-cases-{board}")
    page.goto(f"{site}/statistics/figures/smuggling?state=ar&institution=ar-shelter")
    expect(page.locator("#filters")).to_be_visible()
    axe(page)
    picture(page, f"figures-{language}-smuggling")
    assert watched.problems == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_reads_what_was_loaded_and_is_told_why_a_figure_is_held_back(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, tmp_path: Path
) -> None:
    cast, page = the_cast.assemble(), watched.page
    load_glotip(tmp_path)
    an_edition()
    with members.acting(cast.programme.id):
        load(audit.job("import-linea145", str(cast.programme.id)))
    _speak(page, site, language)
    focal = the_cast.an_officer("focal", cast.programme, members.Role.NATIONAL_FOCAL_POINT)
    Desk(page, site, lambda _name: None).sign_in(focal.email)
    page.goto(f"{site}/statistics/figures/editions")
    expect(page.locator("main progress")).to_have_attribute("value", "3")
    axe(page)
    picture(page, f"figures-{language}-editions")
    counted = statistics.counted_edition()
    assert counted is not None
    page.goto(f"{site}/statistics/figures/editions/{counted.id}")
    expect(page.locator("main")).to_contain_text(counted.digest)
    axe(page)
    picture(page, f"figures-{language}-edition")
    assert watched.problems == []
    page.goto(f"{site}/statistics/figures/editions/{counted.id}?why=luck")
    expect(page.locator(".govuk-error-summary a")).to_have_count(1)
    axe(page)
    picture(page, f"figures-{language}-edition-wrong")
    # Eight invented reports: a figure of so few could single somebody out.
    page.goto(f"{site}/statistics/figures/state?state=ar&source=linea145")
    expect(page.locator(".govuk-error-summary a")).to_have_count(1)
    expect(page.locator("main svg")).to_have_count(0)
    axe(page)
    picture(page, f"figures-{language}-too-few")


@contextmanager
def _signed_in(
    browser: Browser, site: str, email: str, language: str, *, javascript: bool
) -> Iterator[tuple[Page, list[int]]]:
    """A page that nothing looks into, so that the browser's cache works; and the bytes of every
    body as it travelled."""
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    sizes: list[int] = []
    context.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    _speak(page, site, language)
    Desk(page, site, lambda _name: None).sign_in(email)
    yield page, sizes
    context.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["es", "pt"])
def test_a_dashboard_is_light_and_needs_no_javascript(
    site: str, browser: Browser, language: str, tmp_path: Path
) -> None:
    cast = the_cast.assemble()
    load_glotip(tmp_path)
    with _signed_in(browser, site, cast.ana.email, language, javascript=False) as (page, sizes):
        # Signing in brought style and script; each dashboard alone is a view after the first.
        before = sum(sizes)
        weights = {}
        for name, address in (*BOARDS, ("editions", "/statistics/figures/editions")):
            sizes.clear()
            page.goto(f"{site}{address}", wait_until="networkidle")
            weights[name] = sum(sizes)
        assert 0 < min(weights.values())
        assert max(weights.values()) <= NEXT_VIEW, weights
        assert before + weights["region"] <= FIRST_VIEW
        page.goto(f"{site}{BOARDS[0][1]}", wait_until="networkidle")
        sizes.clear()
        page.locator("#from").fill("2020")
        page.locator("main form button").first.click()
        page.wait_for_load_state("networkidle")
        assert "from=2020&to=2022" in page.url, "filters stand in the address"
        expect(page.locator("main svg").first).to_be_visible()
        page.locator("main details summary").last.click()
        expect(page.locator("main details table").last).to_be_visible()
        assert sum(sizes) <= NEXT_VIEW, sizes
