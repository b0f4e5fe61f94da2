"""Each door takes so much from one asker; above it the answer says how long to wait."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse

from ayni.config import slowing
from tests.cast import Cast, enter

pytestmark = pytest.mark.django_db
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _client(address: str = "192.0.2.9") -> Client:
    return Client(headers={"host": "ar.localhost", "accept-language": "es"}, REMOTE_ADDR=address)


def _use_up(counter: slowing.Counter, key: str) -> None:
    now = time.monotonic()
    while counter.wait(key, now + 30) == 0:  # ahead of the clock: nothing is earned meanwhile
        pass


def test_an_officer_who_asks_like_a_machine_waits_and_another_one_does_not(cast: Cast) -> None:
    ana, luis = _client(), _client()
    enter(ana, cast.ana)
    enter(luis, cast.luis)
    _use_up(slowing.OFFICERS, str(cast.ana.pk))
    answer = ana.get("/cases/")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 600
    assert "Demasiados intentos" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert luis.get("/cases/").status_code == 200


def test_a_network_before_signing_in_waits_and_whoever_is_signed_in_there_does_not(
    cast: Cast,
) -> None:
    ana = _client()
    enter(ana, cast.ana)
    _use_up(slowing.OFFICERS, "192.0.2.9")
    assert _client().get("/account/login/").status_code == 429
    assert ana.get("/cases/").status_code == 200
    assert _client("192.0.2.10").get("/account/login/").status_code == 200


def test_another_node_that_asks_too_fast_is_told_in_its_own_form() -> None:
    _use_up(slowing.NODES, "192.0.2.9")
    answer = _client().post(reverse("exchange-messages"), b"{}", content_type="application/json")
    assert answer.status_code == 429
    assert answer.json() == {"refused": "too_fast"}
    assert int(answer["Retry-After"]) > 0


def test_public_pages_and_health_are_not_slowed_down_with_the_officers() -> None:
    _use_up(slowing.OFFICERS, "192.0.2.9")
    _use_up(slowing.NODES, "192.0.2.9")
    for path in ("/help/es/", "/own/es", "/health"):
        assert _client().get(path, follow=True).status_code == 200


def test_too_many_passwords_say_how_long_to_wait(cast: Cast) -> None:
    for number in range(40):
        told = {"login": f"nobody{number}@x.example", "password": "wrong"}
        answer = _client("192.0.2.77").post("/account/login/", told)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
