"""Three doors of a node: a process that serves one of them knows no page of the others."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_network

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import get_resolver, resolve

from ayni.config.doors import DOORS, Who, routes
from ayni.config.listeners import ALL, Listener, OneDoor, listeners, public_help
from ayni.config.proxies import Proxies
from tests.config.test_doors import ROUTES, address
from tests.config.world import World

HOST = "ar.localhost"
DOOR_OF = {name: listeners(name, DOORS[name]) for name, _ in routes(get_resolver().url_patterns)}


def _asks(path: str, method: str = "GET") -> int:
    client = Client(headers={"host": HOST}, raise_request_exception=False, enforce_csrf_checks=True)
    answer = client.get(path) if method == "GET" else client.post(path)
    return answer.status_code


def _somewhere(name: str, world: World) -> str:
    """An address of the route, whatever stands at it."""
    if name in _BY_PATTERN:
        return _BY_PATTERN[name]
    return address(name, world)


_ZEROS = "0000-0000-0000-000000000000"
# Addresses with a pattern of their own, or with what the world of the tests has none of.
_BY_PATTERN = {
    "account_confirm_email": "/account/confirm-email/x/",
    "account_reset_password_from_key": "/account/password/reset/key/0-set-password/",
    "agenda:calendar-feed": "/platform/calendar/x.ics",
    "exchange-attachment-chunk": f"/exchange/1/attachments/{'a' * 32}/0",
    "exchange-directory-number": "/exchange/1/directory/1",
    "exchange-key-sheet-number": "/exchange/1/key-sheet/1",
    "exchange-key-sheet-of": "/exchange/1/key-sheet/bo/1",
    "agenda:public": "/platform/public/es/",
    "statistics:published": "/statistics/published/es/",
    "statistics:published-release": f"/statistics/published/es/ar/{'0' * 8}-{_ZEROS}/",
    "statistics:published-file": f"/statistics/published/es/ar/{'0' * 8}-{_ZEROS}/csv",
    "help:country": "/help/es/in/ar/",
    "help:now": "/help/es/",
    "help:what_happens": "/help/es/what-happens/",
    "help:write": "/help/es/write/",
    "own:page": "/own/es/",
}


@pytest.mark.parametrize("door", sorted(ALL))
@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_route_of_another_door_is_not_found(name: str, door: Listener, world: World) -> None:
    path = _somewhere(name, world)
    with override_settings(AYNI_DOORS=frozenset({door})):
        request = RequestFactory(headers={"host": HOST}).get(path)
        request.resolver_match = resolve(path)
        assert request.resolver_match.view_name == name
        middleware = OneDoor(lambda _request: HttpResponse())
        if door in DOOR_OF[name]:
            assert middleware.process_view(request, None, (), {}) is None
            return
        with pytest.raises(Http404):
            middleware.process_view(request, None, (), {})
        if path != "/":
            # Not even a form without its mark tells that there is such a page.
            assert (_asks(path), _asks(path, "POST")) == (404, 404)


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/help/es/", Listener.PUBLIC),
        ("/help/pt/write/", Listener.PUBLIC),
        ("/own/es/", Listener.PUBLIC),
        ("/account/login/", Listener.OFFICERS),
        ("/account/2fa/authenticate/", Listener.OFFICERS),
        ("/account/password/reset/key/0-set-password/", Listener.OFFICERS),
        ("/exchange/1/messages", Listener.NODES),
    ],
)
@pytest.mark.django_db
def test_an_address_is_served_at_its_door_only(path: str, door: Listener) -> None:
    assert _asks(path) != 404
    for other in ALL - {door}:
        with override_settings(AYNI_DOORS=frozenset({other})):
            assert _asks(path) == 404, other
    with override_settings(AYNI_DOORS=frozenset({door})):
        assert _asks(path) != 404


def test_every_door_has_pages_and_every_route_a_door() -> None:
    assert set().union(*DOOR_OF.values()) == ALL
    assert all(DOOR_OF.values())
    for name, doors in DOOR_OF.items():
        if Listener.NODES in doors:
            assert DOORS[name].who is Who.NODES or name in ("health", "watch:ready"), name
        if Listener.PUBLIC in doors:
            assert DOORS[name].who is Who.ANYBODY, name


@pytest.mark.django_db
def test_the_bare_name_of_the_public_door_leads_to_the_help_pages() -> None:
    with override_settings(AYNI_DOORS=frozenset({Listener.PUBLIC})):
        answer = Client(headers={"host": HOST}).get("/")
        assert (answer.status_code, answer["Location"]) == (302, "/help/")
    with override_settings(AYNI_DOORS=frozenset({Listener.NODES})):
        assert _asks("/") == 404


@pytest.mark.django_db
def test_signing_in_shows_the_help_pages_where_they_are() -> None:
    assert public_help() == "/help/"
    with override_settings(AYNI_DOORS=frozenset({Listener.OFFICERS})):
        page = Client(headers={"host": HOST}).get("/account/login/")
        assert b"/help/" not in page.content
        with override_settings(AYNI_HOST_PUBLIC="ayuda.example"):
            page = Client(headers={"host": HOST}).get("/account/login/")
            assert b"https://ayuda.example/help/" in page.content


def _seen(remote: str, **headers: str) -> tuple[str, str]:
    request = RequestFactory(REMOTE_ADDR=remote, headers=headers).get("/")
    kept: list[HttpRequest] = []

    def view(given: HttpRequest) -> HttpResponse:
        kept.append(given)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)

    Proxies(view)(request)
    return kept[0].META["REMOTE_ADDR"], str(kept[0].scheme)


@pytest.mark.parametrize(
    ("remote", "said", "asker"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),  # the first is only said
        ("127.0.0.1", "198.51.100.7, 10.0.0.5", "198.51.100.7"),  # two proxies of ours
        ("::ffff:127.0.0.1", "198.51.100.7, ::ffff:10.0.0.5", "198.51.100.7"),
        ("127.0.0.1", "x, y", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("198.51.100.9", "203.0.113.1", "198.51.100.9"),  # no proxy of ours: not believed
    ],
)
def test_a_proxy_alone_says_who_asks(remote: str, said: str, asker: str) -> None:
    ours = (ip_network("127.0.0.1"), ip_network("10.0.0.0/24"))
    with override_settings(AYNI_PROXIES=ours):
        headers = {"x-forwarded-for": said, "x-forwarded-proto": "https"}
        scheme = "http" if remote == "198.51.100.9" else "https"
        assert _seen(remote, **headers) == (asker, scheme)
    assert _seen("127.0.0.1") == ("127.0.0.1", "http")
