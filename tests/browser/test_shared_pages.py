"""The shared components, the sign-in page and the public help pages as people see them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, violations

PUBLIC = ("", "in/py/", "in/bo/", "write/", "what-happens/")
Check = Callable[[Page], None]
Picture = Callable[[Page, str], None]


@pytest.mark.parametrize("language", ["es", "pt", "en"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_is_accessible_in_each_language(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, path: str
) -> None:
    watched.page.goto(f"{site}/help/{language}/{path}")
    axe(watched.page)
    picture(watched.page, f"help-{language}-{path.strip('/').replace('/', '-') or 'now'}")
    assert watched.page.context.cookies() == []
    assert watched.problems == []


def test_public_pages_work_without_javascript(
    site: str, open_context: Callable[..., Watched]
) -> None:
    page = open_context(java_script_enabled=False).page
    page.goto(f"{site}/help/es/")
    expect(page.get_by_role("link", name="145")).to_be_visible()
    leave = page.locator(".govuk-exit-this-page__button")
    assert leave.get_attribute("href") == "https://es.wikipedia.org/"
    page.goto(f"{site}/help/es/write/")
    page.get_by_role("button", name="Enviar").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()


def test_the_form_with_an_error_is_accessible_and_leads_to_the_field(
    site: str, page: Page, axe: Check, picture: Picture
) -> None:
    page.goto(f"{site}/help/es/write/")
    page.get_by_label("Que me llamen por teléfono").check()
    page.get_by_role("button", name="Enviar").click()
    axe(page)
    picture(page, "help-es-write-errors")
    page.locator(".govuk-error-summary a").first.click()
    expect(page.locator("#id_narrative")).to_be_focused()
    expect(page.get_by_label("Que me llamen por teléfono")).to_be_checked()


def test_gallery_of_components_is_accessible(
    site: str, watched: Watched, axe: Check, picture: Picture, settings: object
) -> None:
    settings.AYNI_DEMO = True  # type: ignore[attr-defined]
    watched.page.goto(f"{site}/gallery")
    axe(watched.page)
    picture(watched.page, "gallery")
    assert watched.problems == []


def test_sign_in_page_is_accessible(
    site: str, watched: Watched, axe: Check, picture: Picture
) -> None:
    watched.page.goto(f"{site}/account/login/")
    axe(watched.page)
    picture(watched.page, "sign-in")
    assert watched.problems == []


def test_error_page_is_accessible(site: str, page: Page, axe: Check, picture: Picture) -> None:
    page.goto(f"{site}/help/es/in/xx/")
    axe(page)
    picture(page, "not-found")


def test_first_view_stays_small(site: str, page: Page) -> None:
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(f"{site}/help/es/", wait_until="networkidle")
    first = sum(sizes)
    sizes.clear()
    page.goto(f"{site}/help/es/write/", wait_until="networkidle")
    assert 0 < first <= 150_000
    assert 0 < sum(sizes) <= 30_000


def test_axe_check_can_fail(page: Page) -> None:
    page.set_content("<html><body><img src='data:,'><input></body></html>")
    found = " ".join(violations(page))
    assert "image-alt" in found
    assert "label" in found


def test_a_browser_may_send_a_form(site: str, page: Page) -> None:
    """The referrer policy must let the browser name its origin, or every form is refused."""
    page.goto(f"{site}/account/login/")
    page.get_by_role("button", name="Português").click()
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
