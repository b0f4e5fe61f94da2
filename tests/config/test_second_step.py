"""Every officer has a second step, and every sign-in passes it; numbers count once and are not
guessed; nobody can shut an officer out."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from ayni.audit.models import Entry
from ayni.config import second_step
from ayni.config.invitation import invite
from ayni.members import api as members
from tests.cast import PASSWORD, SECRET, SETUP, Cast, enter, next_number, sign_in

HOST = {"host": "ar.localhost", "accept-language": "es"}
ASKED, SET_UP, HERE = "/account/2fa/authenticate/", "/account/2fa/", "/cases/"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _browser() -> Client:
    return Client(headers=HOST)


def _by_password(officer: members.User, client: Client | None = None) -> Client:
    client = client or _browser()
    client.post("/account/login/", {"login": officer.email, "password": PASSWORD})
    return client


def _number(client: Client, code: str) -> str:
    """Where a number leads; what is said if it leads nowhere."""
    answer = client.post(ASKED, {"code": code})
    return str(answer.headers.get("Location", "")) or answer.content.decode()


@pytest.fixture
def newcomer(cast: Cast) -> members.User:
    """An officer who has just set a password."""
    return members.add_user(
        by=SETUP, email="new@ar.example", display_name="New", institution=cast.programme,
        role=members.Role.CONSULAR_OFFICER, password=PASSWORD,
    )  # fmt: skip


def test_a_password_alone_opens_nothing(cast: Cast) -> None:
    client = _by_password(cast.ana)
    assert client.get(HERE)["Location"].startswith("/account/login/")
    sign_in(client, cast.ana)
    assert client.get(HERE).status_code == 200


def test_an_officer_without_a_second_step_is_led_to_set_one_up(newcomer: members.User) -> None:
    client = _by_password(newcomer)
    for path in ("/", HERE, "/account/sign-ins/", "/account/password/change/"):
        assert client.get(path)["Location"] == SET_UP, path
    page = client.get(SET_UP).content.decode()
    assert "Configure su segundo paso" in page
    assert client.get("/help/es/").status_code == 200, "what is for everybody stays open"


def test_an_app_is_set_up_with_its_number_and_gives_codes_on_paper_once(
    newcomer: members.User,
) -> None:
    client = _by_password(newcomer)
    page = client.get("/account/2fa/totp/activate/").content.decode()
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert shown is not None
    secret = shown[1].replace(" ", "")
    wrong = client.post("/account/2fa/totp/activate/", {"code": "000000"})
    assert wrong.status_code == 200
    now = second_step.counters(datetime.now(UTC).timestamp())[1]
    done = client.post(
        "/account/2fa/totp/activate/", {"code": second_step.number(secret, now)}, follow=True
    )
    codes = re.findall(r"<li><code>(\d{8})</code></li>", done.content.decode())
    assert len(codes) == 10
    again = client.get("/account/2fa/recovery-codes/").content.decode()
    assert not any(code in again for code in codes)
    assert client.get("/")["Location"] == "/account/conduct/"
    changes = Entry.objects.filter(verb="members.change_second_step", actor_id=newcomer.id)
    assert changes.count() == 2, "the app and the codes"

    lost = _by_password(newcomer)
    assert _number(lost, codes[3]) == "/"
    assert "no es correcto" in _number(_by_password(newcomer), codes[3]), "each works once"


@pytest.mark.parametrize("kind", ["totp/activate", "webauthn/add"])
def test_who_was_invited_sets_a_password_and_then_a_second_step(cast: Cast, kind: str) -> None:
    officer = members.add_user(
        by=SETUP, email="new@ar.example", display_name="New", institution=cast.programme,
        role=members.Role.CONSULAR_OFFICER, password=None,
    )  # fmt: skip
    client, new = _browser(), "another long enough one"
    link = urlsplit(invite(by=SETUP, officer=officer)).path
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": new, "password2": new})
    client.post("/account/login/", {"login": officer.email, "password": new})

    assert client.get("/")["Location"] == SET_UP
    assert client.get(f"{SET_UP}{kind}/").status_code == 200


def test_what_makes_the_numbers_is_sealed_in_the_database(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(data::text, ' ') from mfa_authenticator")
        kept = cursor.fetchone()[0]
    assert SECRET not in kept
    assert second_step.secret_of(cast.ana) == SECRET


def test_a_number_counts_once_and_none_before_it(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        before, now, after = second_step.counters(NOON.timestamp())
        assert _number(_by_password(cast.ana), second_step.number(SECRET, now)) == "/"
        for used in (now, before):
            told = _number(_by_password(cast.ana), second_step.number(SECRET, used))
            assert "no es correcto o ya se usó" in told
        assert _number(_by_password(cast.ana), second_step.number(SECRET, after)) == "/"


def test_wrong_numbers_are_held_up_for_the_account_wherever_they_come_from(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for place in range(5):
            client = _by_password(cast.ana, Client(headers=HOST, REMOTE_ADDR=f"192.0.2.{place}"))
            assert "no es correcto" in _number(client, "000000")
        elsewhere = _by_password(cast.ana, Client(headers=HOST, REMOTE_ADDR="198.51.100.9"))
        right = next_number(cast.ana)
        assert "Demasiados números" in _number(elsewhere, right), "not even the right one"
        assert _number(_by_password(cast.luis), next_number(cast.luis)) == "/", "a colleague"
        clock.shift(timedelta(minutes=15))
        assert _number(_by_password(cast.ana), next_number(cast.ana)) == "/"
    wrong = Entry.objects.filter(verb="members.wrong_second_step", subject=str(cast.ana.id))
    assert wrong.count() == 5


def test_a_stranger_with_wrong_passwords_shuts_nobody_out(cast: Cast) -> None:
    stranger = Client(headers=HOST, REMOTE_ADDR="203.0.113.5")
    for _ in range(12):
        stranger.post("/account/login/", {"login": cast.ana.email, "password": "wrong"})
    held = stranger.post("/account/login/", {"login": cast.ana.email, "password": PASSWORD})
    assert held.status_code != 302, "this place is slowed down"
    hers = Client(headers=HOST, REMOTE_ADDR="198.51.100.7")
    sign_in(hers, cast.ana)
    assert hers.get(HERE).status_code == 200


@pytest.mark.parametrize("written", ["2001:db8:1:2::{n:x}", "::ffff:203.0.113.9"])
def test_a_household_is_one_place_whichever_of_its_addresses_asks(cast: Cast, written: str) -> None:
    for n in range(1, 14):
        guesser = Client(headers=HOST, REMOTE_ADDR=written.format(n=n))
        guesser.post("/account/login/", {"login": cast.ana.email, "password": "wrong"})
    held = guesser.post("/account/login/", {"login": cast.ana.email, "password": PASSWORD})
    assert held.status_code == 429
    hers = Client(headers=HOST, REMOTE_ADDR="::ffff:198.51.100.7")
    sign_in(hers, cast.ana)


def test_who_signed_in_before_there_was_a_second_step_gets_nothing_by_waiting(
    newcomer: members.User,
) -> None:
    with_the_password = _by_password(newcomer)
    assert with_the_password.get(SET_UP).status_code == 200
    second_step.give_app(newcomer)  # the officer sets it up in another place
    for path in (HERE, SET_UP, "/account/2fa/totp/activate/", "/account/2fa/webauthn/add/"):
        client = _by_password_kept(with_the_password)
        assert client.get(path)["Location"].startswith("/account/login/"), path


def _by_password_kept(client: Client) -> Client:
    same = Client(headers=HOST)
    same.cookies = client.cookies.copy()
    return same


def test_the_only_second_step_is_not_removed(cast: Cast) -> None:
    client = _browser()
    sign_in(client, cast.ana)
    client.post("/account/2fa/totp/deactivate/")
    assert second_step.has_one(cast.ana)
    assert client.get(HERE).status_code == 200


def test_a_reset_ends_every_sign_in_and_the_next_sets_up_anew(cast: Cast) -> None:
    client = _browser()
    sign_in(client, cast.ana)
    assert client.get(HERE).status_code == 200
    second_step.reset(by=SETUP, officer=cast.ana)
    assert client.get(HERE)["Location"].startswith("/account/login/")
    assert not Authenticator.objects.filter(user=cast.ana).exists()
    again = _by_password(cast.ana)
    assert again.get(HERE)["Location"] == SET_UP
    assert Entry.objects.filter(verb="members.reset_second_step").count() == 1


def test_an_officer_may_not_reset_another_ones_second_step(cast: Cast) -> None:
    from ayni.lib.errors import NotAllowed

    with pytest.raises(NotAllowed):
        second_step.reset(by=members.actor_of(cast.luis), officer=cast.ana)
    assert second_step.has_one(cast.ana)


def test_no_number_is_shown_on_a_real_node(cast: Cast) -> None:
    page = _by_password(cast.ana).get(ASKED).content.decode()
    assert "shown-number" not in page
    assert second_step.number_of_demonstration(cast.ana) == ""


def test_the_code_of_conduct_comes_before_the_first_case(newcomer: members.User) -> None:
    client = _browser()
    enter(client, newcomer)
    for path in ("/", HERE, "/notices/new"):
        assert client.get(path)["Location"] == "/account/conduct/", path
    assert client.post("/notices/new", {}).headers["Location"] == "/account/conduct/"
    page = client.get("/account/conduct/").content.decode()
    assert "Detrás de cada caso hay una persona" in page
    client.post("/account/conduct/")
    assert client.get(HERE).status_code == 200
    assert Entry.objects.filter(verb="members.accept_conduct", actor_id=newcomer.id).count() == 1
    assert "Usted aceptó esto" in client.get("/account/conduct/").content.decode()


def test_a_new_code_of_conduct_is_asked_for_again(cast: Cast) -> None:
    client = _browser()
    enter(client, cast.ana)
    members.User.objects.filter(id=cast.ana.id).update(conduct="0")
    assert client.get(HERE)["Location"] == "/account/conduct/"


def test_a_new_password_does_not_go_around_the_second_step(cast: Cast) -> None:
    path = urlsplit(invite(by=SETUP, officer=cast.ana)).path
    client = _browser()
    form = client.get(path, follow=True).redirect_chain[-1][0]
    new = "another long enough one"
    client.post(form, {"password1": new, "password2": new})
    assert client.get(HERE)["Location"].startswith("/account/login/")
    sent = {"login": cast.ana.email, "password": new}
    assert client.post("/account/login/", sent)["Location"] == ASKED


def test_who_signed_in_long_ago_is_asked_again_before_a_change(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client = _browser()
        sign_in(client, cast.ana)
        assert client.get("/account/2fa/webauthn/add/").status_code == 200
        clock.shift(timedelta(minutes=6))
        for path in ("/account/2fa/webauthn/add/", "/account/2fa/recovery-codes/generate/"):
            assert "reauthenticate" in client.get(path)["Location"]
            assert "reauthenticate" in client.post(path, {})["Location"]
        clock.shift(timedelta(minutes=1))
        again = client.post("/account/2fa/reauthenticate/", {"code": next_number(cast.ana)})
        assert again.status_code == 302
        assert client.get("/account/2fa/webauthn/add/").status_code == 200


# At a terminal


def _proves(officer: members.User, password: str, written: str) -> bool:
    return second_step.proves(officer, password=password, written=written)


def test_an_officer_proves_herself_at_a_terminal_with_both_steps(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        good = second_step.number(SECRET, second_step.counters(NOON.timestamp())[1])
        assert not _proves(cast.ana, "not her password", good)
        assert not _proves(cast.ana, PASSWORD, "000000" if good != "000000" else "111111")
        assert _proves(cast.ana, PASSWORD, good)


def test_wrong_passwords_at_a_terminal_are_counted_as_wrong_numbers_are(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        good = second_step.number(SECRET, second_step.counters(NOON.timestamp())[1])
        with contextlib.suppress(members.TooManyTries):
            for number in range(50):
                assert not _proves(cast.ana, f"a guess {number}", good)
        with pytest.raises(members.TooManyTries):
            _proves(cast.ana, PASSWORD, good)


def test_who_has_not_read_the_code_of_conduct_proves_nothing_at_a_terminal(cast: Cast) -> None:
    cast.ana.conduct, cast.ana.conduct_at = "", None
    cast.ana.save(update_fields=["conduct", "conduct_at"])
    with time_machine.travel(NOON, tick=False):
        good = second_step.number(SECRET, second_step.counters(NOON.timestamp())[1])
        assert not _proves(cast.ana, PASSWORD, good)
