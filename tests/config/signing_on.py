"""What officers do at the sign-on of their ministry, by requests of a test client."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from django.test import Client

from ayni.members import api as members
from tests.cast import PASSWORD, next_number, sign_in

SIGN_IN, RETURN = "/account/ministry/sign-in/", "/account/ministry/return/"
PAGE, LINK, UNLINK = "/account/ministry/", "/account/ministry/link/", "/account/ministry/unlink/"


def browser(language: str = "en") -> Client:
    return Client(headers={"host": "ar.localhost", "accept-language": language})


def led(client: Client, address: str = SIGN_IN, **said: str) -> str:
    """Where a button leads: to the provider."""
    answer = client.post(address, said)
    assert answer.status_code == 200, answer.content
    address = answer["Refresh"].removeprefix("0; url=")
    assert answer.context["address"] == address
    return str(address)


def signed_in_there(address: str) -> str:
    """What somebody does at the provider; the way back."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"http://ar.localhost{RETURN}"
    return f"{back.path}?{back.query}"


def by_ministry(client: Client, address: str = SIGN_IN, **said: str) -> Any:
    return client.get(signed_in_there(led(client, address, **said)))


def password_in(user: members.User) -> Client:
    client = browser()
    sign_in(client, user)
    client.post("/language/setlang/", {"language": "en"})
    return client


def fresh(user: members.User) -> Client:
    """Signed in, and shown once more that it is she."""
    client = password_in(user)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def linked(user: members.User) -> Client:
    client = fresh(user)
    answer = by_ministry(client, LINK)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def refused(answer: Any, status: int, text: str) -> None:
    assert answer.status_code == status
    page = answer.content.decode()
    assert text in page
    assert "<h1" in page
    assert "What to do" in page


def both_steps(client: Client, user: members.User, answer: Any) -> Any:
    """The sign-on asked for the second step as every sign-in does; where that leads."""
    assert (answer.status_code, answer["Location"]) == (302, "/account/2fa/authenticate/")
    assert not is_in(client)
    return client.post(answer["Location"], {"code": next_number(user)})
