"""What states publish of themselves in Chromium: said, stale, shown, listed; three languages, two
widths, checked by axe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

INSTRUMENT = "palermo-smuggling"
_BODY = {"force": "in_force", "mark": "V", "seen": False, "source": "Gaceta Oficial 77, inventada"}


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


def _bolivia_says(bolivia: Peer) -> None:
    usual = {"kind": "norms.standing", "valid_from": "2022-05-06"}
    arrive(an_entry(bolivia, body=_BODY, key=INSTRUMENT, **usual))
    arrive(an_entry(bolivia, body=_BODY, key="crc", **usual))
    arrive(an_entry(bolivia, body={**_BODY, "seen": True}, key="crc", **usual))
    arrive(
        an_entry(bolivia, kind="agenda.later", key="decision-4", version=3), sender="secretariat"
    )
    arrive(an_entry(bolivia, body=_BODY, key="palermo-trafficking", **{**usual, "valid_from": ""}))


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_focal_point_says_how_an_instrument_stands_and_all_can_read_it(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, bolivia: Peer
) -> None:
    programme, page = the_cast.an_institution("ar-programme"), watched.page
    paula = the_cast.an_officer("paula", programme, members.Role.NATIONAL_FOCAL_POINT)
    _bolivia_says(bolivia)
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)

    def check(name: str) -> None:
        axe(page)
        picture(page, f"published-{language}-{name}")

    desk.sign_in(paula.email)
    page.goto(f"{site}/norms/instruments/{INSTRUMENT}/")
    check("instrument-before")
    page.locator("main a[href$='/instruments/palermo-smuggling/stating/']").click()
    check("form")
    desk.send()  # nothing chosen
    check("missing")
    desk.fill(
        force="not_in_force", on_day="4", on_month="3", on_year="2026",
        source="Boletín Oficial 1234, inventado", mark="V",
    )  # fmt: skip
    stale = page.context.new_page()
    stale.goto(f"{site}/norms/instruments/{INSTRUMENT}/stating/")
    desk.send()
    expect(page.locator("main")).to_contain_text("Boletín Oficial 1234")
    check("instrument-after")

    late = Desk(stale, site, lambda _name: None)
    late.fill(
        force="in_force", on_day="4", on_month="3", on_year="2005", day_is="seen",
        source="Otro documento, inventado", mark="2",
    )  # fmt: skip
    late.send()
    expect(stale.locator("main")).to_contain_text("Boletín Oficial 1234")
    expect(stale.locator("main [name=source]")).to_have_value("Otro documento, inventado")
    axe(stale)
    picture(stale, f"published-{language}-stale")

    page.goto(f"{site}/published/")
    expect(page.locator("main section")).to_have_count(5)
    check("list")
    page.goto(f"{site}/norms/states/ar/")
    check("state")
    page.goto(f"{site}/norms/instruments/{INSTRUMENT}/stating/")
    page.locator("form[action$='/back/'] button").click()
    expect(page.locator("main")).not_to_contain_text("Boletín Oficial 1234")
    # The stale form was answered with 422, which Chromium notes.
    assert [each for each in watched.problems if "422" not in each] == []
