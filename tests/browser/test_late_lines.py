"""What is late, in Chromium, on the home page and where it leads; a return within one node; what is
taken out of a picture; what will be erased: three languages, two widths, axe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ayni.alerts import api as alerts
from ayni.alerts.models import AlertCopy
from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Request
from ayni.exchange import api as exchange
from ayni.exchange.fetching_peers import FetchedPeer, FetchingPeer
from ayni.exchange.models import PeerState
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns.models import TravelPlan
from tests import cast as the_cast
from tests.alerts.stories import an_alert
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.files import a_photo
from tests.cooperation.stories import (
    FIELDS,
    a_consented_case,
    a_draft,
    a_sent_referral,
    bolivias_node,
    sent_by_two,
)
from tests.cooperation.untaken import an_untaken_request
from tests.returns.journeys import planned
from tests.returns.test_within_one_node import two_yes

DAY = timedelta(days=1)
NAMED = {"fields": FIELDS | {cases.ATTACHMENTS}}


def _late_removal(cast: the_cast.Cast) -> None:
    """An alert of ours was taken back three days ago, and Bolivia does not confirm."""
    ana = members.actor_of(cast.ana)
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    AlertCopy.objects.filter(alert=alert).update(due_at=clock.now() - 3 * DAY)


def _late_effect(cast: the_cast.Cast) -> None:
    """A consent is over; the shelter, which has her in a case, does not say what it does."""
    ana, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    sent = a_sent_referral(ana)
    with members.acting(sol.institution):
        theirs = next(row.id for row in cooperation.incoming(by=sol))
        cooperation.mark_read(by=sol, referral_id=theirs)
        cooperation.search_earlier(by=sol, referral_id=theirs)
        cooperation.accept_referral(by=sol, referral_id=theirs)
    assert sent.consent_id is not None
    cooperation.withdraw_consent(by=ana, consent_id=sent.consent_id)
    late = {"cause": "expired", "due_at": clock.now() - 2 * DAY}
    ConsentEffect.objects.update(**late)
    with members.acting(sol.institution):
        ConsentEffect.objects.update(**late)


def _late_journey(cast: the_cast.Cast) -> TravelPlan:
    """Within this node: she was to arrive yesterday, and nobody has said so."""
    ana, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    plan = planned(ana, two_yes(ana, sol))
    with members.acting(sol.institution):
        theirs = TravelPlan.objects.get(
            institution_id=sol.institution, conversation=plan.conversation
        )
        returns.answer_plan(by=sol, plan_id=theirs.id, answer="accept")
    past = {"departs_at": clock.now() - 2 * DAY, "arrives_at": clock.now() - DAY}
    TravelPlan.objects.filter(id=plan.id).update(**past)
    with members.acting(sol.institution):
        TravelPlan.objects.filter(id=theirs.id).update(**past)
    return theirs


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_is_late_stands_on_the_home_page_and_leads_there(  # noqa: PLR0915 - one walk
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
        picture(page, f"late-{language}-{name}")

    with bolivias_node(), members.acting(cast.programme.id):
        ana = members.actor_of(cast.ana)
        theirs = _late_journey(cast)
        _late_effect(cast)
        _late_removal(cast)
        case = a_consented_case(
            ana, state="bo", institution="bo-consulate-buenos-aires", consent=NAMED
        )
        referral = sent_by_two(
            ana,
            a_draft(
                ana, case, recipient_state="bo", recipient_institution="bo-consulate-buenos-aires"
            ),
        ).id
        row = an_untaken_request(ana)
        Request.objects.filter(id=row.id).update(
            created_at=clock.now() - 150 * DAY, due_at=clock.now() - 140 * DAY
        )

        enter(cast.ana.email)
        seen("home")
        page.goto(f"{site}/returns/")
        seen("returns")
        page.goto(f"{site}/cooperation/rights")
        seen("rights")
        page.locator("main a[href*='/withdrawals/']").first.click()
        seen("expired-ours")
        page.goto(f"{site}/cooperation/referrals/{referral}/attach")
        page.locator("main [value=photo]").check()
        page.locator("main [type=file]").set_input_files(
            [{"name": "p.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}]
        )
        Desk(page, site, lambda _name: None).send()
        expect(page.locator(".govuk-error-summary")).to_have_count(0)
        seen("taken-out")

        enter(cast.sol.email)
        seen("home-there")
        page.goto(f"{site}/returns/plans/{theirs.id}")
        seen("plan-there")
        page.goto(f"{site}/returns/{theirs.assessment_id}")
        seen("assessment-there")
        page.goto(f"{site}/cooperation/rights")
        page.locator("main a[href*='/withdrawals/']").first.click()
        seen("expired-there")

        enter(cast.dora.email)
        page.goto(f"{site}/retention")
        seen("retention")
        page.locator(f"main a[href$='{row.id}']").click()
        seen("untaken")
        audit.keep_alarm(
            "log_differs", by=audit.job("tests"), node="bo", source="bo",
            evidence=[{"body": {
                "day": "2026-03-05", "node": "bo",
                "only_here": [f"{n:032x}" for n in range(2**124, 2**124 + 6)],
                "only_there": [f"{n:032x}" for n in range(2**125, 2**125 + 3)],
            }}],
        )  # fmt: skip
        page.goto(f"{site}/audit/heads")
        seen("heads")

        PeerState.objects.update_or_create(
            node="bo", defaults={"failures": 4, "next_attempt": clock.now() + timedelta(minutes=9)}
        )
        enter(cast.nadia.email)
        page.goto(f"{site}/watch/")
        seen("watch")
        page.goto(f"{site}/watch/nodes/bo")
        seen("node")
        FetchingPeer.objects.create(node="bo", token="t" * 32, fetched_at=clock.now())
        FetchedPeer.objects.create(node="bo", failures=3, reason="unreachable")
        page.reload()
        seen("node-fetches")
    assert watched.problems == []
