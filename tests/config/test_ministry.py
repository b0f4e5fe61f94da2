"""A ministry's own sign-on, asked over HTTP: the whole way, and every answer that is refused."""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from ayni.audit.models import Entry
from ayni.config.ministry import Ministry
from ayni.members import api as members
from tests.cast import PASSWORD, SETUP, Cast
from tests.config.certificates import self_signed
from tests.config.provider import SECRET, Provider, running

SIGN_IN, RETURN = "/account/ministry/sign-in/", "/account/ministry/return/"
PAGE, LINK, UNLINK = "/account/ministry/", "/account/ministry/link/", "/account/ministry/unlink/"
UNLINKED = "Sign in with your e-mail address and your password."
UNVERIFIED = "could not be verified"


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    cache.clear()
    with running() as found:
        settings.AYNI_MINISTRY = found.ministry
        yield found


def _browser(language: str = "en") -> Client:
    return Client(headers={"host": "ar.localhost", "accept-language": language})


def _led(client: Client, address: str = SIGN_IN, **said: str) -> str:
    """Where a button leads: to the provider."""
    answer = client.post(address, said)
    assert answer.status_code == 200, answer.content
    led = answer["Refresh"].removeprefix("0; url=")
    assert answer.context["address"] == led
    return led


def _signed_in_there(led: str) -> str:
    """What somebody does at the provider; the way back."""
    answer = requests.get(led, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"http://ar.localhost{RETURN}"
    return f"{back.path}?{back.query}"


def _by_ministry(client: Client, address: str = SIGN_IN, **said: str):  # type: ignore[no-untyped-def]
    return client.get(_signed_in_there(_led(client, address, **said)))


def _password_in(user: members.User) -> Client:
    client = _browser()
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    client.post("/language/setlang/", {"language": "en"})
    return client


def _fresh(user: members.User) -> Client:
    """Signed in, and shown once more that it is she."""
    client = _password_in(user)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def _linked(user: members.User) -> Client:
    client = _fresh(user)
    answer = _by_ministry(client, LINK)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    return client


def _is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def _refused(answer, status: int, text: str) -> None:  # type: ignore[no-untyped-def]
    assert answer.status_code == status
    page = answer.content.decode()
    assert text in page
    assert "<h1" in page
    assert "What to do" in page


# ---- without it


@pytest.mark.parametrize("address", [SIGN_IN, RETURN, PAGE, LINK, UNLINK])
def test_where_no_ministry_is_set_up_there_is_no_route_and_no_button(
    cast: Cast, address: str
) -> None:
    for client in (_browser(), _fresh(cast.ana)):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert "ministry" not in _browser().get("/account/login/").content.decode()
    assert "ministry" not in _fresh(cast.ana).get("/account/2fa/").content.decode()


# ---- the whole way


def test_an_officer_links_the_sign_on_once_and_it_signs_her_in_from_then_on(
    cast: Cast, provider: Provider
) -> None:
    here = _linked(cast.ana)
    assert "Linked to your account since" in here.get(PAGE).content.decode()

    elsewhere = _browser()
    button = elsewhere.get("/account/login/").content.decode()
    assert "Sign in with Ministerio de Ensayo" in button
    answer = _by_ministry(elsewhere, next="/cases/")
    assert (answer.status_code, answer["Location"]) == (302, "/cases/")
    assert elsewhere.session["_auth_user_id"] == str(cast.ana.pk)

    entry = Entry.objects.get(verb="members.link_sign_on")
    assert (entry.actor_id, entry.subject) == (str(cast.ana.pk), str(cast.ana.pk))
    assert provider.subject not in json.dumps(entry.detail)


def test_of_the_provider_nothing_is_kept_but_issuer_and_subject(
    cast: Cast, provider: Provider
) -> None:
    provider.told = {"email": "ana@ministry.example", "name": "Ana Invented"}
    client = _linked(cast.ana)
    _by_ministry(client)

    row = SocialAccount.objects.get()
    assert (row.provider, row.uid, row.extra_data) == (provider.issuer, provider.subject, {})
    assert not SocialToken.objects.exists()
    kept = json.dumps(dict(client.session.items()), default=str)
    assert not any(each in kept for each in ("invented-access", "invented-refresh", "Invented"))


def test_the_database_refuses_a_token_a_provider_of_its_own_and_any_other_word(cast: Cast) -> None:
    pair = {"user": cast.ana, "provider": "https://one.example", "uid": "1"}
    row = SocialAccount.objects.create(**pair)
    for attempt in (
        lambda: SocialToken.objects.create(account=row, token="invented"),
        lambda: SocialApp.objects.create(provider="openid_connect", name="x", client_id="x"),
        lambda: SocialAccount.objects.create(**{**pair, "uid": "2"}),
        lambda: SocialAccount.objects.create(**{**pair, "user": cast.luis}),
        lambda: SocialAccount.objects.create(
            user=cast.luis, provider="https://one.example", uid="3", extra_data={"email": "x"}
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_she_shows_once_more_that_it_is_she_before_she_links_or_unlinks(
    cast: Cast, provider: Provider
) -> None:
    client = _password_in(cast.ana)
    for address in (LINK, UNLINK):
        answer = client.post(address)
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
    assert provider.asked == []

    # The form goes on where it was held up.
    client.post(LINK)
    led = client.post(f"/account/reauthenticate/?next={LINK}", {"password": PASSWORD})
    assert led["Refresh"].startswith(f"0; url={provider.issuer}/authorize?")
    assert client.get(LINK).status_code == 405, "a link alone links nothing"


def test_after_the_link_is_taken_away_only_the_password_signs_in(
    cast: Cast, provider: Provider
) -> None:
    client = _linked(cast.ana)
    page = client.post(UNLINK, follow=True).content.decode()
    assert "You sign in with your password." in page
    assert Entry.objects.filter(verb="members.unlink_sign_on", actor_id=cast.ana.pk).count() == 1

    stranger = _browser()
    _refused(_by_ministry(stranger), 403, UNLINKED)
    assert not _is_in(stranger)
    assert _is_in(_password_in(cast.ana))
    assert client.post(UNLINK).status_code == 302
    assert Entry.objects.filter(verb="members.unlink_sign_on").count() == 1, "it was gone already"


def test_the_last_way_in_is_not_taken_away(cast: Cast, provider: Provider) -> None:
    client = _linked(cast.ana)
    cast.ana.set_unusable_password()
    cast.ana.save()
    client = _browser()
    _by_ministry(client)
    client.post("/language/setlang/", {"language": "en"})

    _refused(client.post(UNLINK), 409, "You have no password")
    assert SocialAccount.objects.count() == 1


def test_the_second_step_stays_required_after_the_ministry(cast: Cast, provider: Provider) -> None:
    _linked(cast.ana)
    secret = generate_totp_secret()
    TOTP.activate(cast.ana, secret)
    client = _browser()

    answer = _by_ministry(client)
    assert answer["Location"].startswith("/account/2fa/authenticate/")
    assert not _is_in(client)
    assert client.get("/cases/").status_code == 302
    number = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post("/account/2fa/authenticate/", {"code": number})
    assert _is_in(client)


# ---- who gets nothing


def test_a_provider_that_tells_anothers_e_mail_gets_nothing(cast: Cast, provider: Provider) -> None:
    provider.told = {"email": cast.nadia.email, "email_verified": True}
    client = _browser()

    _refused(_by_ministry(client), 403, UNLINKED)
    assert not _is_in(client)
    assert members.User.objects.count() == 5, "and nobody signs up"
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "contraseña"), ("pt-br", "senha"), ("en", "password")],
)
def test_who_is_not_linked_is_told_what_to_do_in_three_languages(
    cast: Cast, provider: Provider, language: str, text: str
) -> None:
    page = _by_ministry(_browser(language))
    assert page.status_code == 403
    told = re.search(r"<h2.*?</p>", page.content.decode(), re.S)
    assert told is not None
    assert text in told[0]
    assert "Ministerio de Ensayo" in page.content.decode()


def test_a_stopped_account_is_refused(cast: Cast, provider: Provider) -> None:
    _linked(cast.ana)
    members.stop_user(by=SETUP, user_id=cast.ana.id)
    client = _browser()

    _refused(_by_ministry(client), 403, "This account was stopped.")
    assert not _is_in(client)


def test_a_subject_of_another_officer_is_not_linked_twice(cast: Cast, provider: Provider) -> None:
    _linked(cast.ana)
    luis = _fresh(cast.luis)

    answer = _by_ministry(luis, LINK)
    _refused(answer, 409, "linked already")
    assert "ana" not in answer.content.decode().lower().replace("buscarana", "")
    assert SocialAccount.objects.get().user == cast.ana
    assert not Entry.objects.filter(verb="members.link_sign_on", actor_id=cast.luis.pk).exists()


def test_a_second_subject_is_not_linked_to_the_same_officer(cast: Cast, provider: Provider) -> None:
    client = _linked(cast.ana)
    _refused(client.post(LINK), 409, "linked already")


def test_the_same_number_at_another_ministry_is_somebody_else(
    cast: Cast, provider: Provider, settings: Settings
) -> None:
    _linked(cast.ana)
    with running() as other:
        other.subject = provider.subject
        settings.AYNI_MINISTRY = other.ministry
        _refused(_by_ministry(_browser()), 403, UNLINKED)


def test_a_link_that_another_officer_began_is_not_finished(cast: Cast, provider: Provider) -> None:
    client = _fresh(cast.ana)
    back = _signed_in_there(_led(client, LINK))
    client.force_login(cast.luis, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(back).status_code == 400
    assert not SocialAccount.objects.exists()


# ---- what comes back wrongly


def test_a_state_of_another_browser_of_long_ago_or_used_once_is_refused(
    cast: Cast, provider: Provider
) -> None:
    _linked(cast.ana)
    hers, thief = _browser(), _browser()
    back = _signed_in_there(_led(hers))
    _refused(thief.get(back), 400, "in another browser")
    assert hers.get(back).status_code == 302
    assert thief.get(RETURN).status_code == 400
    assert hers.get(back).status_code == 400, "once only"

    late = _browser()
    back = _signed_in_there(_led(late))
    with time_machine.travel(time.time() + 601, tick=True):
        assert late.get(back).status_code == 400
    assert not _is_in(late)


def test_a_code_of_somebody_elses_attempt_is_refused_by_pkce(
    cast: Cast, provider: Provider
) -> None:
    _linked(cast.ana)
    hers, thief = _browser(), _browser()
    stolen = parse_qs(urlsplit(_signed_in_there(_led(hers))).query)["code"][0]
    state = parse_qs(urlsplit(_led(thief)).query)["state"][0]

    _refused(thief.get(RETURN, {"code": stolen, "state": state}), 502, UNVERIFIED)
    assert not _is_in(thief)


@pytest.mark.parametrize(
    "lie",
    [
        {"told": {"nonce": "of another attempt"}},
        {"without": ("nonce",)},
        {"told": {"aud": "another-client"}},
        {"told": {"aud": ["ayni-ar", "another-client"]}},
        {"told": {"azp": "another-client"}},
        {"told": {"iss": "https://another.example"}},
        {"told": {"exp": 1_700_000_000, "iat": 1_699_999_000}},
        {"without": ("exp",)},
        {"told": {"iat": 4_000_000_000, "exp": 4_000_000_300}},
        {"signs_with": "stranger"},
        {"kid": "stranger"},
        {"signs_with": "secret", "algorithm": "HS256"},
        {"algorithm": "none"},
        {"without": ("sub",)},
        {"told": {"sub": ""}},
        {"told": {"sub": 417}},
        {"told": {"sub": "x" * 192}},
        {"told": {"sub": "a\x00b"}},
        {"answers": {"/token": (200, b"[]")}},
        {"answers": {"/token": (200, b"not json")}},
        {"answers": {"/token": (200, b'{"access_token": "x"}')}},
        {"answers": {"/token": (200, b'{"access_token": "x", "id_token": "x.y"}')}},
        {"answers": {"/token": (200, '{"access_token": "x", "id_token": "ñ"}'.encode())}},
        {"answers": {"/token": (200, b'{"access_token": "x", "id_token": {}}')}},
        {"answers": {"/token": (400, b'{"error": "invalid_grant"}')}},
        {"answers": {"/token": (302, b"{}")}},
        {"answers": {"/keys": (200, b'{"keys": [{"kid": "first", "kty": "RSA", "n": "!"}]}')}},
        {"answers": {"/keys": (200, b'{"keys": [{"kid": "first"}]}')}},
        {"answers": {"/keys": (200, b'{"keys": [7]}')}},
        {"answers": {"/keys": (200, b'{"keys": 7}')}},
        {"answers": {"/keys": (200, b"{}")}},
        {"answers": {"/keys": (200, b"[" * 100_000)}},
        {"answers": {"/keys": (200, b'{"x": "' + b"x" * 300_000 + b'"}')}},
    ],
    ids=str,
)
def test_what_the_provider_may_not_say_signs_nobody_in(
    cast: Cast, provider: Provider, lie: dict[str, object]
) -> None:
    _linked(cast.ana)
    for name, value in lie.items():
        setattr(provider, name, value)
    client = _browser()

    _refused(_by_ministry(client), 502, UNVERIFIED)
    assert not _is_in(client)


def test_a_way_back_from_another_issuer_is_refused(cast: Cast, provider: Provider) -> None:
    _linked(cast.ana)
    client = _browser()
    back = _signed_in_there(_led(client))
    _refused(client.get(f"{back}&iss=https%3A%2F%2Fanother.example"), 502, UNVERIFIED)


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.example"},
        {"issuer": None},
        {"authorization_endpoint": "http://ministry.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": 7},
        {"jwks_uri": "file:///etc/passwd"},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_not_left_for(
    provider: Provider, described: dict[str, object], db: None
) -> None:
    provider.described = described
    _refused(_browser().post(SIGN_IN), 502, UNVERIFIED)


def test_who_turns_back_at_the_ministry_is_told_so(provider: Provider, db: None) -> None:
    client = _browser()
    state = parse_qs(urlsplit(_led(client)).query)["state"][0]
    answer = client.get(RETURN, {"error": "access_denied", "state": state})
    _refused(answer, 403, "On the pages of your ministry")


# ---- when it does not answer


def test_while_the_provider_is_down_the_password_works_and_nobody_waits_twice(
    cast: Cast, settings: Settings
) -> None:
    cache.clear()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = nobody.getsockname()[1]
    settings.AYNI_MINISTRY = Ministry(f"http://localhost:{closed}", "x", "Ministerio", SECRET)
    for _each in range(2):
        answer = _browser().post(SIGN_IN)
        _refused(answer, 503, "It does not answer now.")
        assert answer["Retry-After"] == "10"
    assert _is_in(_password_in(cast.ana))


def test_a_provider_that_comes_back_is_asked_again(
    provider: Provider, db: None, settings: Settings
) -> None:
    provider.answers = {"/.well-known/openid-configuration": (503, b"{}")}
    assert _browser().post(SIGN_IN).status_code == 503
    provider.answers = {}
    assert _browser().post(SIGN_IN).status_code == 503
    assert len(provider.asked) == 1, "it was left in peace for some seconds"
    with time_machine.travel(time.time() + 11, tick=True):
        assert _browser().post(SIGN_IN).status_code == 200
    assert len(provider.asked) == 2


@pytest.mark.parametrize(("pause", "why"), [(6.0, "ReadTimeoutError"), (1.0, "too_slow")])
def test_a_slow_provider_holds_a_page_up_for_some_seconds_only(
    provider: Provider, db: None, caplog: pytest.LogCaptureFixture, pause: float, why: str
) -> None:
    provider.slow = {"/.well-known/openid-configuration": pause}
    _refused(_browser().post(SIGN_IN), 503, "It does not answer now.")
    (line,) = [record for record in caplog.records if record.name == "ayni.ministry"]
    assert line.ids["why"] == why  # type: ignore[attr-defined]


def test_a_provider_without_a_good_certificate_is_not_asked(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    cache.clear()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*self_signed(tmp_path, "localhost"))
    with running(tls) as impostor:
        settings.AYNI_MINISTRY = impostor.ministry
        _refused(_browser().post(SIGN_IN), 503, "It does not answer now.")
        assert impostor.asked == []


@pytest.mark.parametrize("path", ["/token", "/keys"])
def test_a_provider_that_fails_half_way_signs_nobody_in(
    cast: Cast, provider: Provider, path: str
) -> None:
    _linked(cast.ana)
    provider.answers = {path: (500, b"oops")}
    client = _browser()
    _refused(_by_ministry(client), 503, "It does not answer now.")
    assert not _is_in(client)


def test_refusals_are_logged_with_ids_only(
    cast: Cast, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.told = {"email": cast.ana.email, "nonce": "of another attempt"}
    with caplog.at_level(logging.INFO):
        _by_ministry(_browser())
    (line,) = [record for record in caplog.records if record.name == "ayni.ministry"]
    assert line.ids == {"code": "sign_on_not_understood", "why": "nonce"}  # type: ignore[attr-defined]
    said = " ".join(record.getMessage() for record in caplog.records if "ayni" in record.name)
    assert not any(each in said for each in (provider.subject, cast.ana.email, "code-"))


# ---- the page in between


def test_the_page_in_between_keeps_the_policy_of_forms(provider: Provider, db: None) -> None:
    for answer in (_browser().get("/account/login/"), _browser().post(SIGN_IN)):
        assert "form-action 'self';" in answer["Content-Security-Policy"] + ";"
        assert "localhost:" not in answer["Content-Security-Policy"]
    assert _browser().get(SIGN_IN).status_code == 405, "nobody is led away by a link"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_led_elsewhere_after_signing_in(
    cast: Cast, provider: Provider, elsewhere: str
) -> None:
    _linked(cast.ana)
    assert _by_ministry(_browser(), next=elsewhere)["Location"] == "/"
