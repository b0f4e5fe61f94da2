"""Support between countries in Chromium: a need asked, given back for a name, offered by Bolivia's
node, accepted, delivered, confirmed; and what Bolivia asks of us. In three languages, with axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from ayni.support import api as support
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import bolivias_node
from tests.support import stories


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_support_request_is_met_by_another_state(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    the_cast.assemble()
    paula, page = stories.paula(), watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)

    def check(name: str) -> None:
        axe(page)
        picture(page, f"support-{language}-{name}")

    with bolivias_node() as bolivia:
        desk.sign_in(paula.email)
        page.goto(f"{site}/support/")
        check("none")
        page.locator("main a[href$='/ask']").click()
        check("ask")
        desk.fill(what="interpreter", country="ar", city="Salta", language="qu")
        desk.fill(text="Para Rosa Inventada Mamani, CI 4.567.890")
        desk.send()
        expect(page.locator(".govuk-error-summary")).to_contain_text("4.567.890")
        expect(page.locator("main [name=text]")).to_have_value(re.compile("Rosa Inventada"))
        check("personal")
        desk.fill(text="Una entrevista de dos horas, por teléfono o en persona.")
        desk.send()
        expect(page).to_have_url(re.compile(r"/support/ar/[0-9a-f]{16}$"))
        check("asked")
        address = page.url
        need = stories.they_offer(bolivia, support.need("ar", address.rsplit("/", 1)[1]))
        page.reload()
        check("offered")
        page.locator("main form[action*='/accept/bo'] button").click()
        check("accepted")
        stories.they_deliver(bolivia, need)
        page.reload()
        check("delivered")
        page.locator("main form[action$='/act/confirm'] button").click()
        expect(page.locator("main .govuk-tag--green").first).to_be_visible()
        check("confirmed")
        page.goto(f"{site}/support/?show=over")
        expect(page.locator("main table a")).to_have_count(1)
    # A form with mistakes is answered with 422, of which Chromium tells.
    assert [each for each in watched.problems if "422" not in each] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_another_state_asks_is_offered_and_seen_on_the_first_page(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    the_cast.assemble()
    paula, page = stories.paula(), watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)

    def check(name: str) -> None:
        axe(page)
        picture(page, f"support-{language}-{name}")

    with bolivias_node() as bolivia:
        desk.sign_in(paula.email)
        stories.they_ask(bolivia)
        page.goto(f"{site}/support/bo/{stories.KEY}")
        page.locator("main a[href$='/offer']").click()
        check("offer")
        desk.fill(text="Una plaza en La Quiaca.")
        desk.send()
        stories.they_accept(bolivia)
        page.goto(f"{site}/support/bo/{stories.KEY}")
        check("ours")
        page.goto(f"{site}/")
        expect(page.locator(f"main a[href='/support/bo/{stories.KEY}']")).to_be_visible()
        check("home")
        page.goto(f"{site}/support/?show=mine")
        check("list")
        page.goto(f"{site}/support/figures")
        check("figures")
    assert watched.problems == []
