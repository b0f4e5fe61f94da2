"""What two nodes tell each other, as people see it in Chromium: who has read a referral there, its
conversation number, and two key sheets of one node; three languages, two widths, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ayni.audit import api as audit
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cooperation.stories import a_consented_case, a_draft, bolivias_node
from tests.exchange.peer import CONSULATE


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_who_has_read_it_there_and_a_second_truth(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    with bolivias_node() as bolivia:
        ana = members.actor_of(cast.ana)
        with members.acting(cast.programme.id):
            case = a_consented_case(ana, state="bo", institution=CONSULATE)
            draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
            sent = cooperation.send_referral(by=ana, referral_id=draft.id)
        exchange.drain(peer="bo")
        for number, role in enumerate(("consular_officer", "national_focal_point"), 1):
            told = {"role": role, "at": clock.isoformat(clock.now())}
            raw = bolivia.seal(
                told, kind="message.read", conversation=sent.conversation, sequence=number
            )
            exchange.receive(raw=raw, signed_by="bo")
        other = bolivia.key_sheet(clock.now(), tls_pins=["0" * 64])
        with pytest.raises(exchange.Equivocation):
            exchange.accept_key_sheet(
                by=audit.job("tests"), document=other, now=clock.now(), source="bo"
            )

    Desk(page, site, lambda _name: None).sign_in(cast.ana.email)
    page.goto(f"{site}/cooperation/referrals/{sent.id}")
    expect(page.locator("main code")).to_have_text(sent.conversation)
    axe(page)
    picture(page, f"told-{language}-read")

    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    Desk(page, site, lambda _name: None).sign_in(cast.dora.email)
    page.goto(f"{site}/audit/heads")
    axe(page)
    picture(page, f"told-{language}-second-truth")
