"""What every answer tells the browser, at the strictest with which the pages work; the browser
tests open every page with it and fail on anything the browser refuses."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.cast import Cast, enter

pytestmark = pytest.mark.django_db

CLOSED = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = {
    "base-uri": "'none'",
    "connect-src": "'self'",
    "default-src": "'none'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "img-src": "'self' data:",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
    "script-src": "'self'",
    "style-src": "'self'",
    "trusted-types": "'none'",
}


def _told(answer: HttpResponse) -> dict[str, str]:
    policy = answer["Content-Security-Policy"]
    parts = [part.strip().partition(" ") for part in policy.split(";") if part.strip()]
    return {name: value for name, _space, value in parts}


def _check(answer: HttpResponse) -> None:
    assert {name: answer[name] for name in CLOSED} == CLOSED
    assert "no-store" in answer["Cache-Control"]
    assert _told(answer) == POLICY
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert not {"Server", "X-Powered-By"} & set(answer.headers)


@pytest.mark.parametrize("address", ["/", "/account/login/", "/help", "/nowhere", "/cases/"])
def test_a_page_for_everybody_is_closed(address: str) -> None:
    _check(Client(headers={"host": "ar.localhost"}).get(address))


def test_a_page_for_an_officer_is_closed(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    for address in (reverse("desk:home"), reverse("desk:cases")):
        answer = client.get(address)
        assert answer.status_code == 200
        _check(answer)


def test_a_page_refused_is_closed(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost"}, enforce_csrf_checks=True)
    enter(client, cast.ana)
    answer = client.post(reverse("desk:cases"), {})
    assert answer.status_code == 403
    _check(answer)


def test_no_page_carries_a_script_or_style_of_its_own(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    page = client.get(reverse("desk:home")).content.decode()
    assert not re.search(r"<style|<script(?![^>]* src=)|\son\w+=|\sstyle=", page)
