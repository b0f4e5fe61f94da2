"""The platform in Chromium: the secretariat hands the presidency over, a focal point names an
office of its state; input that is refused; in three languages at two widths, checked by axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from ayni.agenda import api
from ayni.members import api as members
from tests import cast as the_cast
from tests.agenda.papers import a_pdf
from tests.agenda.stories import days, found_as, today
from tests.browser.conftest import PICTURES, Watched
from tests.browser.how_to import how_to_picture
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.exchange.peer import Peer, a_secretariat, found

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[str], None]


def _on(day: date, field: str) -> dict[str, str]:
    return {f"{field}_day": str(day.day), f"{field}_month": str(day.month),
            f"{field}_year": str(day.year)}  # fmt: skip


@pytest.fixture
def at_the_secretariat(transactional_db: None, settings: Any) -> Iterator[members.User]:
    """This node is the secretariat's; its officer."""
    settings.AYNI_NODE = members.SECRETARIAT
    others = Peer(), Peer(node="ar", institution="ar-programme", kind="programme")
    found_as(members.SECRETARIAT, *others)
    place = the_cast.an_institution("secretariat-desk", kind="secretariat", state="secretariat")
    yield the_cast.an_officer("saul", place, members.Role.SECRETARIAT_OFFICER)
    for each in others:
        each.stop()


@pytest.fixture
def at_argentina(transactional_db: None) -> Iterator[members.User]:
    """This node is Argentina's; its focal point."""
    others = Peer(), a_secretariat()
    found(others[0], secretariat=others[1])
    place = the_cast.an_institution("ar-programme")
    yield the_cast.an_officer("paula", place, members.Role.NATIONAL_FOCAL_POINT)
    for each in others:
        each.stop()


def _desk(site: str, watched: Watched, language: str) -> Desk:
    cookie = {"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}
    watched.page.context.add_cookies([cookie])  # type: ignore[list-item]
    return Desk(watched.page, site, lambda _name: None)


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_presidency_is_handed_over(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: members.User,
) -> None:  # fmt: skip
    page = watched.page

    def look(name: str) -> None:
        axe(page)
        picture(page, f"platform-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_the_secretariat.email)
    page.goto(f"{site}/platform/")
    look("unknown")
    page.goto(f"{site}/platform/hand-over")
    look("hand-over")
    how_to_picture(page, "hand-over", language, height=1100)
    answers = {f"how_{each.code}": "handed" for each in api.items(today(), api.presidencies())}
    written = {"to": "uy", "end": "open", "source": "Acta inventada", **answers}
    # On a day on which a source shows Bolivia in office.
    desk.fill(**{**written, "how_rules_not_known": "open"}, **_on(date(2024, 10, 1), "on"))
    page.locator("[name=note_rules_not_known]").fill("Inventado")
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("[name=source]")).to_have_value("Acta inventada")
    expect(page.locator("[name=note_rules_not_known]")).to_have_value("Inventado")
    look("refused")
    desk.fill(**_on(today(), "on"))
    desk.send()
    expect(page).to_have_url(f"{site}/platform/handings-over/{today().isoformat()}")
    look("handed")
    how_to_picture(page, "handing-over", language, height=900)
    page.goto(f"{site}/platform/")
    expect(page.locator("main")).to_contain_text("Uruguai" if language == "pt" else "Uruguay")
    look("presided")
    how_to_picture(page, "platform", language, height=1100)
    page.goto(f"{site}/platform/organisations/new")
    look("group-new")
    page.goto(f"{site}/platform/rules/quorum")
    look("rule")
    page.goto(f"{site}/platform/presidencies/2024-02-19")
    look("term")
    assert [each.state for each in api.presidencies().terms] == ["ar", "bo", "uy"]
    # The browser says of the refused form that its status was 422.
    assert all("422" in each for each in watched.problems)


@pytest.mark.parametrize("language", ["es", "pt"])
def test_a_meeting_from_its_call_to_its_minutes(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: members.User,
) -> None:  # fmt: skip
    page = watched.page

    def look(name: str) -> None:
        axe(page)
        picture(page, f"meeting-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_the_secretariat.email)
    here = _a_called_meeting(site, page, desk, look)
    _attach(page, desk, here, look)
    page.goto(f"{here}/attendance")
    for code in members.states():
        page.locator(f"[name=present][value={code}]").check()
    page.locator("[name=minutes]").fill("Inventado.")
    look("attendance")
    desk.send()
    page.goto(f"{here}/decision")
    desk.fill(text="Se aprueba (inventado)", objections="uy", reservations="pe", reserved="Su ley")
    look("decision")
    desk.send()
    expect(page).to_have_url(here)
    page.goto(f"{here}/decisions/1")
    desk.fill(text="Se aprueba el reglamento (inventado)", reason="No decía qué (inventado)")
    look("decision-again")
    desk.send()
    expect(page).to_have_url(here)
    page.goto(f"{here}/close")
    desk.send()
    expect(page).to_have_url(here)
    look("closed")
    how_to_picture(page, "meeting", language, height=1500)
    (decision,) = api.meeting(here.rpartition("/")[2], api.presidencies()).decisions
    assert not decision.adopted
    for code in ("es", "pt-br"):
        with page.expect_download() as download:
            page.locator(f"a[href$='/minutes/{code}']").click()
        kept = PICTURES / f"minutes-{code}.pdf"
        download.value.save_as(kept)
        assert b"/StructTreeRoot" in kept.read_bytes()


def _a_called_meeting(site: str, page: Page, desk: Desk, look: Look) -> str:
    """Call a meeting; the address of its page."""
    page.goto(f"{site}/platform/meetings/call")
    look("call")
    when = _on(today() - days(1), "at")  # it is told below how it was held
    desk.fill(title="Plenario inventado", place="La Paz", items="Reglamento\nAgenda", **when)
    page.locator("[name=at_time]").fill("10:00")
    desk.send()
    (found,) = api.all_meetings(api.presidencies())
    return f"{site}/platform/meetings/{found.key}"


def _attach(page: Page, desk: Desk, here: str, look: Look) -> None:
    """A program is refused with the reason; a PDF is attached to the first item."""
    page.goto(f"{here}/documents/new")
    desk.fill(title="Informe inventado", item="1")
    program = {"name": "informe.pdf", "mimeType": "application/pdf", "buffer": b"MZ" * 900}
    page.locator("[name=file]").set_input_files(files=[program])  # type: ignore[list-item]
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Informe inventado")
    look("document-refused")
    page.locator("[name=file]").set_input_files(  # type: ignore[call-overload]
        files=[{**program, "buffer": a_pdf()}]
    )
    desk.send()
    expect(page).to_have_url(here)
    expect(page.get_by_role("link", name="Informe inventado", exact=True)).to_be_visible()


@pytest.mark.parametrize("language", ["es", "pt"])
def test_an_address_of_the_calendar_is_shown_once_and_read_without_signing_in(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_the_secretariat: members.User,
) -> None:  # fmt: skip
    page = watched.page
    desk = _desk(site, watched, language)
    desk.sign_in(at_the_secretariat.email)
    _a_called_meeting(site, page, desk, lambda _name: None)
    page.goto(f"{site}/platform/calendar")
    desk.send()
    axe(page)
    picture(page, f"meeting-calendar-{language}")
    address = page.locator("main code").inner_text()
    place = urlsplit(address)  # this process does not know the name, only the port
    asked = Request(f"http://127.0.0.1:{place.port}{place.path}", headers={"Host": place.netloc})
    with urlopen(asked) as answer:  # noqa: S310 - of this test's own site
        content = answer.read().decode()
    assert "SUMMARY:Plenario inventado\r\n" in content
    how_to_picture(page, "calendar", language, height=800)


@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_focal_point_names_the_office_of_its_state(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    at_argentina: members.User,
) -> None:  # fmt: skip
    page = watched.page

    def look(name: str) -> None:
        axe(page)
        picture(page, f"office-{name}-{language}")

    desk = _desk(site, watched, language)
    desk.sign_in(at_argentina.email)
    page.goto(f"{site}/platform/focal-points/main")
    begins = _on(today(), "begins")
    desk.fill(office="Dirección inventada", **begins, **_on(today() - days(1), "until"))
    desk.send()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("[name=office]")).to_have_value("Dirección inventada")
    look("refused")
    desk.fill(**_on(today() + days(300), "until"))
    desk.send()
    expect(page).to_have_url(f"{site}/platform/")
    expect(page.locator("main")).to_contain_text("Dirección inventada")
    look("named")
