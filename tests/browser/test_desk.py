"""An officer in Chromium: sign-in, notice, triage, search, decision, case, consent, a step; each
page checked by axe, in Spanish and in Portuguese, and no request to any other host."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import cast as the_cast
from tests.browser.conftest import Watched

Check = Callable[[Page], None]
Picture = Callable[[Page, str], None]
LANGUAGES = {"es": "es", "pt": "pt-br"}


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


@pytest.mark.django_db(transaction=True)
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
    for path in ("consents/new", "risk", "assign", "steps/2.2", "person", "close"):
        page.goto(f"{case}/{path}")
        check(path.replace("/", "-"))
    page.goto(f"{site}/cases/")
    check("cases")
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
