"""An alert in Chromium: written, looked at, issued, received, taken back and confirmed, in three
languages at two widths, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ayni.members import api as members
from tests import cast as the_cast
from tests.alerts.stories import a_prosecution, its_officer
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cases.stories import a_case


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_alert_is_issued_received_taken_back_and_confirmed(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    ana, pablo = members.actor_of(cast.ana), its_officer()
    with members.acting(cast.programme.id):
        case = a_case(ana)
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)

    def check(name: str) -> None:
        axe(page)
        picture(page, f"alert-{language}-{name}")

    desk.sign_in(cast.ana.email)
    page.goto(f"{site}/cases/{case.id}")
    page.locator("main a[href$='/new'][href*='/alerts/']").click()
    desk.send()  # nothing chosen
    check("missing")
    desk.fill(why_unasked="reported", last_country="BO", last_place="Invented Town", days="5")
    page.locator(f"main [name=to][value='{a_prosecution().code}']").check()
    check("new")
    desk.send()
    expect(page.locator("main")).to_contain_text("Invented Town")
    check("draft")
    address = page.url
    desk.send()
    check("issued")

    visitor = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    visitor.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    theirs = Desk(visitor, site, lambda _name: None)
    theirs.sign_in(members.user(pablo.id).email)
    visitor.goto(f"{site}/alerts/")
    axe(visitor)
    picture(visitor, f"alert-{language}-list-received")
    visitor.locator("main a[href*='/alerts/received/']").first.click()
    expect(visitor.locator("main")).to_contain_text("Invented Town")
    axe(visitor)
    picture(visitor, f"alert-{language}-received")
    received = visitor.url
    visitor.locator("main a[href$='/seen']").click()
    theirs.send()  # nothing chosen
    axe(visitor)
    picture(visitor, f"alert-{language}-seen-missing")
    theirs.fill(
        seen_country="BO", seen_place="Invented Town", seen_on_0="21", seen_on_1="11",
        seen_on_2="2026", words="With a red rucksack.", words_language="en", ground="not_met",
        young="no",
    )  # fmt: skip
    theirs.send()
    visitor.locator("main form[action$='/send'] button").click()
    visitor.goto(received)
    visitor.locator("main a[href$='/found']").click()
    theirs.fill(
        found_on_0="22", found_on_1="11", found_on_2="2026", contact=a_prosecution().code,
        ground="agreed", young="no",
    )  # fmt: skip
    axe(visitor)
    picture(visitor, f"alert-{language}-found")
    theirs.send()
    axe(visitor)
    picture(visitor, f"alert-{language}-answer-draft")
    visitor.locator("main form[action$='/send'] button").click()
    axe(visitor)
    picture(visitor, f"alert-{language}-answer-sent")
    visitor.goto(received)
    picture(visitor, f"alert-{language}-received-answered")

    page.goto(f"{site}/")
    picture(page, f"alert-{language}-home")
    page.goto(address)
    check("answered")
    page.locator("main a[href$='/recall']").click()
    check("recall")
    desk.fill(reason="found")
    desk.send()
    check("recalled")
    page.goto(f"{site}/alerts/")
    check("list-own")
    visitor.reload()
    expect(visitor.locator("main")).not_to_contain_text("Invented Town")
    axe(visitor)
    picture(visitor, f"alert-{language}-over")
    visitor.context.close()
