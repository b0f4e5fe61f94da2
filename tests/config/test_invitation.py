"""The address with which an officer sets a password works once; who is stopped is out at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from ayni.audit.models import Entry
from ayni.config.invitation import address, invite
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from tests.cast import SETUP, Cast, sign_in

HOST = "ar.localhost"
NEW = "an invented password of some length"


def _newcomer(cast: Cast) -> members.User:
    return members.add_user(
        by=SETUP,
        email="New@ar.example",
        display_name="New",
        role=members.Role.CONSULAR_OFFICER,
        institution=cast.ana.institution,
        password=None,
    )


def _open(link: str) -> tuple[Client, str]:
    client = Client(headers={"host": HOST})
    answer = client.get(urlsplit(link).path, follow=True)
    return client, answer.redirect_chain[-1][0] if answer.redirect_chain else ""


def _sign_in(password: str) -> int:
    answer = Client(headers={"host": HOST}).post(
        "/account/login/", {"login": "new@ar.example", "password": password}
    )
    return answer.status_code


def test_the_address_sets_a_password_once(cast: Cast) -> None:
    officer = _newcomer(cast)
    assert _sign_in("") == 200
    link = invite(by=SETUP, officer=officer)
    assert link.startswith(address() + "/account/password/reset/key/")
    client, form = _open(link)
    assert form.endswith("set-password/"), "the key leaves the address before anything is typed"
    sent = client.post(form, {"password1": NEW, "password2": NEW})
    assert sent.status_code == 302
    assert 'href="/account/login/"' in client.get(sent["Location"]).content.decode()
    assert _sign_in(NEW) == 302
    assert _open(link)[1] == "", "used up"
    assert Entry.objects.filter(verb="members.invite", subject=str(officer.id)).count() == 1


def test_the_address_ends_after_a_day(cast: Cast) -> None:
    link = invite(by=SETUP, officer=_newcomer(cast))
    later = datetime.now(UTC) + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 1)
    with time_machine.travel(later):
        assert _open(link)[1] == ""


def test_who_opens_an_address_that_ended_reads_what_to_do() -> None:
    client = Client(headers={"host": HOST, "accept-language": "es"})
    text = client.get("/account/password/reset/key/aa-bb-cc/").content.decode()
    assert "Esta dirección ya no sirve" in text
    assert "Pida una dirección nueva a quien administra el nodo." in text


def test_only_who_runs_the_node_invites_and_nobody_who_was_stopped(cast: Cast) -> None:
    officer = _newcomer(cast)
    with pytest.raises(NotAllowed):
        invite(by=members.actor_of(cast.ana), officer=officer)
    with pytest.raises(NotAllowed):
        members.stop_user(by=members.actor_of(cast.ana), user_id=officer.id)
    members.stop_user(by=SETUP, user_id=officer.id)
    with pytest.raises(NotAllowed):
        invite(by=SETUP, officer=members.user(officer.id))


def test_who_is_stopped_is_signed_out_at_once_and_may_be_readmitted(cast: Cast) -> None:
    client = Client(headers={"host": HOST})
    sign_in(client, cast.ana)
    assert client.get("/").status_code == 200
    members.stop_user(by=SETUP, user_id=cast.ana.id)
    gone = client.get("/")
    assert (gone.status_code, urlsplit(gone["Location"]).path) == (302, "/account/login/")
    with pytest.raises(NotFound):
        members.stop_user(by=SETUP, user_id=SETUP_ID)
    members.readmit_user(by=SETUP, user_id=cast.ana.id)
    assert members.user_by_email(cast.ana.email.upper()).is_active
    assert client.get("/").status_code == 302, "what was signed in before stays ended"


SETUP_ID = "00000000-0000-4000-8000-000000000000"
