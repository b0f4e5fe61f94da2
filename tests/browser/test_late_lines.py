"""What is late, in Chromium, on the home page and where it leads; a return within one node; what is
taken out of a picture; what will be erased; a node's page: three languages, two widths, axe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

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


@dataclass(frozen=True)
class Walk:
    """One reader's way over the pages of the site, each looked at."""

    site: str
    page: Page
    axe: Check
    picture: Picture
    language: str

    def enter(self, email: str) -> None:
        """Signed in as this officer, in the reader's language."""
        self.page.context.clear_cookies()
        chosen = {"name": "ayni_ar_language", "value": LANGUAGES[self.language], "url": self.site}
        self.page.context.add_cookies([chosen])  # type: ignore[list-item]
        Desk(self.page, self.site, lambda _name: None).sign_in(email)

    def at(self, path: str, name: str) -> None:
        """The page at a path, looked at."""
        self.page.goto(f"{self.site}{path}")
        self.seen(name)

    def seen(self, name: str) -> None:
        """This page passes axe, and a picture of it is kept."""
        self.axe(self.page)
        self.picture(self.page, f"late-{self.language}-{name}")

    def attach_a_photo(self, referral: str) -> None:
        """A photo is added to a referral; what was taken out of it is told."""
        self.page.goto(f"{self.site}/cooperation/referrals/{referral}/attach")
        self.page.locator("main [value=photo]").check()
        self.page.locator("main [type=file]").set_input_files(
            [{"name": "p.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}]
        )
        Desk(self.page, self.site, lambda _name: None).send()
        expect(self.page.locator(".govuk-error-summary")).to_have_count(0)
        self.seen("taken-out")


def _sent_with_files(cast: the_cast.Cast) -> str:
    """A referral to Bolivia whose consent names files; its id."""
    ana, to = members.actor_of(cast.ana), "bo-consulate-buenos-aires"
    case = a_consented_case(ana, state="bo", institution=to, consent=NAMED)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=to)
    return str(sent_by_two(ana, draft).id)


def _untaken(cast: the_cast.Cast) -> str:
    """A request that came five months ago and that nobody took on; its id."""
    row = an_untaken_request(members.actor_of(cast.ana))
    past = {"created_at": clock.now() - 150 * DAY, "due_at": clock.now() - 140 * DAY}
    Request.objects.filter(id=row.id).update(**past)
    return str(row.id)


def _heads_that_differ() -> None:
    """Bolivia's log and ours tell two things of one day."""
    only_here = [f"{n:032x}" for n in range(2**124, 2**124 + 6)]
    only_there = [f"{n:032x}" for n in range(2**125, 2**125 + 3)]
    told = {"day": "2026-03-05", "node": "bo", "only_here": only_here, "only_there": only_there}
    audit.keep_alarm(
        "log_differs", by=audit.job("tests"), node="bo", source="bo", evidence=[{"body": told}]
    )


def _as_the_administrator(walk: Walk) -> None:
    """The node's page with a peer that rests, then with one that fetches and is fetched from."""
    PeerState.objects.update_or_create(
        node="bo", defaults={"failures": 4, "next_attempt": clock.now() + timedelta(minutes=9)}
    )
    walk.at("/watch/", "watch")
    walk.at("/watch/nodes/bo", "node")
    FetchingPeer.objects.create(node="bo", token="t" * 32, fetched_at=clock.now())
    FetchedPeer.objects.create(node="bo", failures=3, reason="unreachable")
    walk.at("/watch/nodes/bo", "node-fetches")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_is_late_stands_on_the_home_page_and_leads_there(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    walk = Walk(site, page, axe, picture, language)
    with bolivias_node(), members.acting(cast.programme.id):
        theirs = _late_journey(cast)
        _late_effect(cast)
        _late_removal(cast)
        referral, untaken = _sent_with_files(cast), _untaken(cast)

        walk.enter(cast.ana.email)
        walk.seen("home")
        walk.at("/returns/", "returns")
        page.goto(f"{site}/")
        page.locator("main a[href*='/rights']").first.click()
        walk.seen("expired-ours")
        walk.attach_a_photo(referral)

        walk.enter(cast.sol.email)
        walk.seen("home-there")
        walk.at(f"/returns/plans/{theirs.id}", "plan-there")
        walk.at(f"/returns/{theirs.assessment_id}", "assessment-there")
        page.goto(f"{site}/cooperation/rights")
        page.locator("main a[href*='/withdrawals/']").first.click()
        walk.seen("expired-there")

        walk.enter(cast.dora.email)
        walk.at("/retention", "retention")
        page.locator(f"main a[href$='{untaken}']").click()
        walk.seen("untaken")
        _heads_that_differ()
        walk.at("/audit/heads", "heads")

        walk.enter(cast.nadia.email)
        _as_the_administrator(walk)
    assert watched.problems == []
