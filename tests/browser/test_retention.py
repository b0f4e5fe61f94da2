"""What will be erased, as the data protection officer sees and decides it: three languages, two
widths, checked by axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from ayni.cases import api as cases
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cases import stories


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_closed_case_is_held_back_then_erased_at_her_request(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast, page = the_cast.assemble(), watched.page
    ana = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        row = stories.worked_through(ana, stories.a_case(ana, stories.ADULT))
        case = cases.close_case(
            by=ana, case_id=row.id, version=row.version, reason="goals_met", note="Invented."
        )
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )

    def check(name: str) -> None:
        axe(page)
        picture(page, f"{name}-{language}")

    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.dora.email)
    page.goto(f"{site}/retention/cases/{case.id}")
    check("retention-case")
    desk.fill(until="2031-05-05", reason="Invented: a proceeding.")
    page.locator("button[name=do][value=hold]").click()
    expect(page.locator("main")).to_contain_text("Invented: a proceeding.")
    check("retention-held")
    page.goto(f"{site}/retention")
    expect(page.locator("main")).to_contain_text(case.reference)
    check("retention-list")
    page.goto(f"{site}/retention/cases/{case.id}/erase")
    check("retention-erase")
    page.goto(f"{site}/retention/cases/{case.id}")
    page.locator("button[name=do][value=end]").click()
    page.goto(f"{site}/retention/cases/{case.id}/erase")
    page.locator("input[name=sure]").check()
    desk.fill(reason="Invented: she asked.")
    desk.send()
    expect(page).to_have_url(re.compile(f"/retention/cases/{case.id}$"))
    expect(page.locator("button[name=do]")).to_have_count(0)
    check("retention-erased")
    page.goto(f"{site}/audit/month?month={row.created_at:%Y-%m}")
    check("month")
    assert watched.problems == []
