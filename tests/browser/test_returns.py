"""A joint assessment in Chromium: proposed, waited for, signed by both, in three languages at two
widths, checked by axe."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import expect

from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns.models import Assessment
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import bolivias_node
from tests.exchange.peer import CONSULATE
from tests.returns.stories import DAY, a_shared_case, they_propose, they_sign


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_both_states_look_at_the_risks_and_sign(
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
        picture(page, f"return-{language}-{name}")

    with bolivias_node() as bolivia:
        with members.acting(cast.programme.id):
            case, theirs = a_shared_case(ana, bolivia), a_shared_case(ana, bolivia)
            about = Referral.objects.get(case=theirs).conversation
            they_propose(bolivia, secrets.token_hex(16), about, clock.now() + 7 * DAY)
        desk.sign_in(cast.ana.email)
        page.goto(f"{site}/returns/cases/{case.id}")
        check("none-yet")
        page.locator("main a[href$='/propose']").click()
        desk.send()  # nothing chosen
        check("missing")
        desk.fill(
            recipient_institution=CONSULATE, person_severity="serious",
            person_likelihood="unlikely", answer="yes",
        )  # fmt: skip
        desk.send()
        check("proposed")
        with members.acting(cast.programme.id):
            exchange.drain(peer="bo")
            they_sign(bolivia, Assessment.objects.get(case=case), "yes")
        page.reload()
        expect(page.locator("main .govuk-tag--green")).to_have_count(1)
        check("both-yes")
        page.goto(f"{site}/returns/")
        check("waiting")
        page.locator("main a[href*='/returns/']").first.click()
        page.locator("main a[href$='/sign']").click()
        check("sign")
        desk.fill(answer="no")
        desk.send()
        expect(page.locator("main .govuk-tag--red")).to_have_count(1)
        check("no")
