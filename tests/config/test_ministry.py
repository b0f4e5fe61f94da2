"""A ministry's own sign-on, asked over HTTP: the whole way, and every answer that is refused."""

from __future__ import annotations

import json
import logging
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from pytest_django import Settings

from ayni.audit.models import Entry
from ayni.members import api as members
from ayni.members.tasks import drop_sessions
from tests.cast import PASSWORD, SETUP, Cast, enter, next_number
from tests.config.provider import Provider, running
from tests.config.signing_on import (
    LINK,
    PAGE,
    RETURN,
    SIGN_IN,
    UNLINK,
    both_steps,
    browser,
    by_ministry,
    fresh,
    is_in,
    led,
    linked,
    password_in,
    refused,
    signed_in_there,
)

UNLINKED = "Sign in with your e-mail address and your password."
UNVERIFIED = "could not be verified"


# ---- without it


@pytest.mark.parametrize("address", [SIGN_IN, RETURN, PAGE, LINK, UNLINK])
def test_where_no_ministry_is_set_up_there_is_no_route_and_no_button(
    cast: Cast, address: str
) -> None:
    for client in (browser(), fresh(cast.ana)):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert "ministry" not in browser().get("/account/login/").content.decode()
    assert "ministry" not in fresh(cast.ana).get("/account/2fa/").content.decode()


# ---- the whole way


def test_an_officer_links_the_sign_on_once_and_it_signs_her_in_from_then_on(
    cast: Cast, provider: Provider
) -> None:
    here = linked(cast.ana)
    assert "Linked to your account since" in here.get(PAGE).content.decode()

    elsewhere = browser()
    button = elsewhere.get("/account/login/").content.decode()
    assert "Sign in with Ministerio de Ensayo" in button
    answer = both_steps(elsewhere, cast.ana, by_ministry(elsewhere, next="/cases/"))
    assert (answer.status_code, answer["Location"]) == (302, "/cases/")
    assert elsewhere.session["_auth_user_id"] == str(cast.ana.pk)

    entry = Entry.objects.get(verb="members.link_sign_on")
    assert (entry.actor_id, entry.subject) == (str(cast.ana.pk), str(cast.ana.pk))
    assert provider.subject not in json.dumps(entry.detail)


def test_of_the_provider_nothing_is_kept_but_issuer_and_subject(
    cast: Cast, provider: Provider
) -> None:
    provider.told = {"email": "ana@ministry.example", "name": "Ana Invented"}
    client = linked(cast.ana)
    by_ministry(client)

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
    client = browser()
    enter(client, cast.ana)
    client.post("/language/setlang/", {"language": "en"})
    for address in (LINK, UNLINK):
        answer = client.post(address)
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
    assert provider.asked == []

    # The form goes on where it was held up.
    client.post(LINK)
    goes_on = client.post(f"/account/reauthenticate/?next={LINK}", {"password": PASSWORD})
    assert goes_on["Refresh"].startswith(f"0; url={provider.issuer}/authorize?")
    assert client.get(LINK).status_code == 405, "a link alone links nothing"


def test_after_the_link_is_taken_away_only_the_password_signs_in(
    cast: Cast, provider: Provider
) -> None:
    client = linked(cast.ana)
    page = client.post(UNLINK, follow=True).content.decode()
    assert "You sign in with your password." in page
    assert Entry.objects.filter(verb="members.unlink_sign_on", actor_id=cast.ana.pk).count() == 1

    stranger = browser()
    refused(by_ministry(stranger), 403, UNLINKED)
    assert not is_in(stranger)
    assert is_in(password_in(cast.ana))
    assert client.post(UNLINK).status_code == 302
    assert Entry.objects.filter(verb="members.unlink_sign_on").count() == 1, "it was gone already"


def test_the_last_way_in_is_not_taken_away(cast: Cast, provider: Provider) -> None:
    client = linked(cast.ana)
    cast.ana.set_unusable_password()
    cast.ana.save()
    client = browser()
    both_steps(client, cast.ana, by_ministry(client))
    client.post("/language/setlang/", {"language": "en"})

    refused(client.post(UNLINK), 409, "You have no password")
    assert SocialAccount.objects.count() == 1


def test_the_second_step_stays_required_after_the_ministry(cast: Cast, provider: Provider) -> None:
    linked(cast.ana)
    client = browser()

    answer = by_ministry(client)
    assert answer["Location"].startswith("/account/2fa/authenticate/")
    assert not is_in(client)
    assert client.get("/cases/").status_code == 302
    client.post("/account/2fa/authenticate/", {"code": next_number(cast.ana)})
    assert is_in(client)


# ---- who gets nothing


def test_a_provider_that_tells_anothers_e_mail_gets_nothing(cast: Cast, provider: Provider) -> None:
    provider.told = {"email": cast.nadia.email, "email_verified": True}
    client = browser()

    refused(by_ministry(client), 403, UNLINKED)
    assert not is_in(client)
    assert members.User.objects.count() == 5, "and nobody signs up"
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "contraseña"), ("pt-br", "senha"), ("en", "password")],
)
def test_who_is_not_linked_is_told_what_to_do_in_three_languages(
    cast: Cast, provider: Provider, language: str, text: str
) -> None:
    page = by_ministry(browser(language))
    assert page.status_code == 403
    told = re.search(r"<h2.*?</p>", page.content.decode(), re.S)
    assert told is not None
    assert text in told[0]
    assert "Ministerio de Ensayo" in page.content.decode()


def test_a_stopped_account_is_refused(cast: Cast, provider: Provider) -> None:
    linked(cast.ana)
    members.stop_user(by=SETUP, user_id=cast.ana.id)
    client = browser()

    refused(by_ministry(client), 403, "This account was stopped.")
    assert not is_in(client)


def test_a_subject_of_another_officer_is_not_linked_twice(cast: Cast, provider: Provider) -> None:
    linked(cast.ana)
    luis = fresh(cast.luis)

    answer = by_ministry(luis, LINK)
    refused(answer, 409, "linked already")
    assert "ana" not in answer.content.decode().lower().replace("buscarana", "")
    assert SocialAccount.objects.get().user == cast.ana
    assert not Entry.objects.filter(verb="members.link_sign_on", actor_id=cast.luis.pk).exists()


def test_a_second_subject_is_not_linked_to_the_same_officer(cast: Cast, provider: Provider) -> None:
    client = linked(cast.ana)
    refused(client.post(LINK), 409, "linked already")


def test_the_same_number_at_another_ministry_is_somebody_else(
    cast: Cast, provider: Provider, settings: Settings
) -> None:
    linked(cast.ana)
    with running() as other:
        other.subject = provider.subject
        settings.AYNI_MINISTRY = other.ministry
        refused(by_ministry(browser()), 403, UNLINKED)


def test_a_link_that_another_officer_began_is_not_finished(cast: Cast, provider: Provider) -> None:
    client = fresh(cast.ana)
    back = signed_in_there(led(client, LINK))
    enter(client, cast.luis)

    assert client.get(back).status_code == 400
    assert not SocialAccount.objects.exists()


# ---- what comes back wrongly


def test_a_state_of_another_browser_of_long_ago_or_used_once_is_refused(
    cast: Cast, provider: Provider
) -> None:
    linked(cast.ana)
    hers, thief = browser(), browser()
    back = signed_in_there(led(hers))
    refused(thief.get(back), 400, "in another browser")
    assert hers.get(back).status_code == 302
    assert thief.get(RETURN).status_code == 400
    assert hers.get(back).status_code == 400, "once only"

    late = browser()
    back = signed_in_there(led(late))
    with time_machine.travel(time.time() + 601, tick=True):
        assert late.get(back).status_code == 400
    assert not is_in(late)


def test_a_code_of_somebody_elses_attempt_is_refused_by_pkce(
    cast: Cast, provider: Provider
) -> None:
    linked(cast.ana)
    hers, thief = browser(), browser()
    stolen = parse_qs(urlsplit(signed_in_there(led(hers))).query)["code"][0]
    state = parse_qs(urlsplit(led(thief)).query)["state"][0]

    refused(thief.get(RETURN, {"code": stolen, "state": state}), 502, UNVERIFIED)
    assert not is_in(thief)


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
    linked(cast.ana)
    for name, value in lie.items():
        setattr(provider, name, value)
    client = browser()

    refused(by_ministry(client), 502, UNVERIFIED)
    assert not is_in(client)


def test_a_way_back_from_another_issuer_is_refused(cast: Cast, provider: Provider) -> None:
    linked(cast.ana)
    client = browser()
    back = signed_in_there(led(client))
    refused(client.get(f"{back}&iss=https%3A%2F%2Fanother.example"), 502, UNVERIFIED)


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
    refused(browser().post(SIGN_IN), 502, UNVERIFIED)


def test_who_turns_back_at_the_ministry_is_told_so(provider: Provider, db: None) -> None:
    client = browser()
    state = parse_qs(urlsplit(led(client)).query)["state"][0]
    answer = client.get(RETURN, {"error": "access_denied", "state": state})
    refused(answer, 403, "On the pages of your ministry")


def test_refusals_are_logged_with_ids_only(
    cast: Cast, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.told = {"email": cast.ana.email, "nonce": "of another attempt"}
    with caplog.at_level(logging.INFO):
        by_ministry(browser())
    (line,) = [record for record in caplog.records if record.name == "ayni.ministry"]
    assert line.ids == {"code": "sign_on_not_understood", "why": "nonce"}  # type: ignore[attr-defined]
    said = " ".join(record.getMessage() for record in caplog.records if "ayni" in record.name)
    assert not any(each in said for each in (provider.subject, cast.ana.email, "code-"))


# ---- the page in between


def test_the_page_in_between_keeps_the_policy_of_forms(provider: Provider, db: None) -> None:
    for answer in (browser().get("/account/login/"), browser().post(SIGN_IN)):
        assert "form-action 'self';" in answer["Content-Security-Policy"] + ";"
        assert "localhost:" not in answer["Content-Security-Policy"]
    assert browser().get(SIGN_IN).status_code == 405, "nobody is led away by a link"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_led_elsewhere_after_signing_in(
    cast: Cast, provider: Provider, elsewhere: str
) -> None:
    linked(cast.ana)
    client = browser()
    answer = both_steps(client, cast.ana, by_ministry(client, next=elsewhere))
    assert answer["Location"] == "/"


def test_an_attempt_that_nobody_finished_leaves_nothing_behind(
    cast: Cast, provider: Provider
) -> None:
    start = datetime(2026, 11, 28, 12, tzinfo=UTC)
    with time_machine.travel(start, tick=True):
        led(browser())
        assert Session.objects.count() == 1
    with time_machine.travel(start + timedelta(hours=11), tick=True):
        led(browser())
    with time_machine.travel(start + timedelta(hours=13), tick=True):
        drop_sessions(0)
        assert Session.objects.count() == 1, "the second may still come back"
