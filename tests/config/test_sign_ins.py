"""An officer sees where the own account is signed in and ends it there; a cookie that was carried
to another device ends its sign-in."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from ayni.audit.models import Entry
from ayni.config.sign_ins_views import device
from ayni.config.sitting import kind_of_device
from ayni.members import api as members
from tests.cast import Cast, sign_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEWER = FIREFOX.replace("140", "141")
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Mobile Safari/537.36"
)


def _signed_in(user: members.User, said: str) -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es", "user-agent": said})
    sign_in(client, user)
    return client


def _is_in(client: Client) -> bool:
    return bool(client.get("/cases/").status_code == 200)


def _numbers(client: Client) -> list[str]:
    page = client.get("/account/sign-ins/").content.decode()
    return re.findall(r'name="end" value="(\d+)"', page)


def test_every_sign_in_is_listed_with_its_device(cast: Cast) -> None:
    here = _signed_in(cast.ana, FIREFOX)
    _signed_in(cast.ana, PHONE)
    _signed_in(cast.luis, CHROME)
    page = here.get("/account/sign-ins/").content.decode()

    assert "Firefox, Linux" in page
    assert "Chrome, Android" in page
    assert "Windows" not in page, "another officer's"
    assert len(_numbers(here)) == 1, "not the one that is used now"


def test_one_sign_in_is_ended_and_the_others_go_on(cast: Cast) -> None:
    here, phone = _signed_in(cast.ana, FIREFOX), _signed_in(cast.ana, PHONE)
    third = _signed_in(cast.ana, CHROME)
    page = here.get("/account/sign-ins/").content.decode()
    number = re.search(r'value="(\d+)">[^<]*<span[^>]*>: Chrome, Android', page)
    assert number is not None

    here.post("/account/sign-ins/", {"end": number[1]})
    assert (_is_in(here), _is_in(phone), _is_in(third)) == (True, False, True)
    assert Entry.objects.filter(verb="members.end_sign_in", actor_id=cast.ana.id).count() == 1


def test_all_others_are_ended_at_once(cast: Cast) -> None:
    here, phone = _signed_in(cast.ana, FIREFOX), _signed_in(cast.ana, PHONE)
    other = _signed_in(cast.luis, CHROME)
    here.post("/account/sign-ins/", {"end": "others"})
    assert (_is_in(here), _is_in(phone), _is_in(other)) == (True, False, True)


@pytest.mark.parametrize("asked", ["", "0", "x", "99999999999999999999", "\x00"])
def test_what_is_no_sign_in_of_hers_ends_nothing(cast: Cast, asked: str) -> None:
    here, phone = _signed_in(cast.ana, FIREFOX), _signed_in(cast.ana, PHONE)
    assert here.post("/account/sign-ins/", {"end": asked}).status_code == 302
    assert _is_in(phone)


def test_nobody_ends_a_sign_in_of_somebody_else(cast: Cast) -> None:
    ana, luis = _signed_in(cast.ana, FIREFOX), _signed_in(cast.luis, CHROME)
    second = _signed_in(cast.luis, PHONE)
    for number in _numbers(luis):
        ana.post("/account/sign-ins/", {"end": number})
    assert _is_in(second)


def test_a_stolen_cookie_on_another_device_ends_the_sign_in_everywhere(cast: Cast) -> None:
    ana = _signed_in(cast.ana, FIREFOX)
    assert _is_in(ana)
    thief = Client(headers={"host": "ar.localhost", "accept-language": "es", "user-agent": CHROME})
    thief.cookies = ana.cookies

    answer = thief.get("/cases/", follow=True)
    assert answer.redirect_chain
    assert "otro dispositivo" in answer.content.decode()
    assert not _is_in(ana)
    entry = Entry.objects.get(verb="members.end_sign_in")
    assert entry.detail["why"] == "device"


def test_a_browser_that_was_brought_up_to_date_stays_signed_in(cast: Cast) -> None:
    ana = _signed_in(cast.ana, FIREFOX)
    assert _is_in(ana)
    newer = Client(headers={"host": "ar.localhost", "user-agent": NEWER})
    newer.cookies = ana.cookies
    assert _is_in(newer)


@given(said=st.text(max_size=400))
def test_whatever_a_browser_says_of_itself_is_taken(said: str) -> None:
    assert len(kind_of_device(said)) <= 200
    assert not re.search(r"[0-9]", kind_of_device(re.sub(r"\d", "7", said))) or not said.isascii()
    assert isinstance(device(said), str)
