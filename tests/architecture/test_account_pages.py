"""Pages of signing in and of the own account, in the frame of all pages."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast, enter

SIGNED_IN = (
    "/account/logout/",
    "/account/2fa/",
    "/account/2fa/totp/activate/",
    "/account/password/change/",
    "/account/reauthenticate/",
)


@pytest.fixture
def ana(cast: Cast) -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    return client


@pytest.mark.parametrize("address", SIGNED_IN)
def test_account_page_stands_in_the_frame_of_all_pages(ana: Client, address: str) -> None:
    response = ana.get(address, follow=True)
    text = response.content.decode()
    assert response.status_code == 200
    assert "ayni-header" in text
    assert "ayni-navigation" in text
    assert "<h1" in text


@pytest.mark.parametrize("address", ["/account/login/", "/account/password/reset/"])
def test_page_for_those_not_signed_in_has_no_bar_of_officers(address: str) -> None:
    text = Client(headers={"host": "ar.localhost"}).get(address).content.decode()
    assert "ayni-header" in text
    assert "ayni-navigation" not in text
    assert 'href="/help/"' in text or address != "/account/login/"


def test_language_is_changed_by_post(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost"})
    answers = {"language": "pt-br", "next": "/account/login/"}
    text = client.post("/language/setlang/", answers, follow=True).content.decode()
    assert 'lang="pt-br"' in text
    assert "Entrar" in text


def test_wrong_password_is_told_in_a_summary_that_leads_to_the_field(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    answers = {"login": cast.ana.email, "password": "wrong"}
    text = client.post("/account/login/", answers).content.decode()
    assert "Hay un problema" in text
    assert "govuk-error-summary" in text
