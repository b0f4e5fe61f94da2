"""A newcomer's first sign-in in Chromium with its own passkeys, and an app that shows numbers:
every page looked at by axe, in three languages, on a telephone and at a desk."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import Desk
from tests.cast import PASSWORD, SETUP, Cast

Check = Callable[[Page], None]
Picture = Callable[[Page, str], None]
LANGUAGES = ["es", "pt-br", "en"]
pytestmark = pytest.mark.django_db(transaction=True)


def _device(page: Page) -> None:
    """A device that holds passkeys and asks for a finger (Chromium's own, without a screen)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def _newcomer(cast: Cast, language: str) -> members.User:
    return members.add_user(
        by=SETUP, email="new@ar.example", display_name="Nueva Inventada",
        institution=cast.programme, role=members.Role.CONSULAR_OFFICER, password=PASSWORD,
        language=language,
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_newcomer_sets_up_a_passkey_and_signs_in_by_it(
    site: str, watched: Watched, axe: Check, picture: Picture, cast: Cast, language: str
) -> None:
    page = watched.page
    newcomer = _newcomer(cast, language)
    _device(page)

    def look(name: str) -> None:
        axe(page)
        picture(page, f"second-step-{name}-{language}")

    page.goto(f"{site}/account/login/")
    page.locator("[name=login]").fill(newcomer.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    expect(page).to_have_url(re.compile("/account/2fa/$"))
    look("set-up")

    page.goto(f"{site}/account/2fa/totp/activate/")
    look("app")
    page.goto(f"{site}/account/2fa/webauthn/add/")
    look("add-passkey")
    page.locator("[name=name]").fill("Laptop")
    page.locator("form[data-passkey] button[type=submit]").click()
    expect(page).to_have_url(re.compile("/account/2fa/recovery-codes/$"))
    assert page.locator("#recovery-codes li").count() == 10
    look("codes")
    page.goto(f"{site}/")
    expect(page).to_have_url(re.compile("/account/conduct/$"))
    look("conduct")
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))
    page.goto(f"{site}/account/2fa/")
    look("account")
    page.goto(f"{site}/account/2fa/webauthn/")
    look("passkeys")

    page.goto(f"{site}/account/logout/")
    page.locator("main form button[type=submit]").click()
    page.goto(f"{site}/account/login/")
    look("sign-in")
    page.locator("form[data-passkey] button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))
    assert watched.problems == []


def test_a_passkey_is_used_after_the_password(
    site: str, watched: Watched, axe: Check, picture: Picture, cast: Cast
) -> None:
    page = watched.page
    _device(page)
    Desk(page, site, lambda _name: None).sign_in(cast.ana.email)
    page.goto(f"{site}/account/2fa/webauthn/add/")
    page.locator("[name=name]").fill("Laptop")
    page.locator("form[data-passkey] button[type=submit]").click()
    expect(page).to_have_url(re.compile("/account/2fa/recovery-codes/$"))
    page.goto(f"{site}/account/logout/")
    page.locator("main form button[type=submit]").click()

    page.goto(f"{site}/account/login/")
    page.locator("[name=login]").fill(cast.ana.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    expect(page).to_have_url(re.compile("/account/2fa/authenticate/$"))
    axe(page)
    picture(page, "second-step-asked")
    page.locator("form[data-passkey] button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))
    assert watched.problems == []


def test_a_device_without_the_passkey_is_told_so_and_the_number_still_works(
    site: str, watched: Watched, axe: Check, cast: Cast
) -> None:
    page = watched.page
    page.goto(f"{site}/account/login/")
    _device(page)
    page.locator("form[data-passkey] button[type=submit]").click()
    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    axe(page)
    page.locator("[name=login]").fill(cast.ana.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.locator("[name=code]").fill(the_cast.next_number(cast.ana, typed=True))
    page.locator("main form button[type=submit]").first.click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))


def test_without_javascript_no_passkey_is_offered_and_the_app_works(
    site: str, browser: object, cast: Cast
) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{site}/account/login/")
    assert not page.locator("form[data-passkey] button").is_visible()
    page.locator("[name=login]").fill(cast.ana.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.locator("[name=code]").fill(the_cast.next_number(cast.ana, typed=True))
    page.locator("main form button[type=submit]").first.click()
    assert page.url.endswith("/")
    page.goto(f"{site}/account/2fa/webauthn/add/")
    assert page.locator("[data-passkey-unable]").is_visible()
    context.close()
