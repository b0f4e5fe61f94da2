"""An alert is answered, in Chromium: seen and found, looked at, sent, and read by whoever asked; in
three languages at two widths, checked by axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ayni.alerts import api as alerts
from ayni.members import api as members
from tests import cast as the_cast
from tests.alerts.stories import its_officer, to_the_prosecution
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture


def _enter(page: Page, site: str, email: str, language: str) -> Desk:
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(email)
    return desk


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_alert_is_answered_and_the_answer_read(
    site: str, watched: Watched, open_context: Callable[..., Watched], axe: Check,
    picture: Picture, language: str,
) -> None:  # fmt: skip
    cast = the_cast.assemble()
    ana, pablo = members.actor_of(cast.ana), its_officer()
    with members.acting(cast.programme.id):
        alert = alerts.issue_alert(by=ana, alert_id=to_the_prosecution(ana).id)
    page = watched.page

    def check(name: str) -> None:
        axe(page)
        picture(page, f"answer-{language}-{name}")

    desk = _enter(page, site, members.user(pablo.id).email, language)
    page.goto(f"{site}/alerts/")
    page.locator("main a[href*='/alerts/received/']").first.click()
    received = page.url
    check("received")
    page.locator("main a[href$='/seen']").click()
    desk.send()  # nothing chosen
    check("seen-missing")
    desk.fill(
        seen_country="BO", seen_place="Invented Town", seen_on_day="21", seen_on_month="11",
        seen_on_year="2025", words="With a red rucksack.", words_language="en", ground="not_met",
        young="no",
    )  # fmt: skip
    desk.send()
    page.locator("main form[action$='/send'] button").click()
    page.goto(received)
    page.locator("main a[href$='/found']").click()
    desk.fill(
        found_on_day="22", found_on_month="11", found_on_year="2025", contact="ar-prosecution",
        ground="agreed", young="no",
    )  # fmt: skip
    check("found")
    desk.send()
    check("draft")
    page.locator("main form[action$='/send'] button").click()
    check("sent")
    page.goto(received)
    check("received-answered")

    visitor = open_context().page
    theirs = _enter(visitor, site, cast.ana.email, language)
    axe(visitor)
    picture(visitor, f"answer-{language}-home")
    visitor.goto(f"{site}/alerts/")
    axe(visitor)
    picture(visitor, f"answer-{language}-list")
    visitor.goto(f"{site}/alerts/{alert.id}")
    expect(visitor.locator("main [lang=en]")).to_contain_text("red rucksack")
    axe(visitor)
    picture(visitor, f"answer-{language}-heard")
    visitor.locator("main a[href$='/recall']").click()
    expect(visitor.locator("main [name=reason][value=found]")).to_be_checked()
    theirs.send()
    axe(visitor)
    picture(visitor, f"answer-{language}-recalled")
