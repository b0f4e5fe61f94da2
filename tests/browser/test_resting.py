"""Conversations that rest, in Chromium: read by the administrator, one tried again; by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from ayni.exchange import api as exchange
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import bolivias_node
from tests.exchange import kinds
from tests.exchange.test_delivery import a_grant, queue


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_rests_can_be_read_and_tried_again(
    site: str, watched: Watched, axe: Check, picture: Picture, settings: Settings, language: str
) -> None:
    kinds.wire(settings)
    cast, page = the_cast.assemble(), watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    with bolivias_node() as bolivia:
        bolivia.fails_at = "bad"
        queue(
            {},
            a_grant(recipient_institution=bolivia.institution),
            payload={"data": {"needs": ["x"]}, "step": "bad"},
            recipient_institution=bolivia.institution,
        )
        exchange.drain(peer="bo")

        Desk(page, site, lambda _name: None).sign_in(cast.nadia.email)
        page.goto(f"{site}/watch/")
        page.locator("main a[href='/watch/resting']").click()
        expect(page.locator("main h2.govuk-heading-m")).to_have_count(1)
        axe(page)
        picture(page, f"resting-{language}")
        page.locator("main form[method=post] button").click()
        axe(page)
        picture(page, f"resting-{language}-tried")
    assert watched.problems == []
