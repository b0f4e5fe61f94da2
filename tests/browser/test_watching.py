"""How the exchange is watched, in Chromium: another node for its administrator, messages that two
nodes do not hold alike, and what became of data whose consent was withdrawn; checked by axe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ayni.audit import api as audit
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange.models import PeerState
from ayni.lib import clock
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import a_sent_referral, bolivias_node


def _a_withdrawal(cast: the_cast.Cast) -> str:
    """The programme's person withdraws what the shelter has taken on; the case."""
    ana, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    with members.acting(cast.programme.id):
        sent = a_sent_referral(ana)
    with members.acting(sol.institution):
        theirs = cooperation.incoming(by=sol)[0].id
        cooperation.mark_read(by=sol, referral_id=theirs)
        cooperation.search_earlier(by=sol, referral_id=theirs)
        cooperation.accept_referral(by=sol, referral_id=theirs)
    with members.acting(cast.programme.id):
        assert sent.consent_id is not None
        cooperation.withdraw_consent(by=ana, consent_id=sent.consent_id)
    return str(sent.case_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_is_watched_can_be_read(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page

    def enter(email: str) -> None:
        page.context.clear_cookies()
        page.context.add_cookies(
            [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
        )
        Desk(page, site, lambda _name: None).sign_in(email)

    def seen(name: str) -> None:
        axe(page)
        picture(page, f"watching-{language}-{name}")

    with bolivias_node():
        exchange.sign_head(by=audit.job("tests"), now=clock.now())
        PeerState.objects.update_or_create(
            node="bo",
            defaults={
                "failures": 4, "next_attempt": clock.now() + timedelta(minutes=9),
                "skew_seconds": -700, "told_directory": 1, "told_sheet": 0,
                "told_at": clock.now(),
            },
        )  # fmt: skip
        body = {
            "day": "2026-03-05", "node": "bo", "only_here": ["a1" * 16],
            "only_there": ["b2" * 16, "c3" * 16],
        }  # fmt: skip
        audit.keep_alarm(
            "log_differs", by=audit.job("tests"), node="bo", source="bo", evidence=[{"body": body}]
        )
        enter(cast.nadia.email)
        page.goto(f"{site}/watch/nodes/bo")
        seen("node")
        enter(cast.dora.email)
        page.goto(f"{site}/audit/heads")
        expect(page.locator("main")).to_contain_text("b2" * 16)
        seen("heads")

    case = _a_withdrawal(cast)
    enter(cast.sol.email)
    page.goto(f"{site}/cooperation/rights")
    seen("withdrawn-list")
    page.locator("main a[href*='/withdrawals/']").click()
    seen("withdrawn")
    Desk(page, site, lambda _name: None).fill(effect="kept", reason="proceedings")
    page.locator("main form[method=post] button").last.click()
    seen("withdrawn-said")
    enter(cast.ana.email)
    page.goto(f"{site}/cooperation/cases/{case}/rights")
    seen("withdrawn-case")
