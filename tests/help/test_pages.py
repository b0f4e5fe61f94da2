"""Public pages: no question before the numbers, no cookie, no session, small, three languages."""

from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

LANGUAGES = {
    "es": "Si está en peligro ahora, llame a la policía",
    "pt": "Se você está em perigo agora, ligue para a polícia",
    "en": "If you are in danger now, call the police",
}
PAGES = ("", "in/uy/", "in/ve/", "write/", "what-happens/")
HOST = {"HTTP_HOST": "ar.localhost"}


@pytest.fixture
def stranger() -> Client:
    return Client(headers={"host": "ar.localhost"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_whom_to_call_stands_before_any_question(
    stranger: Client, language: str, path: str
) -> None:
    text = stranger.get(f"/help/{language}/{path}").content.decode()
    told = text.index(LANGUAGES[language])
    asked = re.search(r"<(input|textarea|select)\b", text)
    assert asked is None or told < asked.start()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_no_public_page_sets_a_cookie_or_reads_a_table(
    stranger: Client, language: str, path: str
) -> None:
    response = stranger.get(f"/help/{language}/{path}")  # without the db fixture a query fails
    assert response.status_code == 200
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_html_is_small(stranger: Client, path: str) -> None:
    assert len(stranger.get(f"/help/es/{path}").content) < 25_000


@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_a_way_out_that_is_only_a_link(stranger: Client, path: str) -> None:
    text = stranger.get(f"/help/pt/{path}").content.decode()
    assert 'href="https://pt.wikipedia.org/" role="button"' in text
    assert 'src="http' not in text


def test_number_is_shown_with_source_and_date_of_verification(stranger: Client) -> None:
    text = stranger.get("/help/es/").content.decode()
    assert 'href="tel:145"' in text
    assert "Ley 26.364" in text
    assert "24 de noviembre de 2026" in text


def test_country_without_a_verified_number_says_so(stranger: Client) -> None:
    text = stranger.get("/help/es/in/bo/").content.decode()
    assert "No conocemos en Bolivia ninguna línea de ayuda comprobada" in text
    assert "110" not in re.sub(r"\+54 9 11 4411 3057|tel:\+5491144113057", "", text)


def test_start_leads_to_the_language_of_the_browser(stranger: Client) -> None:
    response = stranger.get("/help/", headers={"accept-language": "pt-BR,pt;q=0.9"})
    assert response["Location"] == "/help/pt/"
    assert stranger.get("/help/", headers={"accept-language": "de"})["Location"] == "/help/es/"


def test_unknown_country_is_not_found(stranger: Client) -> None:
    assert stranger.get("/help/es/in/xx/").status_code == 404


def test_form_is_sent_by_post_and_no_field_can_come_from_an_address(stranger: Client) -> None:
    text = stranger.get("/help/es/write/?narrative=secret-marker").content.decode()
    assert "secret-marker" not in text
    assert f'<form method="post" action="{reverse("help:write", args=["es"])}"' in text


def test_what_was_typed_survives_an_error(stranger: Client) -> None:
    response = stranger.post("/help/es/write/", {"place": "Terminal de ómnibus", "method": "call"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "Terminal de ómnibus" in text
    assert 'href="#id_narrative"' in text
    assert 'id="id_address_error"' in text


def test_the_secretariat_shows_numbers_and_takes_no_notice(
    stranger: Client, settings: LazySettings
) -> None:
    settings.AYNI_NODE = "secretariat"
    text = stranger.get("/help/es/").content.decode()
    assert LANGUAGES["es"] in text
    assert "/help/es/in/uy/" in text
    assert "/help/es/write/" not in text
    assert stranger.get("/help/es/write/").status_code == 404
    assert stranger.post("/help/es/write/", {"narrative": "x"}).status_code == 404
