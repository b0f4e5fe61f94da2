"""In Chromium: a focal point says what the law of its state, and an article, says; the secretariat
signs the register and corrects the call of a meeting. Refused input; two widths, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ayni.agenda import api
from ayni.members import api as members
from tests.agenda.stories import days, today
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.browser.test_platform import _desk, _on, at_argentina, at_the_secretariat

__all__ = ["at_argentina", "at_the_secretariat"]

pytestmark = pytest.mark.django_db(transaction=True)
FINDING = "ar.compensation.3"
TRANSFER = "ar.personal_data.1"
ARTICLE = "ar-bo-trafficking.3"


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_focal_point_says_what_the_law_says(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_argentina: members.User,
) -> None:  # fmt: skip
    page, said = watched.page, f"{site}/norms/findings/{FINDING}/stating/"

    def look(name: str) -> None:
        axe(page)
        picture(page, f"law-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_argentina.email)
    page.goto(f"{site}/norms/states/ar/")
    page.locator(f"main a[href='/norms/findings/{FINDING}/stating/']").click()
    expect(page).to_have_url(said)
    desk.fill(text="Un fondo para las víctimas (inventado).", reference="Res. 12 art. 1")
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("main [name=reference]")).to_have_value("Res. 12 art. 1")
    look("refused")
    desk.fill(provides="yes", source="Boletín inventado", **_on(today() - days(1), "read"))
    desk.send()
    expect(page).to_have_url(f"{site}/norms/states/ar/#{FINDING}")
    expect(page.locator(f"[id='{FINDING}']")).to_contain_text("Un fondo para las víctimas")
    look("state")
    page.goto(said)
    look("said")
    page.goto(f"{site}/norms/findings/{TRANSFER}/stating/")
    desk.fill(rule="some", text="Exige nivel adecuado (inventado).")
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    look("transfer-refused")
    desk.fill(provides="yes", grounds="consent", reference="Ley 1 art. 1 (inventada)",
              source="Boletín inventado", **_on(today() - days(1), "read"))  # fmt: skip
    desk.send()
    expect(page).to_have_url(f"{site}/norms/states/ar/#{TRANSFER}")
    page.goto(f"{site}/norms/between/?requesting=ar&requested=bo&crime=trafficking")
    look("transfer-said")
    page.goto(f"{site}/norms/register/")
    expect(page.locator("main .govuk-tag--yellow")).to_be_visible()
    look("unsigned")
    assert all("422" in each for each in watched.problems)


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_focal_point_says_what_an_article_says(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_argentina: members.User,
) -> None:  # fmt: skip
    page, of = watched.page, f"{site}/norms/instruments/ar-bo-trafficking/"

    def look(name: str) -> None:
        axe(page)
        picture(page, f"article-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_argentina.email)
    page.goto(of)
    page.locator("main a[href='/norms/instruments/ar-bo-trafficking/article/']").click()
    desk.fill(number="?")
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    look("which")
    desk.fill(number="3")
    desk.send()
    expect(page).to_have_url(f"{site}/norms/articles/{ARTICLE}/stating/")
    desk.fill(text="Los Estados asisten a las víctimas (inventado).")
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("main [name=reference]")).to_have_value("art. 3")
    look("refused")
    told = _on(today() - days(1), "read")
    desk.fill(serves="trafficking:assistance", source="Boletín inventado", **told)
    desk.send()
    expect(page).to_have_url(f"{of}#{ARTICLE}")
    expect(page.locator("main")).to_contain_text("Los Estados asisten a las víctimas")
    look("instrument")
    page.goto(f"{site}/norms/articles/{ARTICLE}/stating/")
    look("said")
    assert all("422" in each for each in watched.problems)


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_secretariat_signs_the_register_and_corrects_a_call(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: members.User,
) -> None:  # fmt: skip
    page = watched.page

    def look(name: str) -> None:
        axe(page)
        picture(page, f"corrected-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_the_secretariat.email)
    page.goto(f"{site}/norms/register/")
    look("register")
    desk.send()
    expect(page.locator("main .govuk-tag--green")).to_be_visible()
    page.goto(f"{site}/platform/meetings/call")
    when = _on(today() + days(9), "at")
    desk.fill(title="Plenario inventado", place="La Paz", items="Reglamento", **when)
    page.locator("[name=at_time]").fill("10:00")
    desk.send()
    (called,) = api.all_meetings(api.presidencies())
    here = f"{site}/platform/meetings/{called.key}"
    page.goto(f"{here}/correct")
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    look("refused")
    desk.fill(items="Reglamento\nAgenda de trabajo")
    desk.send()
    expect(page).to_have_url(here)
    expect(page.locator("main h3").first).to_be_visible()
    look("meeting")
    assert all("422" in each for each in watched.problems)
