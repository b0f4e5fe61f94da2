"""In Chromium: what nobody answers in time, on the home page and where it leads; a joint assessment
whose consent was withdrawn; what was kept first and destroyed later. Three languages, two widths,
axe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Referral
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns.models import Assessment
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.browser.test_late_lines import Walk
from tests.cooperation.stories import a_consented_case, a_draft
from tests.returns.test_within_one_node import two_yes

DAY = timedelta(days=1)


def _unanswered_letter(cast: the_cast.Cast) -> Referral:
    """A letter that nobody has answered for twelve days; its time was over two days ago."""
    ana = members.actor_of(cast.ana)
    case = a_consented_case(ana, state="uy", institution="uy-consulate-ar")
    draft = a_draft(ana, case, recipient_state="uy", recipient_institution="uy-consulate-ar")
    cooperation.send_letter(
        by=ana, referral_id=draft.id, addressee="Consulado inventado", language="es"
    )
    past = {"sent_at": clock.now() - 12 * DAY, "due_at": clock.now() - 2 * DAY}
    Referral.objects.filter(id=draft.id).update(**past)
    return Referral.objects.get(id=draft.id)


def _stopped(cast: the_cast.Cast) -> Assessment:
    """An assessment with two yes whose consent was withdrawn; the shelter kept something first."""
    ana, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    row = two_yes(ana, sol)
    assert row.consent_id is not None
    cooperation.withdraw_consent(by=ana, consent_id=row.consent_id)
    ended = clock.now() - 40 * DAY
    ConsentEffect.objects.filter(about=row.id).update(
        ended_at=ended, first_effect="kept", first_reason="proceedings",
        first_at=ended + 2 * DAY, effect="destroyed", effect_at=ended + 30 * DAY,
    )  # fmt: skip
    return row


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_nobody_answers_and_what_was_stopped(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    walk = Walk(site, page, axe, lambda page, name: _kept(picture, page, name), language)
    with members.acting(cast.programme.id):
        letter, row = _unanswered_letter(cast), _stopped(cast)
        walk.enter(cast.ana.email)
        walk.seen("home")
        page.locator(f"main a[href$='{letter.id}']").click()
        walk.seen("letter")
        walk.at(f"/returns/{row.id}", "assessment")
        walk.at(f"/cooperation/cases/{row.case_id}/rights", "rights-of-case")
    assert watched.problems == []


def _kept(picture: Picture, page: Page, name: str) -> None:
    picture(page, name.replace("late-", "unanswered-", 1))
