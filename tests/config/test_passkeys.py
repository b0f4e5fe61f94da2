"""Passkeys: they sign in by themselves, belong to this node's host and to no other, and ask for a
finger, a face or a PIN."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from fido2.webauthn import AuthenticatorData

from ayni.config import second_step
from ayni.members import api as members
from tests.cast import Cast, sign_in
from tests.config.authenticator import Passkey

HOST = {"host": "ar.localhost", "accept-language": "es"}
ADD, LOGIN = "/account/2fa/webauthn/add/", "/account/2fa/webauthn/login/"
HERE = "http://ar.localhost"


def _options(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="js_data" type="application/json">(.*?)</script>', page)
    assert found is not None
    options: dict[str, Any] = json.loads(found[1])
    return options


def _add(client: Client, key: Passkey) -> str:
    """Add a passkey; where that leads, or what is said."""
    options = _options(client.get(ADD).content.decode())
    answer = client.post(
        ADD, {"name": "laptop", "passwordless": "on", "credential": key.made(options)}
    )
    return str(answer.headers.get("Location", "")) or answer.content.decode()


def _login(client: Client, key: Passkey) -> str:
    asked = client.get(LOGIN, headers={"accept": "application/json"}).json()
    return str(client.post(LOGIN, {"credential": key.used(asked)})["Location"])


@pytest.fixture
def ana(cast: Cast) -> Client:
    """Ana, who has just signed in with her app."""
    client = Client(headers=HOST)
    sign_in(client, cast.ana)
    return client


def test_a_passkey_signs_in_without_a_password(cast: Cast, ana: Client) -> None:
    key = Passkey("ar.localhost", HERE)
    assert _add(ana, key).startswith("/account/2fa/")
    assert second_step.has_passkey(cast.ana)

    elsewhere = Client(headers=HOST)
    assert _login(elsewhere, key) == "/"
    page = elsewhere.get("/cases/")
    assert page.status_code == 200


def test_a_passkey_is_the_second_step_after_a_password(cast: Cast, ana: Client) -> None:
    from tests.cast import PASSWORD

    key = Passkey("ar.localhost", HERE)
    _add(ana, key)
    client = Client(headers=HOST)
    client.post("/account/login/", {"login": cast.ana.email, "password": PASSWORD})
    asked = _options(client.get("/account/2fa/authenticate/").content.decode())
    answer = client.post("/account/2fa/authenticate/", {"credential": key.used(asked)})
    assert answer["Location"] == "/"
    assert client.get("/cases/").status_code == 200


@pytest.mark.parametrize("host", ["ayni.example", "localhost", "bo.localhost"])
def test_a_passkey_for_another_host_is_refused(host: str, cast: Cast, ana: Client) -> None:
    assert "js_data" in _add(ana, Passkey(host, f"https://{host}")), "the form is shown again"
    assert not second_step.has_passkey(cast.ana)

    key = Passkey("ar.localhost", HERE)
    _add(ana, key)
    key.host, key.origin = host, f"https://{host}"
    stranger = Client(headers=HOST)
    assert _login(stranger, key) == "/account/login/"
    assert stranger.get("/cases/").status_code == 302


def test_a_passkey_that_asks_for_nothing_is_refused(cast: Cast, ana: Client) -> None:
    key = Passkey("ar.localhost", HERE, flags=AuthenticatorData.FLAG.UP)
    assert "js_data" in _add(ana, key)
    assert not second_step.has_passkey(cast.ana)


def test_a_passkey_that_was_removed_signs_nobody_in(cast: Cast, ana: Client) -> None:
    key = Passkey("ar.localhost", HERE)
    _add(ana, key)
    page = ana.get("/account/2fa/webauthn/").content.decode()
    remove = re.search(r'href="(/account/2fa/webauthn/keys/\d+/remove/)"', page)
    assert remove is not None
    ana.post(remove[1])
    assert _login(Client(headers=HOST), key) == "/account/login/"


def test_a_passkey_of_another_officer_is_not_removed(cast: Cast, ana: Client) -> None:
    _add(ana, Passkey("ar.localhost", HERE))
    page = ana.get("/account/2fa/webauthn/").content.decode()
    remove = re.search(r'href="(/account/2fa/webauthn/keys/\d+/remove/)"', page)
    assert remove is not None
    luis = Client(headers=HOST)
    sign_in(luis, cast.luis)
    assert luis.post(remove[1]).status_code == 404
    assert second_step.has_passkey(cast.ana)


def test_an_answer_to_an_old_question_is_refused(cast: Cast, ana: Client) -> None:
    key = Passkey("ar.localhost", HERE)
    _add(ana, key)
    client = Client(headers=HOST)
    asked = client.get(LOGIN, headers={"accept": "application/json"}).json()
    said = key.used(asked)
    assert client.post(LOGIN, {"credential": said})["Location"] == "/"
    again = Client(headers=HOST)
    again.get(LOGIN, headers={"accept": "application/json"})
    assert again.post(LOGIN, {"credential": said})["Location"] == "/account/login/"
    broken = json.loads(said)
    odd_ones = [{}, [], None, {"id": 1}, {**broken, "response": {}}, {**broken, "rawId": 7}]
    odd_ones += [
        {**broken, "response": {**broken["response"], k: "AA"}} for k in broken["response"]
    ]
    for odd in ["", *(json.dumps(one) for one in odd_ones)]:
        assert again.post(LOGIN, {"credential": odd})["Location"] == "/account/login/", odd


def test_an_odd_new_passkey_is_refused_with_a_sentence(cast: Cast, ana: Client) -> None:
    key = Passkey("ar.localhost", HERE)
    good = json.loads(key.made(_options(ana.get(ADD).content.decode())))
    odd_ones = [{}, [], None, 7, {**good, "response": {}}, {**good, "rawId": []}]
    odd_ones += [{**good, "response": {**good["response"], k: "AA"}} for k in good["response"]]
    for odd in odd_ones:
        sent = {"name": "laptop", "passwordless": "on", "credential": json.dumps(odd)}
        page = ana.post(ADD, sent)
        assert page.status_code == 200, odd
    assert not second_step.has_passkey(cast.ana)


def test_a_stopped_officer_is_not_signed_in_by_a_passkey(cast: Cast, ana: Client) -> None:
    from tests.cast import SETUP

    key = Passkey("ar.localhost", HERE)
    _add(ana, key)
    members.stop_user(by=SETUP, user_id=cast.ana.id)
    stranger = Client(headers=HOST)
    _login(stranger, key)
    assert stranger.get("/cases/").status_code == 302
