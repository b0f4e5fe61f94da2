"""The person's own page in Chromium, in three languages at two widths, checked by axe; and what a
browser shows when she has left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ayni.members import api as members
from ayni.own import api as own
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cases.stories import a_case, a_consent
from tests.cooperation.stories import FIELDS
from tests.own.conftest import FOR_HER


def _checked(page: Page, axe: Check, picture: Picture, language: str) -> Callable[[str], None]:
    def check(name: str) -> None:
        axe(page)
        picture(page, f"{name}-{language}")

    return check


def _enter(page: Page, site: str, language: str, number: str) -> None:
    page.goto(f"{site}/own/{language}/")
    page.locator("input[name=number]").fill(number)
    page.locator("main button[type=submit]").click()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_her_own_page_with_a_number_on_paper(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    ana = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        case = a_case(ana)
        a_consent(
            ana, case, recipient_state="ar", recipient_institution="ar-shelter", fields=FIELDS
        )
        given = own.give_code(by=ana, case_id=case.id, new=FOR_HER)
    check = _checked(page, axe, picture, language)
    short = LANGUAGES[language][:2]

    _enter(page, site, short, "0000")
    check("own-refused")
    _enter(page, site, short, given.harmless)
    expect(page.locator("main")).not_to_contain_text(case.reference)
    check("own-harmless")
    _enter(page, site, short, given.opens)
    check("own-menu")
    page.locator("button[name=show][value=written]").click()
    expect(page.locator("main")).to_contain_text("Inventada")
    check("own-written")
    page.locator("button[name=show][value=start]").click()
    page.locator("button[name=show][value=opened]").click()
    expect(page.locator("main")).to_contain_text("ar-programme")
    check("own-opened")
    page.locator("button[name=show][value=start]").click()
    page.locator("button[name=show][value=consents]").click()
    expect(page.locator("main")).to_contain_text("ar-shelter")
    check("own-consents")
    page.locator("button[name=show][value=withdraw]").click()
    check("own-withdraw")
    page.locator("button[name=show][value=withdrawn]").click()
    expect(page.locator("button[name=show][value=withdraw]")).to_have_count(0)
    check("own-withdrawn")
    page.locator("button[name=show][value=leave]").click()
    expect(page.locator("input[name=number]")).to_be_visible()
    assert page.context.cookies() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_makes_the_paper(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    ana = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        case = a_case(ana)
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(cast.ana.email)
    check = _checked(page, axe, picture, language)

    page.goto(f"{site}/own/cases/{case.id}/code")
    check("own-give")
    for name in ("agreed", "safe"):
        page.locator(f"input[name={name}]").check()
    page.locator("input[name=given_to][value=person]").check()
    page.locator("input[name=language][value=pt]").check()
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("div[lang=pt-br]")).to_contain_text("/own/pt/")
    check("own-paper")
    page.emulate_media(media="print")
    expect(page.locator("header")).to_be_hidden()
    expect(page.locator("footer")).to_be_hidden()
    expect(page.locator("h1")).to_be_hidden()
