"""In Chromium: a focal point finds a provision by a word without its accent, and proposes a common
action from a gap of the common ground; in two languages at two widths, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import Check, Picture
from tests.browser.test_platform import _desk
from tests.exchange.peer import Peer, a_secretariat, found

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {"es": ("repatriacion", "Repatriación"), "pt": ("repatriacao", "Repatriação")}
GAP = "gap-smuggling-bo-co"


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_provision_is_found_and_a_common_action_is_proposed_from_a_gap(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    transactional_db: None,
) -> None:  # fmt: skip
    page = watched.page
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    place = the_cast.an_institution("ar-programme")
    paula = the_cast.an_officer("paula", place, members.Role.NATIONAL_FOCAL_POINT)

    def look(name: str) -> None:
        axe(page)
        picture(page, f"finding-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(paula.email)
    typed, marked = WORDS[language]
    page.goto(f"{site}/norms/search/")
    desk.fill(q=typed, reach="universal", force="in_force")
    desk.send()
    article = "/norms/instruments/palermo-trafficking/#palermo-trafficking.8"
    hit = page.locator(f"main a[href='{article}']")
    expect(hit).to_be_visible()
    expect(page.locator("main mark", has_text=marked).first).to_be_visible()
    look("found")

    page.goto(f"{site}/norms/common-ground/?crime=smuggling")
    look("ground")
    page.locator(f"main a[href='/platform/actions/{GAP}']").click()
    page.locator(f"main a[href='/platform/actions/{GAP}/propose']").click()
    look("propose")
    desk.send()
    expect(page).to_have_url(f"{site}/platform/actions/{GAP}")
    expect(page.locator("main .govuk-tag--blue")).to_be_visible()
    look("proposed")
    for name, address in {
        "home": "/", "actions": "/platform/actions", "reviews": "/norms/reviews/",
        "review": "/norms/reviews/ar.residence.1/",
    }.items():  # fmt: skip
        page.goto(f"{site}{address}")
        look(name)
    bolivia.stop()
    secretariat.stop()
    assert watched.problems == []
