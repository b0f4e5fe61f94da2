"""Writing is slowed down per place, reading never; nobody behind a shared address is shut out."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ayni.help.slowing import FRESH, Slowing
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ADDRESS = "192.0.2.44"


def _client(address: str = ADDRESS) -> Client:
    return Client(headers={"host": "ar.localhost", "accept-language": "es"}, REMOTE_ADDR=address)


def _form(**more: str) -> dict[str, str]:
    usual = {"form_id": str(uuid4()), "danger_now": "no", "narrative": "Inventado."}
    page = _client().get("/help/es/write/").content.decode()
    names = set(re.findall(r'name="([\w-]+)"', page))
    assert set(usual) <= names, names
    return {**usual, **more}


def test_after_ten_at_once_the_form_waits_and_keeps_what_was_typed(cast: Cast) -> None:
    for _ in range(FRESH.burst):
        assert _client().post("/help/es/write/", _form()).status_code == 200
    answer = _client().post("/help/es/write/", _form(narrative="Lo que escribí"))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    page = answer.content.decode()
    assert "Lo que escribí" in page
    assert "Todavía no se envió" in page
    assert "tel:" in page, "whom to call stands there all the same"


def test_reading_is_never_slowed_down(cast: Cast) -> None:
    for _ in range(FRESH.burst + 1):
        _client().post("/help/es/write/", _form())
    there = {"language": "es", "country": "bo"}
    for path in ("/help/es/", reverse("help:country", kwargs=there), "/help/es/write/"):
        for _ in range(40):
            assert _client().get(path).status_code in {200, 302}


def test_another_place_is_not_slowed_down(cast: Cast) -> None:
    for _ in range(FRESH.burst + 1):
        _client().post("/help/es/write/", _form())
    assert _client("198.51.100.7").post("/help/es/write/", _form()).status_code == 200


def test_a_mistake_costs_nothing(cast: Cast) -> None:
    for _ in range(FRESH.burst * 2):
        assert _client().post("/help/es/write/", {"narrative": "x"}).status_code == 422
    assert _client().post("/help/es/write/", _form()).status_code == 200


def test_who_has_waited_goes_through_whatever_else_comes_from_there() -> None:
    slowing, hers = Slowing(), uuid4()
    for _ in range(FRESH.burst):
        assert slowing.wait(address=ADDRESS, form_id=uuid4(), now=0.0) == 0
    told = slowing.wait(address=ADDRESS, form_id=hers, now=0.0)
    assert 0 < told <= 60
    for second in range(int(told) + 1):  # somebody else hammers on
        slowing.wait(address=ADDRESS, form_id=uuid4(), now=float(second))
    assert slowing.wait(address=ADDRESS, form_id=hers, now=told / 2) > 0, "not before its time"
    assert slowing.wait(address=ADDRESS, form_id=hers, now=told + 0.1) == 0


def test_a_machine_that_keeps_its_forms_is_slowed_down_as_well() -> None:
    slowing = Slowing()
    forms = [uuid4() for _ in range(500)]
    for form in forms:
        slowing.wait(address=ADDRESS, form_id=form, now=0.0)
    through = sum(slowing.wait(address=ADDRESS, form_id=form, now=120.0) == 0 for form in forms)
    assert through <= 30 + FRESH.burst + 4
