"""An officer in Chromium: sign-in, notice, triage, search, decision, case, consent, a step; each
page checked by axe, in Spanish and in Portuguese, and no request to any other host."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ayni.lib import clock
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched

Check = Callable[[Page], None]
Picture = Callable[[Page, str], None]
LANGUAGES = {"es": "es", "pt": "pt-br", "en": "en"}


class Desk:
    """What an officer does on the pages, by the names of the fields."""

    def __init__(self, page: Page, site: str, check: Callable[[str], None]) -> None:
        self.page, self.site, self.check = page, site, check

    def fill(self, **values: str) -> None:
        """Write into fields; a radio or checkbox is ticked by its value."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']")
            if field.first.get_attribute("type") in {"radio", "checkbox"}:
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            elif field.first.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def send(self) -> None:
        """Send the form of the page."""
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def sign_in(self, email: str) -> None:
        """Sign in with e-mail and password."""
        self.page.goto(f"{self.site}/account/login/")
        self.check("sign-in")
        self.fill(login=email, password=the_cast.PASSWORD)
        self.send()
        self.check("second-step")
        self.fill(code=the_cast.next_number(members.user_by_email(email), typed=True))
        self.send()
        expect(self.page).to_have_url(re.compile(r"localhost:\d+/$"))
        self.check("home")

    def notice(self) -> str:
        """Take a notice; its address."""
        self.page.goto(f"{self.site}/notices/new")
        self.check("notice-new")
        self.fill(
            safe_to_talk="yes",
            channel="in_person",
            informant="direct_victim",
            language="es",
            about_name="Rosa Inventada Mamani",
            narrative="Inventado: pide ayuda.",
            indicators="documents",
        )
        self.send()
        self.check("notice")
        return self.page.url

    def decide(self, notice: str) -> None:
        """Triage, search, decide."""
        self.page.goto(f"{notice}/triage")
        self.check("triage")
        self.fill(imminent_danger="no", age_group="adult", situation="urgency", reason="Inventado")
        self.send()
        self.page.goto(f"{notice}/search")
        self.send()
        self.check("search")
        self.page.goto(f"{notice}/decide")
        self.check("decide")
        self.fill(outcome="open_case", reason="Inventado")
        self.send()

    def case(self, notice: str) -> str:
        """Open a case; its address."""
        self.page.goto(f"{notice}/case")
        self.check("case-new")
        self.fill(
            name_as_written="Rosa INVENTADA Mamani",
            given_names="Rosa",
            first_surname="Inventada",
            birth_precision="date",
            birth_value="1998-03-27",
            citizenship="BO",
            tracks="trafficking",
        )
        self.send()
        expect(self.page).to_have_url(re.compile(r"/cases/[0-9a-f-]{36}$"))
        self.check("case")
        return self.page.url

    def work(self, case: str) -> None:
        """Record a step, assess the risk, record a change; then the case and its history."""
        self.page.goto(f"{case}/steps/2.5")
        self.fill(kind="done", field_needs="food")
        self.send()
        self.page.goto(f"{case}/risk")
        self.fill(severity="serious", likelihood="likely", reason="Inventado")
        self.send()
        self.page.goto(f"{case}/change")
        self.fill(reason="new_information", note="Inventado: se mudó.")
        self.send()
        self.page.locator("form[action$='/follow-up'] button").click()
        self.check("case-working")
        self.page.goto(f"{case}/history")
        self.check("history")
        self.page.goto(f"{case}/steps/2.5")
        self.check("steps-2.5-again")
        self.page.goto(f"{case}/assign")
        self.send()

    def post(self) -> None:
        """Begin the readiness of the post and write one step down."""
        begin = self.page.locator("main form button")
        if begin.count():
            begin.click()
        self.page.locator("a[href$='/post/0.2']").click()
        self.check("post-step")
        self.fill(
            field_service="Inventado",
            field_verified_on_day="24",
            field_verified_on_month="11",
            field_verified_on_year="2025",
            field_verified_by="Ana",
            field_status="verified",
        )
        self.send()
        self.check("post-begun")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_opens_a_case_in_the_browser(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )

    def check(name: str) -> None:
        axe(page)
        picture(page, f"desk-{language}-{name}")

    desk = Desk(page, site, check)
    desk.sign_in(cast.ana.email)
    notice = desk.notice()
    desk.decide(notice)
    case = desk.case(notice)

    assert "Inventada" not in page.locator("main").inner_text()
    page.locator("form[action$='/identity'] button").click()
    expect(page.locator("main")).to_contain_text("Inventada")
    check("identity")
    for path in ("consents/new", "risk", "assign", "steps/2.1", "steps/2.1.a", "steps/2.2",
                 "person", "told", "change", "journey", "close", "protocol"):  # fmt: skip
        page.goto(f"{case}/{path}")
        check(path.replace("/", "-"))
    desk.work(case)
    for path in ("cases/", "hand-over", "find", "post"):
        page.goto(f"{site}/{path}")
        check(path.strip("/"))
    desk.post()
    page.goto(f"{site}/")
    check("home-working")
    assert watched.problems == []


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_are_shown_both_values(
    site: str, open_context: Callable[..., Watched], axe: Check, picture: Picture
) -> None:
    cast = the_cast.assemble()
    ana, luis = (open_context(viewport={"width": 1280, "height": 900}).page for _ in range(2))
    desk, other = Desk(ana, site, lambda _name: None), Desk(luis, site, lambda _name: None)
    desk.sign_in(cast.ana.email)
    other.sign_in(cast.luis.email)
    notice = desk.notice()
    desk.decide(notice)
    case = desk.case(notice)
    ana.goto(f"{case}/risk")
    luis.goto(f"{case}/risk")
    other.fill(level="low", reason="Inventado por Luis")
    other.send()

    desk.fill(level="high", reason="Inventado por Ana")
    desk.send()

    expect(ana.locator("main")).to_contain_text("Bajo")
    axe(ana)
    picture(ana, "desk-es-conflict")
    ana.locator("[name=choose_level][value=mine]").check()
    desk.send()
    expect(ana.locator("main")).to_contain_text("Alto")


@pytest.mark.django_db(transaction=True)
def test_the_data_protection_officer_has_pages_of_her_own(
    site: str, watched: Watched, axe: Check, picture: Picture
) -> None:
    cast = the_cast.assemble()

    def check(name: str) -> None:
        axe(watched.page)
        picture(watched.page, f"desk-es-dora-{name}")

    desk = Desk(watched.page, site, check)
    desk.sign_in(cast.dora.email)
    watched.page.goto(f"{site}/opened")
    check("opened")
    watched.page.goto(f"{site}/audit/month?month={clock.now():%Y-%m}")
    check("month")
    watched.page.goto(f"{site}/retention")
    check("retention")
    watched.page.goto(f"{site}/account/sign-ins/")
    check("sign-ins")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_administrator_sees_how_the_node_is(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str
) -> None:
    cast = the_cast.assemble()
    desk = Desk(watched.page, site, lambda _name: None)
    watched.page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk.sign_in(cast.nadia.email)
    watched.page.goto(f"{site}/watch/")
    axe(watched.page)
    picture(watched.page, f"node-status-{language}")
    assert watched.problems == []


@pytest.mark.django_db(transaction=True)
def test_a_half_written_notice_is_kept_without_javascript(
    site: str, open_context: Callable[..., Watched]
) -> None:
    cast = the_cast.assemble()
    page = open_context(java_script_enabled=False).page
    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(cast.luis.email)
    page.goto(f"{site}/notices/new")
    desk.fill(narrative="Half written")
    page.locator("button[name=keep_draft]").click()
    page.wait_for_load_state()

    expect(page.locator("[name=narrative]")).to_have_value("Half written")
