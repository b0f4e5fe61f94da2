"""The secretariat in Chromium: it writes the work agenda, brokers what a state asks for, says what
becomes of a common action; and Argentina, which presides, writes while it is away. In three
languages at two widths, checked by axe; with the pictures of docs/how-to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ayni.agenda import action_kinds, api, work_kinds
from ayni.lib import clock
from ayni.members import api as members
from tests import cast as the_cast
from tests.agenda.stories import a_term, comes, days, found_as, terms_come, today
from tests.agenda.working import word
from tests.browser.conftest import Watched
from tests.browser.how_to import how_to_picture
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.browser.test_platform import _desk, _on
from tests.exchange.peer import Peer, a_secretariat, found
from tests.support import stories

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[str], None]
GAP = api.Gap("smuggling", "bo", "co")
PROPOSED = {
    "title": "Acción inventada", "why": "Inventado.", "carriers": ["bo"],
    "blocs": ["CAN", "Mercosur"], "withdrawn": False, "reason": "",
}  # fmt: skip


@pytest.fixture
def at_the_secretariat(
    transactional_db: None, settings: Any
) -> Iterator[tuple[members.User, Peer, Peer]]:
    """This node is the secretariat's: its officer, Bolivia's node and Argentina's."""
    settings.AYNI_NODE = members.SECRETARIAT
    others = Peer(), Peer(node="ar", institution="ar-programme", kind="programme")
    found_as(members.SECRETARIAT, *others)
    place = the_cast.an_institution("secretariat-desk", kind="secretariat", state="secretariat")
    yield the_cast.an_officer("saul", place, members.Role.SECRETARIAT_OFFICER), *others
    for each in others:
        each.stop()


def _look(page: Page, axe: Check, picture: Picture, prefix: str, language: str) -> Look:
    def look(name: str) -> None:
        axe(page)
        picture(page, f"{prefix}-{name}-{language}")

    return look


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_secretariat_writes_the_work_agenda(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: tuple[members.User, Peer, Peer],
) -> None:  # fmt: skip
    saul, bolivia, _argentina = at_the_secretariat
    page, work = watched.page, f"{site}/platform/work"
    look = _look(page, axe, picture, "agenda", language)
    desk = _desk(site, watched, language)
    desk.sign_in(saul.email)
    page.goto(work)
    look("none")
    page.goto(f"{work}/objectives/new")
    desk.fill(axis="Asistencia", objective="Las personas son recibidas igual (inventado)")
    look("objective")
    desk.send()
    mine = _commitment(page, desk, work, look, language)
    _commitment(page, desk, work, None, language, title="Lista de albergues", state="bo", after=20)
    comes(bolivia, work_kinds.PROGRESS, "lista-de-albergues-inventado", word())
    page.goto(f"{mine}/indicator")
    codes = page.locator("main [name=code] option").evaluate_all("all => all.map(e => e.value)")
    desk.fill(code=next(code for code in codes if code), target="80")
    look("indicator")
    desk.send()
    expect(page).to_have_url(mine)
    look("commitment")
    page.goto(f"{mine}/withdraw")
    desk.fill(reason="El Plenario decidió otra cosa (inventado)")
    look("withdraw")
    page.goto(work)
    look("work")
    how_to_picture(page, "work-agenda", language, height=1150)
    page.goto(f"{work}/report")
    look("report")
    page.goto(f"{site}/published/verified?room=agenda")
    look("verified")
    page.goto(f"{site}/platform/public/{language}/")
    expect(page.locator("main")).to_contain_text("Manual de la primera entrevista")
    expect(page.locator("main")).not_to_contain_text("Lista de albergues")
    look("public")
    assert all("422" in each for each in watched.problems)


def _commitment(
    page: Page, desk: Desk, work: str, look: Look | None, language: str,
    *, title: str = "Manual de la primera entrevista", state: str = "ar", after: int = 60,
) -> str:  # fmt: skip
    """Publish a commitment, refused first where it is looked at; the address of its page."""
    page.goto(f"{work}/new")
    told = {"title": f"{title} (inventado)", "state": state, **_on(today() + days(after), "due")}
    (objective,) = api.objectives(api.presidencies())
    desk.fill(objective=objective.key, **told)
    if look is not None:
        page.locator("main [name=public]").check()
        desk.send()
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        expect(page.locator("main [name=title]")).to_have_value(told["title"])
        look("without-office")
    desk.fill(office="Oficina inventada")
    if look is None:
        how_to_picture(page, "commitment-new", language, height=1700)
    desk.send()
    expect(page).to_have_url(work)
    page.get_by_role("link", name=told["title"]).first.click()
    page.wait_for_load_state()
    return page.url


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_secretariat_brokers_and_says_what_becomes_of_a_common_action(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: tuple[members.User, Peer, Peer],
) -> None:  # fmt: skip
    saul, bolivia, argentina = at_the_secretariat
    page = watched.page
    look = _look(page, axe, picture, "brokering", language)
    due = clock.isoformat(clock.now() + days(5))
    need = stories.they_ask(bolivia, offer_due=due)
    comes(argentina, action_kinds.ACTION, GAP.key, PROPOSED)
    desk = _desk(site, watched, language)
    desk.sign_in(saul.email)
    page.goto(f"{site}/support/bo/{need.key}/propose")
    desk.fill(state="ar")
    look("propose")
    desk.send()
    page.locator("main form[action$='/act/remind'] button").click()
    page.wait_for_load_state()
    look("need")
    page.goto(f"{site}/support/bo/{need.key}")
    how_to_picture(page, "brokered", language, height=1400)
    page.goto(f"{site}/support/")
    look("list")
    page.goto(f"{site}/platform/actions/{GAP.key}/course")
    desk.fill(word="not_adopted", reason="El Plenario decidió otra cosa (inventado)")
    look("course")
    desk.send()
    expect(page).to_have_url(f"{site}/platform/actions/{GAP.key}")
    look("action")
    page.goto(f"{site}/platform/actions")
    look("actions")
    assert watched.problems == []


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_state_that_presides_writes_while_the_secretariat_is_away(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    transactional_db: None,
) -> None:  # fmt: skip
    others = Peer(), a_secretariat()
    found(others[0], secretariat=others[1])
    terms_come(others[1], a_term("ar", date(2026, 1, 5)))
    place = the_cast.an_institution("ar-programme")
    pilar = the_cast.an_officer("pilar", place, members.Role.PRESIDENCY_OFFICER)
    page = watched.page
    look = _look(page, axe, picture, "presiding", language)
    desk = _desk(site, watched, language)
    desk.sign_in(pilar.email)
    look("home")
    page.goto(f"{site}/platform/")
    look("platform")
    page.goto(f"{site}/platform/rules/quorum")
    told = {"value": "6", "source": "Acta inventada 3", "mark": "V"}
    desk.fill(**told)
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("main [name=source]")).to_have_value("Acta inventada 3")
    look("without-why")
    page.goto(f"{site}/platform/rules/quorum")
    desk.fill(**told, instead="La Secretaría técnica no responde desde ayer (inventado)")
    how_to_picture(page, "writing-instead", language, height=1000)
    desk.send()
    expect(page).to_have_url(f"{site}/platform/")
    expect(page.locator("main")).to_contain_text("no responde desde ayer")
    look("written")
    page.goto(f"{site}/platform/meetings/call")
    when = {**_on(today() + days(30), "at"), "at_time": "10:00"}
    desk.fill(title="Plenario inventado", place="La Paz", items="Reglamento", **when)
    desk.fill(instead="La Secretaría técnica no responde desde ayer (inventado)")
    desk.send()
    page.get_by_role("link", name="Plenario inventado").first.click()
    expect(page.locator("main")).to_contain_text("no responde desde ayer")
    look("called")
    how_to_picture(page, "written-instead", language, height=950)
    for each in others:
        each.stop()
    assert all("422" in each for each in watched.problems)
