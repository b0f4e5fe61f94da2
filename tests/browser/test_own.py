"""The person's own page in Chromium, in three languages at two widths, checked by axe; and what a
browser shows when she has left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.members import api as members
from ayni.own import api as own
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cases.stories import a_case, a_consent
from tests.cooperation.stories import FIELDS, a_draft
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


def _ana_with_a_case(page: Page, site: str, language: str) -> tuple[the_cast.Cast, cases.Case]:
    """Ana has a case and signs in, in this language."""
    cast = the_cast.assemble()
    with members.acting(cast.programme.id):
        case = a_case(members.actor_of(cast.ana))
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(cast.ana.email)
    return cast, case


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_makes_the_paper(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    page = watched.page
    _cast, case = _ana_with_a_case(page, site, language)
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_she_asks_is_answered(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    ana = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        case = a_case(ana)
        a_consent(
            ana, case, recipient_state="ar", recipient_institution="ar-shelter", fields=FIELDS
        )
        cooperation.send_referral(by=ana, referral_id=a_draft(ana, case).id)
        given = own.give_code(by=ana, case_id=case.id, new=FOR_HER)
    check = _checked(page, axe, picture, language)
    short = LANGUAGES[language][:2]

    _enter(page, site, short, given.opens)
    page.locator("button[name=show][value=rights]").click()
    page.locator("button[name=show][value=ask]").click()
    check("own-ask")
    page.locator("button[name=show][value=asked]").click()
    check("own-ask-wrong")
    page.locator("input[name=right][value=correction]").check()
    page.locator("textarea[name=words]").fill("Invented: born in May, not in March.")
    page.locator("button[name=show][value=asked]").click()
    expect(page.locator("main")).to_contain_text("ar-shelter, Argentina")
    check("own-asked")
    page.locator("button[name=show][value=leave]").click()
    assert page.context.cookies() == []

    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(cast.ana.email)
    page.goto(f"{site}/cooperation/cases/{case.id}/rights")
    check("rights-of-case")
    page.goto(f"{site}/cooperation/cases/{case.id}/rights/new")
    check("right-new")
    page.goto(f"{site}/cooperation/rights")
    check("rights")
    page.locator("main table a").first.click()
    check("right")
    page.locator("input[name=decision][value=partly]").check()
    page.locator("input[name=reason][value=proceedings]").check()
    page.locator("textarea[name=answer]").fill("Invented: the month is corrected.")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("input[name=decision]")).to_have_count(0)
    check("right-answered")

    _enter(page, site, short, given.opens)
    page.locator("button[name=show][value=rights]").click()
    expect(page.locator("main")).to_contain_text("Invented: the month is corrected.")
    check("own-answered")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_order_is_recorded_and_reviewed(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    page = watched.page
    cast, case = _ana_with_a_case(page, site, language)
    check = _checked(page, axe, picture, language)

    page.goto(f"{site}/own/cases/{case.id}/delays")
    page.locator("input[name=whom]").first.check()
    page.locator("input[name=ground][value=court_order]").check()
    page.locator("main form button[type=submit]").last.click()
    check("delay-wrong")
    page.locator("input[name=order]").fill("Invented court, 28/11/2026, 1/2026")
    until = clock.now() + timedelta(days=30)
    for part in ("day", "month", "year"):
        page.locator(f"input[name=until_{part}]").fill(str(getattr(until, part)))
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("main")).to_contain_text("Invented court")
    check("delay-recorded")

    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(cast.dora.email)
    page.goto(f"{site}/own/delays")
    check("delays")
    page.locator("button[name=decision][value=keep]").click()
    expect(page.locator("button[name=decision][value=keep]")).to_have_count(0)
    check("delays-confirmed")
