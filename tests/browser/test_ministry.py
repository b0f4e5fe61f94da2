"""An officer links her ministry's sign-on and signs in with it, in Chromium, against a provider
that is not ours (oidc-provider-mock, on Authlib), in a process of its own."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.core.cache import cache
from playwright.sync_api import Page, expect

from ayni.config.ministry import Ministry
from ayni.members import api as members
from tests.browser.conftest import Watched
from tests.cast import PASSWORD, assemble, next_number

Check = Callable[[Page], None]
Picture = Callable[[Page, str], None]
NAME = "Ministerio de Ensayo"
LOOKS = "cdn.jsdelivr.net"


@pytest.fixture
def provider(settings: Any) -> Iterator[str]:
    cache.clear()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # A nonce is demanded; clients need not be registered.
    command = [
        sys.executable,
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce=true",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://localhost:{port}"
    try:
        _wait_for(f"{issuer}/.well-known/openid-configuration")
        settings.AYNI_MINISTRY = Ministry(issuer, "ayni-ar", NAME, "an invented secret")
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str) -> None:
    for _each in range(100):
        try:
            if requests.get(address, timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError("the provider did not start")


def _there(page: Page, subject: str, issuer: str) -> None:
    """At the provider's own pages, which ask another host for their looks."""
    page.wait_for_url(f"{issuer}/**")
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize").click()


def _without_looks(watched: Watched) -> None:
    watched.answered_here.add(LOOKS)
    watched.page.route(
        f"https://{LOOKS}/**",
        lambda route: route.fulfill(status=200, content_type="text/css", body=""),
    )


def _with_password(page: Page, site: str, email: str) -> None:
    page.goto(f"{site}/account/login/")
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Iniciar sesión", exact=True).click()
    _with_number(page, email)


def _with_number(page: Page, email: str) -> None:
    expect(page).to_have_url(re.compile("/account/2fa/authenticate/$"))
    page.locator("[name=code]").fill(next_number(members.user_by_email(email), typed=True))
    page.get_by_role("button", name="Iniciar sesión", exact=True).click()
    page.wait_for_load_state()


@pytest.mark.django_db(transaction=True)
def test_an_officer_links_her_ministry_and_signs_in_with_it(
    site: str,
    open_context: Callable[..., Watched],
    axe: Check,
    picture: Picture,
    provider: str,
) -> None:
    ana = assemble().ana
    first = open_context(locale="es")
    page = first.page
    _without_looks(first)
    # Not linked yet: told so, in her language.
    page.goto(f"{site}/account/login/")
    axe(page)
    picture(page, "ministry-sign-in")
    page.get_by_role("button", name=f"Iniciar sesión con {NAME}").click()
    _there(page, "0417", provider)
    expect(page.get_by_text("Este acceso no está vinculado")).to_be_visible()
    axe(page)
    picture(page, "ministry-not-linked")
    page.get_by_role("link", name="Volver al inicio de sesión").click()

    _with_password(page, site, ana.email)
    page.goto(f"{site}/account/2fa/")
    page.get_by_role("link", name="Vincularlo con esta cuenta o quitar el vínculo").click()
    axe(page)
    picture(page, "ministry-link")
    page.get_by_role("button", name="Vincular", exact=True).click()
    _there(page, "0417", provider)
    expect(page.get_by_text("Vinculado. Desde ahora puede iniciar sesión con él.")).to_be_visible()
    axe(page)
    picture(page, "ministry-linked")

    # In another browser, without a script.
    second = open_context(locale="es", java_script_enabled=False)
    page = second.page
    _without_looks(second)
    page.goto(f"{site}/account/login/?next=/account/ministry/")
    page.get_by_role("button", name=f"Iniciar sesión con {NAME}").click()
    _there(page, "0417", provider)
    _with_number(page, ana.email)
    expect(page.get_by_role("heading", name=f"Acceso con {NAME}")).to_be_visible()
    expect(page.get_by_role("button", name="Quitar el vínculo")).to_be_visible()
    assert first.problems == [problem for problem in first.problems if "403" in problem]


@pytest.mark.django_db(transaction=True)
def test_where_the_browser_does_not_go_on_by_itself_there_is_a_link(
    site: str, watched: Watched, axe: Check, picture: Picture, provider: str
) -> None:
    page = watched.page
    _without_looks(watched)
    there = f"{provider}/**"
    page.route(there, lambda route: route.abort("aborted"))
    page.goto(f"{site}/account/login/")
    page.get_by_role("button", name=NAME).click()
    axe(page)
    picture(page, "ministry-lead")
    page.unroute(there)
    page.locator("main").get_by_role("link").first.click()
    page.wait_for_url(there)
    assert watched.problems == []
