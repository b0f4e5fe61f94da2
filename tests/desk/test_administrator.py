"""The administrator of the node sees no case: neither on any page nor by anything that is sent."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ayni.config.slowing import OFFICERS
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms

pytestmark = pytest.mark.django_db
# What no page of the administrator may hold: words of the notice and of the case.
PLANTED = ("Inventada", "Rosa", "INVENTADA")


def _routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, here)
        else:
            yield here


def _addresses(route: str, ids: list[str]) -> list[str]:
    """The route with every id that the case's pages name; other parts by a value that fits."""
    plain = re.sub(r"\(\?P<\w+>.*?\)+(?=/|\$|\\|$)", "es", route)
    plain = re.sub(r"[\^$]|\\Z", "", plain).replace("\\", "")
    plain = re.sub(r"<int:\w+>", "1", plain)
    plain = re.sub(r"<(slug|str):step_id>", "2.2", plain)
    plain = re.sub(r"<(slug|str):\w+>", "ar", plain)
    return ["/" + re.sub(r"<uuid:\w+>", one, plain) for one in ids]


def test_no_address_shows_or_tells_the_administrator_of_a_case(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    case = a_case_by_forms(ana)
    own = ana.get(case).content.decode() + ana.get("/cases/").content.decode()
    known = sorted(set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", own + case)))
    assert re.search(r"[0-9a-f-]{36}", case)
    nadia = browser(cast.nadia)
    nadia.raise_request_exception = False
    routes = sorted(set(_routes(get_resolver().url_patterns)))
    opened = 0

    for route in routes:
        if route.startswith("account/"):  # one's own account; these pages know no case
            continue
        OFFICERS.forget()  # a person asks more slowly than this
        made_up, *real = _addresses(route, [str(uuid.uuid4()), *known])
        for ask in (nadia.get, nadia.post):
            nothing = ask(made_up).status_code
            for address in real:
                answer = ask(address)
                text = "" if answer.streaming else answer.content.decode(errors="replace")
                assert not [word for word in PLANTED if word in text], address
                # What is there is answered as what is not: she does not learn that it exists.
                assert answer.status_code == nothing < 500, address
                others = [one for one in known if one in text and one not in address]
                assert others == [], address
                opened += 1

    assert len(routes) > 60, "all routes are generated"
    assert opened > 100
    assert "Inventada" in ana.post(f"{case}/identity").content.decode(), "the words are there"
