"""A closed case in Chromium: the officer who opens it in an emergency, the data protection officer
who looks into it, and the person who reads that it happened; in three languages at two widths,
checked by axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from ayni.own import api as own
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.browser.test_own import _enter
from tests.cases.stories import a_case
from tests.cast import Cast
from tests.own.conftest import FOR_HER

WHY = "Invented: her neighbour called at night, and nobody who works on the case answers."


def _a_case_with_a_code(cast: Cast) -> tuple[cases.Case, str]:
    """Ana's case; the number with which the person reads of it."""
    ana = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        case = a_case(ana)
        given = own.give_code(by=ana, case_id=case.id, new=FOR_HER)
        bruno = members.actor_of(the_cast.an_officer("bruno", cast.programme))
        for _ in range(6):
            cases.why_closed(by=bruno, case_id=a_case(ana).id)
        job = audit.job("tests", str(cast.programme.id))
        assert cases.notice_readings(by=job, now=clock.now()) == 1
    return case, given.opens


def _as_the_officer(page: Page, desk: Desk, check: Callable[[str], None], at: str) -> None:
    desk.sign_in("bruno@ar-programme.example")
    page.goto(at)
    expect(page.locator("main")).to_contain_text("Ana")
    expect(page.locator("main")).not_to_contain_text("Invented narrative")
    check("closed")
    page.locator("main a[href$='/emergency']").click()
    desk.send()
    check("reason-missing")
    page.locator("main [name=reason]").fill(WHY)
    page.locator("main [name=understood]").check()
    check("reason")
    desk.send()
    expect(page.locator("main .govuk-warning-text").first).to_be_visible()
    check("open")


def _as_the_data_protection_officer(
    page: Page, desk: Desk, check: Callable[[str], None], site: str
) -> None:
    desk.sign_in("dora@ar-programme.example")
    check("home")
    page.locator("main a[href='/emergencies']").first.click()
    expect(page.locator("main")).to_contain_text("at night")
    check("list")
    page.locator("main a[href^='/emergencies/']").click()
    check("one")
    desk.send()
    check("looked")
    page.goto(f"{site}/readings")
    expect(page.locator("main")).to_contain_text("Bruno")
    check("readings")
    page.locator("main a[href^='/readings/']").click()
    check("reading")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_broken_glass_as_three_people_see_it(
    site: str,
    open_context: Callable[..., Watched],
    axe: Check,
    picture: Picture,
    language: str,
) -> None:
    case, number = _a_case_with_a_code(the_cast.assemble())

    def of(name: str) -> tuple[Page, Desk, Callable[[str], None]]:
        page = open_context(viewport={"width": 1280, "height": 900}).page
        page.context.add_cookies(
            [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
        )

        def check(what: str) -> None:
            axe(page)
            picture(page, f"closed-{language}-{name}-{what}")

        return page, Desk(page, site, lambda _name: None), check

    _as_the_officer(*of("officer"), f"{site}/cases/{case.id}")
    _as_the_data_protection_officer(*of("dpo"), site)
    page, _desk, check = of("person")
    _enter(page, site, LANGUAGES[language][:2], number)
    page.locator("button[name=show][value=opened]").click()
    expect(page.locator("main")).not_to_contain_text("at night")
    expect(page.locator("main")).not_to_contain_text("Bruno")
    expect(page.locator("main h2")).to_have_count(4)
    check("opened")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_colleague_is_let_in(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    the_cast.an_officer("bruno", cast.programme)
    case, _number = _a_case_with_a_code(cast)
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.ana.email)
    page.goto(f"{site}/cases/{case.id}")
    page.locator("main a[href$='/let-in']").click()
    axe(page)
    page.locator("main [name=officer]").select_option(label="Bruno")
    desk.send()
    expect(page.locator("main li", has_text="Bruno").first).to_be_visible()
    axe(page)
    picture(page, f"closed-{language}-let-in")
