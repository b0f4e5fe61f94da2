"""Pages of cooperation in Chromium: the search before a referral is accepted, and the request, in
three languages at two widths, checked by axe."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from ayni.cooperation import api as cooperation
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import (
    a_consented_case,
    a_draft,
    a_sent_referral,
    bolivias_node,
    shared_with,
)
from tests.exchange.peer import CONSULATE

NEEDS = ("lodging", "medical_care", {"text": "Ropa de abrigo", "language": "es"})


def _read_twice(cast: the_cast.Cast) -> tuple[UUID, str]:
    """The shelter has accepted one referral of her and read a second one; the second and the
    reference of the case."""
    ana, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    for accept in (True, False):
        with members.acting(cast.programme.id):
            sent = a_sent_referral(ana)
        with members.acting(cast.shelter.id):
            row = cooperation.Referral.objects.get(conversation=sent.conversation, direction="in")
            cooperation.mark_read(by=sol, referral_id=row.id)
            if accept:
                cooperation.search_earlier(by=sol, referral_id=row.id)
                accepted = cooperation.accept_referral(by=sol, referral_id=row.id)
                assert accepted.case is not None
                reference = accepted.case.reference
    return row.id, reference


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_earlier_case_is_found_and_linked_before_accepting(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    referral, reference = _read_twice(cast)
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.sol.email)
    check = _checked(page, axe, picture, language)

    page.goto(f"{site}/cooperation/referrals/{referral}")
    page.locator("main a[href$='/accept']").click()
    check("earlier")
    desk.send()
    expect(page.locator("main")).to_contain_text(reference)
    check("earlier-found")
    page.locator("main form[action$='/earlier/link'] button", has_text=reference).first.click()
    check("earlier-linked")
    page.goto(f"{site}/cooperation/referrals/{referral}")
    expect(page.locator("main")).to_contain_text(reference)
    check("referral-linked")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_shared_case_leads_on_to_its_request(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    ana = members.actor_of(cast.ana)
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)
    check = _checked(page, axe, picture, language)
    with bolivias_node() as bolivia:
        with members.acting(cast.programme.id):
            sent = shared_with(ana, bolivia, "nationality", needs=NEEDS)
            hers = a_consented_case(ana, state="bo", institution=CONSULATE)
            draft = a_draft(ana, hers, recipient_state="bo", recipient_institution=CONSULATE)
        desk.sign_in(cast.ana.email)

        page.goto(f"{site}/cooperation/referrals/{draft.id}/preview")
        check("preview-fear")
        page.goto(f"{site}/cases/{sent.case_id}/told")
        check("told")
        page.goto(f"{site}/cooperation/referrals/{sent.id}")
        check("referral-needs")
        page.goto(f"{site}/cases/{sent.case_id}")
        check("shared-case")
        page.locator("main a[href$='/request']").first.click()
        check("request-new")
        desk.send()  # without an answer
        check("request-new-missing")
        page.locator("main [name=recipient]").first.check()
        page.locator("main [name=matter]").first.check()
        desk.send()
        expect(page.locator("main .govuk-tag--red")).to_have_count(1)
        check("request-without-will")


def _checked(page: Page, axe: Check, picture: Picture, language: str) -> Callable[[str], None]:
    def check(name: str) -> None:
        axe(page)
        picture(page, f"cooperation-{language}-{name}")

    return check
