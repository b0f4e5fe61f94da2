"""An alert in Chromium: written, looked at, issued, received, taken back and confirmed, in three
languages at two widths, checked by axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from ayni.members import api as members
from tests import cast as the_cast
from tests.alerts.stories import a_prosecution, its_officer
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cases.stories import a_case


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_alert_is_issued_received_taken_back_and_confirmed(
    site: str, watched: Watched, open_context: Callable[..., Watched], axe: Check,
    picture: Picture, language: str,
) -> None:  # fmt: skip
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

    visitor = open_context().page
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

    page.goto(address)
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
