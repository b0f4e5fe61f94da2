"""Messages that stand aside, in Chromium: read by the administrator, one tried again; by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from ayni.exchange import api as exchange
from ayni.exchange.models import IncomingMessage
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import bolivias_node
from tests.exchange import kinds


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_stands_aside_can_be_read_and_tried_again(
    site: str, watched: Watched, axe: Check, picture: Picture, settings: Settings, language: str
) -> None:
    kinds.wire(settings)
    cast, page = the_cast.assemble(), watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    with bolivias_node() as bolivia:
        for kind, needs in (("test.note", "refuse"), ("test.not_known_here", "")):
            raw = bolivia.seal({"data": {"needs": needs}}, kind=kind)
            assert exchange.receive(raw=raw, signed_by="bo").receipt is not None
        gone = bolivia.seal({"data": {"needs": "refuse"}})
        exchange.receive(raw=gone, signed_by="bo")
        IncomingMessage.objects.filter(reason="not_now").exclude(
            id=IncomingMessage.objects.filter(kind="test.note").order_by("received_at")[0].id
        ).update(reason="not_genuine")

        Desk(page, site, lambda _name: None).sign_in(cast.nadia.email)
        page.goto(f"{site}/watch/")
        page.locator("main a[href='/watch/set-aside']").click()
        axe(page)
        picture(page, f"set-aside-{language}")
        kinds.refusing = False
        try:
            page.locator("main form[method=post] button").click()
            expect(page.locator("main h2.govuk-heading-m")).to_have_count(2)
        finally:
            kinds.refusing = True
        axe(page)
        picture(page, f"set-aside-{language}-tried")
    assert watched.problems == []
