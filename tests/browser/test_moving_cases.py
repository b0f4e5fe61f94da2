"""Many cases moved at once, and proposals on the agenda of a meeting, in Chromium: in three
languages at two widths, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ayni.agenda import action_kinds, api
from ayni.cases.models import Case
from ayni.lib import clock
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests import cast as the_cast
from tests.agenda.stories import comes, days
from tests.browser.conftest import Watched
from tests.browser.test_at_the_secretariat import GAP, PROPOSED
from tests.browser.test_at_the_secretariat import at_the_secretariat as at_the_secretariat
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.browser.test_platform import _desk
from tests.browser.test_protocol_versions import a_case
from tests.exchange.peer import Peer, a_secretariat, found
from tests.protocol.registry import adopting, version_comes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_many_cases_are_moved_and_those_that_cannot_say_why(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    transactional_db: None,
) -> None:  # fmt: skip
    page = watched.page
    others = Peer(), a_secretariat()
    found(others[0], secretariat=others[1])
    cast = the_cast.assemble()
    paula = the_cast.an_officer("paula", cast.programme, members.Role.NATIONAL_FOCAL_POINT)
    free, first, second = (a_case(cast) for _ in range(3))
    with members.acting(cast.programme.id):
        Case.objects.filter(id=free.id).update(assigned_to=None)
    version_comes(others[1])
    said = adopting(parameters=(), reservations=())
    by = members.actor_of(paula)
    protocol.adopt_version(by=by, key="reference", version="1.7", said=said, seen=0)

    def look(name: str) -> None:
        axe(page)
        picture(page, f"move-many-{name}-{language}")

    _desk(site, watched, language).sign_in(cast.ana.email)
    page.goto(f"{site}/cases/move")
    look("can")
    page.locator("main form button[type=submit]").click()
    page.locator(".govuk-error-summary a").click()
    expect(page.locator("main [name=case]").first).to_be_focused()
    look("nothing-chosen")
    for box in page.locator("main [name=case]").all():
        box.check()
    page.locator("main form button[type=submit]").click()
    for each in (first, second):
        expect(page.get_by_role("link", name=each.reference)).to_be_visible()
    look("told")
    page.goto(f"{site}/cases/move")
    look("none")
    page.locator("main a[href='/cases/move?show=cannot']").click()
    expect(page.locator("main li")).to_have_count(1)
    expect(page.get_by_role("link", name=free.reference)).to_be_visible()
    look("cannot")
    # The browser says of the refused form that its status was 422.
    assert all("422" in each for each in watched.problems)
    for other in others:
        other.stop()


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_proposal_that_waits_is_put_on_the_agenda_of_a_meeting(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: tuple[members.User, Peer, Peer],
) -> None:  # fmt: skip
    saul, _bolivia, argentina = at_the_secretariat
    page = watched.page
    comes(argentina, action_kinds.ACTION, GAP.key, PROPOSED)
    key = api.call_meeting(
        by=members.actor_of(saul), title="Plenario inventado", place="La Paz",
        at=clock.now() + days(9), items=["Punto inventado"],
    ).said.key  # fmt: skip

    def look(name: str) -> None:
        axe(page)
        picture(page, f"proposals-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(saul.email)
    meeting = f"{site}/platform/meetings/{key}"
    page.goto(meeting)
    look("wait")
    page.locator(f"main a[href$='/put/{GAP.key}']").click()
    look("put")
    desk.send()
    expect(page).to_have_url(meeting)
    expect(page.locator(f"main a[href$='/put/{GAP.key}']")).to_have_count(0)
    look("on-agenda")
    assert watched.problems == []
