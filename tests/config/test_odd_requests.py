"""What no browser of ours sends is turned away with a page, and never with a failure."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from ayni.config import account_urls
from ayni.members import api as members
from tests.cast import PASSWORD, Cast, enter

HOST = "ar.localhost"


@pytest.fixture
def stranger() -> Client:
    return Client(headers={"host": HOST, "accept-language": "es"}, enforce_csrf_checks=True)


@pytest.fixture
def ana(cast: Cast) -> Client:
    client = Client(headers={"host": HOST, "accept-language": "es"})
    enter(client, cast.ana)
    return client


@pytest.mark.parametrize("path", ["/help/es/write/", "/account/login/", "/cases/"])
@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "cp037"])
def test_a_form_in_another_encoding_is_turned_away(
    stranger: Client, path: str, charset: str
) -> None:
    stranger.get("/account/login/")

    answer = stranger.post(
        path, b"x=1", content_type=f"application/x-www-form-urlencoded; charset={charset}"
    )

    assert answer.status_code == 400
    assert "No se entendió el pedido" in answer.content.decode()
    assert not answer.cookies


def test_a_form_that_names_our_encoding_is_understood(ana: Client) -> None:
    answer = ana.post(
        "/cases/", b"", content_type="application/x-www-form-urlencoded; charset=UTF-8"
    )
    assert answer.status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "localhost", "[::1]", "evil.example"])
def test_machines_ask_at_the_address_of_one_process_and_learn_nothing_of_its_name(
    stranger: Client, host: str, settings: Any
) -> None:
    settings.AYNI_METRICS_TOKEN = "invented"
    told = {"host": host, "authorization": "Bearer invented"}
    for path in ("/health", "/watch/ready", "/watch/metrics"):
        answer = stranger.get(path, headers=told)
        assert answer.status_code == 200, path
        assert host.encode() not in answer.content
    assert stranger.get("/watch/metrics", headers={"host": host}).status_code == 404
    assert stranger.get("/watch/", headers=told).status_code == 400


def test_another_host_is_turned_away(stranger: Client) -> None:
    answer = stranger.get("/account/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize("value", ["abcdefgh\0ij", "x" * 5000, "á" * 32, ""])
def test_a_session_cookie_that_cannot_be_one_is_nobody(stranger: Client, value: str) -> None:
    stranger.cookies["ayni_ar_session"] = value
    assert stranger.get("/account/login/").status_code == 200
    assert stranger.get("/cases/").status_code == 302


def test_an_address_that_is_only_a_button_leads_back_to_its_page(ana: Client) -> None:
    answer = ana.get("/cases/0190aaaa-0000-7000-8000-000000000000/identity")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert 'href="/cases/0190aaaa-0000-7000-8000-000000000000"' in answer.content.decode()


def test_of_the_account_pages_only_those_of_an_officer_are_there(ana: Client) -> None:
    """Whoever finds an open session must not change where a new password would be sent."""
    named = [p for p in account_urls.urlpatterns if isinstance(p, URLPattern)]
    shut = {p.name for p in named if p.callback is account_urls.closed}
    assert {p.name for p in named} - shut == account_urls.OPEN | {"conduct", "sign_ins"}
    for path in ("email/", "signup/", "confirm-email/", "password/set/"):
        assert ana.get(f"/account/{path}").status_code == 404
        sent = {"action_add": "", "email": "e@x.example"}
        assert ana.post(f"/account/{path}", sent).status_code == 404


def test_wrong_passwords_from_elsewhere_lock_nobody_out(cast: Cast) -> None:
    wrong = {"login": cast.ana.email, "password": "wrong"}
    right = {"login": cast.ana.email, "password": PASSWORD}
    for _ in range(12):
        elsewhere = Client(headers={"host": HOST}, REMOTE_ADDR="127.0.0.7")
        assert elsewhere.post("/account/login/", wrong).status_code != 302

    answer = Client(headers={"host": HOST}, REMOTE_ADDR="127.0.0.9").post("/account/login/", right)

    assert answer.status_code == 302


def test_after_very_many_attempts_from_one_network_a_page_says_what_to_do(cast: Cast) -> None:
    answers = []
    for number in range(40):
        client = Client(headers={"host": HOST, "accept-language": "es"}, REMOTE_ADDR="127.0.0.77")
        who = f"nobody{number}@x.example"
        answers.append(client.post("/account/login/", {"login": who, "password": "wrong"}))
        if answers[-1].status_code == 429:
            break
    assert answers[-1].status_code == 429
    assert "Demasiados intentos" in answers[-1].content.decode()


def test_no_mail_goes_to_an_address_without_account(
    cast: Cast, stranger: Client, mailoutbox: list[object]
) -> None:
    client = Client(headers={"host": HOST})
    answer = client.post("/account/password/reset/", {"email": "stranger@x.example"})
    assert answer.status_code == 302, "whether the account exists is not told"
    assert mailoutbox == []

    client.post("/account/password/reset/", {"email": cast.ana.email})
    assert len(mailoutbox) == 1
    assert members.User.objects.filter(email="stranger@x.example").count() == 0
