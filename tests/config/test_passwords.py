"""Passwords: long, not common, of any characters, taken as typed, changed with the present one; and
what a browser gets at a sign-in."""

from __future__ import annotations

import re

import pytest
from argon2 import extract_parameters
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.test import Client, override_settings

from ayni.config.hashing import CostlyArgon2
from tests.cast import PASSWORD, Cast, enter, sign_in

pytestmark = pytest.mark.django_db
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _signed_in(cast: Cast) -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, cast.ana)
    return client


def _change(cast: Cast, to: str, present: str = PASSWORD) -> bool:
    """Whether the password became the new one."""
    sent = {"oldpassword": present, "password1": to, "password2": to}
    _signed_in(cast).post("/account/password/change/", sent)
    cast.ana.refresh_from_db()
    return check_password(to, cast.ana.password)


@pytest.mark.parametrize("short", ["", "a", "k7#Lw9!pQ2z"])
def test_a_short_password_is_refused(short: str, cast: Cast) -> None:
    assert not _change(cast, short)


@pytest.mark.parametrize("common", ["qwertyuiop12", "abcdefghijkl", "1234567890123"])
def test_a_common_password_is_refused(common: str, cast: Cast) -> None:
    from django.contrib.auth.password_validation import CommonPasswordValidator

    known = CommonPasswordValidator().passwords
    long_enough = sorted(word for word in known if len(word) >= 12)
    assert len(known) >= 3000
    assert not _change(cast, common if common in known else long_enough[len(common)])


@pytest.mark.parametrize(
    "fine",
    ["siete palabras en una fila larga", "aaaaaaaaaaab", "ñandú ñandú ñandú", "😀" * 12,
     " spaces before and after ", "x" * 200 + "y"],
)  # fmt: skip
def test_a_long_password_of_any_characters_is_taken_as_typed(fine: str, cast: Cast) -> None:
    assert _change(cast, fine)
    assert not check_password(fine.upper() + fine.lower(), cast.ana.password)
    assert not check_password(
        fine.strip() if fine != fine.strip() else fine[:-1], cast.ana.password
    )


def test_a_password_is_changed_with_the_present_one_only(cast: Cast) -> None:
    assert not _change(cast, "another long enough one", present="wrong")
    assert _change(cast, "another long enough one")


def test_a_password_is_masked_and_managers_may_fill_it_in(cast: Cast) -> None:
    page = Client(headers={"host": "ar.localhost"}).get("/account/login/").content.decode()
    field = re.search(r'<input[^>]*name="password"[^>]*>', page)
    assert field is not None
    assert 'type="password"' in field[0]
    assert 'autocomplete="off"' not in field[0]
    assert "readonly" not in field[0]


def test_a_password_is_kept_by_argon2id_with_128_megabytes_and_three_passes() -> None:
    assert settings.AUTH_PASSWORD_VALIDATORS
    kept = CostlyArgon2().encode("a long enough one", CostlyArgon2().salt())
    told = extract_parameters(kept.removeprefix("argon2"))
    assert told.type.name == "ID"
    assert told.memory_cost >= 128 * 1024
    assert told.time_cost >= 3


@override_settings(AXES_ENABLED=False)
def test_a_sign_in_makes_a_new_session_of_165_random_bits(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost"})
    name, seen = settings.SESSION_COOKIE_NAME, set()
    for _ in range(3):
        sign_in(client, cast.ana)
        key = client.cookies[name].value
        assert re.fullmatch(r"[0-9a-z]{32}", key), "36 ** 32 is more than 2 ** 165"
        seen.add(key)
        before = dict(client.cookies)
        client.post("/account/logout/")
        client.cookies[name] = before[name].value
    assert len(seen) == 3


def test_a_session_that_somebody_else_chose_is_not_kept_at_sign_in(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost"})
    chosen = "a" * 32
    client.cookies[settings.SESSION_COOKIE_NAME] = chosen
    sign_in(client, cast.ana)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != chosen
    assert client.get("/").status_code == 200
