"""A file in Chromium: attached, looked at, sent and seen on its way, in three languages at two
widths, checked by axe."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import expect

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.files import a_pdf, an_archive
from tests.cooperation.stories import FIELDS, a_consented_case, a_draft, bolivias_node, sent_by_two
from tests.exchange.peer import CONSULATE

NAMED = {"fields": FIELDS | {cases.ATTACHMENTS}}


def _a_referral(ana: Actor) -> UUID:
    case = a_consented_case(ana, state="bo", institution=CONSULATE, consent=NAMED)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    return sent_by_two(ana, draft).id


def _chosen(content: bytes) -> dict[str, object]:
    return {"name": "invented.pdf", "mimeType": "application/pdf", "buffer": content}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_file_is_attached_looked_at_and_sent(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)

    def check(name: str) -> None:
        axe(page)
        picture(page, f"attachment-{language}-{name}")

    with bolivias_node():
        with members.acting(cast.programme.id):
            referral = _a_referral(members.actor_of(cast.ana))
        desk.sign_in(cast.ana.email)
        page.goto(f"{site}/cooperation/referrals/{referral}")
        page.locator("main a[href$='/attach']").click()
        check("empty")
        page.locator("main [value=identity_document]").check()
        page.locator("main [type=file]").set_input_files([_chosen(an_archive())])
        desk.send()
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        check("not-taken")
        page.locator("main [type=file]").set_input_files([_chosen(a_pdf())])
        desk.send()
        check("draft")
        with page.expect_download() as saved:
            page.locator("main a[download]").click()
        assert saved.value.suggested_filename.startswith("ayni-identity-document-")
        page.locator("main [value=send]").click()
        expect(page.locator("main progress")).to_have_count(1)
        check("on-its-way")
        page.goto(f"{site}/cooperation/referrals/{referral}")
        check("referral")
