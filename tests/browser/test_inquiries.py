"""Questions between institutions in Chromium: asked, answered, agreed to, in three languages at two
widths, checked by axe."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import expect

from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange.api import Handling, Onward
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import bolivias_node, shared_with
from tests.exchange.peer import Peer


def _asked(bolivia: Peer) -> cooperation.Request:
    """Bolivia asks about somebody whose age we are not told, with a word of its own."""
    told = {
        "about": "",
        "questions": ["national", "based_on", "travel_document"],
        "data": {
            "name_as_written": "Rosa INVENTADA Mamani",
            "free": {"text": "Inventado: la familia vive en Jujuy.", "language": "es"},
        },
        "handling": Handling(onward=Onward.NONE).to_json(),
    }
    conversation = secrets.token_hex(16)
    raw = bolivia.seal(told, kind="nationality.ask_with_data", conversation=conversation)
    exchange.receive(raw=raw, signed_by="bo")
    return cooperation.Request.objects.get(conversation=conversation)


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_questions_are_asked_answered_and_agreed_to(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    ana = members.actor_of(cast.ana)
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)

    def check(name: str) -> None:
        axe(page)
        picture(page, f"inquiry-{language}-{name}")

    with bolivias_node() as bolivia:
        with members.acting(cast.programme.id):
            shared = shared_with(ana, bolivia, "host")
            row = _asked(bolivia)
        desk.sign_in(cast.ana.email)
        page.goto(f"{site}/cases/{shared.case_id}")
        page.locator("main a[href$='/ask/information']").click()
        check("ask")
        desk.send()  # without a question
        check("ask-missing")
        desk.fill(questions="reached")
        desk.fill(questions="signed_paper")
        desk.fill(onward="state")
        desk.send()
        check("sent")
        page.goto(f"{site}/cooperation/")
        check("inbox")
        page.goto(f"{site}/cases/{shared.case_id}")
        page.locator("main a[href$='/ask/nationality']").click()
        check("ask-nationality")

        page.goto(f"{site}/cooperation/requests/{row.id}")
        page.locator("main a[href$='/accept']").click()
        desk.send()
        check("asked")
        page.locator("main a[href$='/answer']").click()
        desk.send()  # without an answer
        check("answer-missing")
        desk.fill(q_national="presumed", q_based_on="civil_registry", text="Inventado.")
        check("answer")
        desk.send()
        check("waits")
        page.context.clear_cookies()
        page.context.add_cookies(
            [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
        )
        desk.sign_in(cast.luis.email)
        page.goto(f"{site}/cooperation/requests/{row.id}/agree")
        check("agree")
        desk.send()
        expect(page.locator("main a[href$='/agree']")).to_have_count(0)
        check("answered")
