"""A version of the protocol in Chromium: the secretariat publishes one, a focal point adopts it
with a stricter limit, a new case shows both; in three languages at two widths, with axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ayni.cases import api as cases
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.how_to import how_to_picture
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.browser.test_platform import _desk, _on, at_argentina, at_the_secretariat
from tests.exchange.peer import Peer, a_secretariat, found
from tests.protocol.registry import ACT, as_file, text, today, version_comes, without

__all__ = ["at_argentina", "at_the_secretariat"]
pytestmark = pytest.mark.django_db(transaction=True)
SHORTER = """document.querySelectorAll('[name=text]').forEach(
    field => { field.value = field.value.slice(0, 2000) })"""


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_secretariat_sees_what_a_text_changes_before_it_publishes_it(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: members.User,
) -> None:  # fmt: skip
    page = watched.page

    def look(name: str) -> None:
        # A long text makes a picture take for ever on a busy machine.
        page.evaluate(SHORTER)
        axe(page)
        picture(page, f"versions-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_the_secretariat.email)
    page.goto(f"{site}/platform/protocol/")
    look("none")
    page.goto(f"{site}/platform/protocol/publish")
    said = {"decision": "Decisión inventada 3", "changes": "Un plazo puede acortarse."}
    desk.fill(**said, **_on(today(), "on"), text=as_file(text(change=without("4.1"))))
    page.locator("main button[name=look]").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.get_by_text("4.1").last).to_be_visible()
    expect(page.locator("main [name=decision]")).to_have_value(said["decision"])
    look("refused")
    desk.fill(text=as_file(text()))
    page.locator("main button[name=look]").click()
    look("checked")
    how_to_picture(page, "version-checked", language, height=1550)
    desk.fill(text=as_file(text()))
    page.locator("main button[name=publish]").click()
    expect(page).to_have_url(f"{site}/platform/protocol/reference/1.7")
    look("published")


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_adopting_a_protocol_version(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    transactional_db: None,
) -> None:  # fmt: skip
    page = watched.page
    others = Peer(), a_secretariat()
    found(others[0], secretariat=others[1])
    cast = the_cast.assemble()
    paula = the_cast.an_officer("paula", cast.programme, members.Role.NATIONAL_FOCAL_POINT)
    version_comes(others[1])
    old = a_case(cast)

    def look(name: str) -> None:
        axe(page)
        picture(page, f"versions-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(paula.email)
    page.goto(f"{site}/platform/protocol/reference/1.7")
    look("version")
    page.goto(f"{site}/platform/protocol/reference/1.7/adopt")
    act = {"act": ACT, **_on(today(), "act_on"), **_on(today(), "on")}
    reserved = {"reserved_step_0": "7.5", "reserved_0": "El cierre lo firma la fiscalía."}
    desk.fill(**act, limit_0="24", **reserved)
    how_to_picture(page, "adopt", language, height=1600)
    desk.fill(limit_0="72")
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("main [name=act]")).to_have_value(ACT)
    look("longer")
    desk.fill(limit_0="24")
    look("adopt")
    desk.send()
    expect(page).to_have_url(f"{site}/platform/protocol/reference/1.7")
    look("adopted")
    page.goto(f"{site}/platform/protocol/")
    look("table")
    page.goto(f"{site}/platform/protocol/compare?old=reference:1.0&new=reference:1.7")
    look("compare")

    new = a_case(cast)
    page.context.clear_cookies()
    desk = _desk(site, watched, language)
    desk.sign_in(cast.ana.email)
    page.goto(f"{site}/cases/{new.id}")
    expect(page.get_by_text(ACT).first).to_be_visible()
    look("case")
    how_to_picture(page, "case-version", language, height=1000)
    page.goto(f"{site}/cases/{old.id}")
    page.locator(f"main a[href='/cases/{old.id}/move']").click()
    look("move")
    page.locator("main form[method=post] button").last.click()
    expect(page).to_have_url(f"{site}/cases/{old.id}")
    look("moved")
    page.goto(f"{site}/cases/{old.id}/history")
    look("history")
    for each in others:
        each.stop()


def a_case(cast: the_cast.Cast) -> cases.Case:
    """A case of Ana's, opened now."""
    by = members.actor_of(cast.ana)
    with members.acting(by.institution):
        return cases.open_case(
            by=by,
            notice_id=None,
            new=cases.NewCase(
                side="host", tracks=("trafficking",), person={"name_as_written": "Inventada"},
                host_country="AR",
            ),
        )  # fmt: skip
