"""The second tab, in which what a story looks at is looked at in Portuguese: on a small site
of two languages. Which stories are told once, and what pages and stories share."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from django.db import connections
from django.test.testcases import _DatabaseFailure
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.beside import Beside, in_portuguese
from tests.browser.conftest import CHROMIUM, Watched, _Quiet, _Server, left_out, violations

FORM = (
    "<form method='post' action='/form'><label>N <input name='n'></label><button>S</button></form>"
)
PICTURE = "<img src='data:,'>"  # says to nobody what it shows
FOLDED = f"<details><summary>More</summary>{PICTURE}</details>"


def _pages() -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    asked: list[str] = []

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("ayni_ar_language")
        language = cookie.value if cookie else "es"
        path, sent = environ["PATH_INFO"], environ["REQUEST_METHOD"] == "POST"
        told = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        again = path in asked
        asked.append(path)
        status = "422 No" if sent else "404 No" if path == "/once" and again else "200 OK"
        there = language == "pt-br"
        main = {"/fault": PICTURE if there else "", "/folded": FOLDED if there else "<details/>"}
        start(status, [("Content-Type", "text/html; charset=utf-8")])
        page = (
            f"<!doctype html><html lang='{language if path != '/spanish' else 'es'}'>"
            f"<head><title>T</title><link rel='icon' href='data:,'></head>"
            f"<body><main><h1>{language}</h1><p>{told}</p>{FORM}{main.get(path, '')}</main></body>"
        )
        return [page.encode()]

    return answer


@contextmanager
def _served(host: str) -> Iterator[str]:
    server = make_server(host, 0, _pages(), _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://{host}:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def two_languages() -> Iterator[str]:
    """The address of the small site."""
    with _served("127.0.0.1") as address:
        yield address


@pytest.fixture
def beside(page: Page, besides: dict[BrowserContext, Beside]) -> Beside:
    """The second tab of the page."""
    return besides[page.context]


def test_a_fault_that_only_the_portuguese_page_has_is_found(
    two_languages: str, page: Page, beside: Beside
) -> None:
    page.goto(f"{two_languages}/fault")
    assert violations(page) == []
    assert "image-alt" in " ".join(violations(beside.look(page)))


def test_what_the_story_has_unfolded_is_unfolded_in_the_second_tab(
    two_languages: str, page: Page, beside: Beside
) -> None:
    page.goto(f"{two_languages}/folded")
    assert violations(beside.look(page)) == []
    page.locator("details").evaluate("each => { each.open = true }")
    assert "image-alt" in " ".join(violations(beside.look(page)))


def test_the_story_keeps_its_page_what_is_typed_and_its_language(
    two_languages: str, page: Page, beside: Beside
) -> None:
    page.goto(f"{two_languages}/form")
    page.locator("[name=n]").fill("Rosa")
    expect(beside.look(page).locator("h1")).to_have_text("pt-br")
    expect(page.locator("[name=n]")).to_have_value("Rosa")
    assert page.context.cookies() == []
    page.reload()
    expect(page.locator("h1")).to_have_text("es")


def test_a_cookie_that_the_story_has_set_is_as_before(
    two_languages: str, page: Page, beside: Beside
) -> None:
    cookie = {"name": "ayni_ar_language", "value": "en", "url": two_languages}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{two_languages}/form")
    expect(beside.look(page).locator("h1")).to_have_text("pt-br")
    page.reload()
    expect(page.locator("h1")).to_have_text("en")


def test_a_form_that_was_answered_with_a_page_is_sent_again_in_portuguese(
    two_languages: str, page: Page, beside: Beside
) -> None:
    page.goto(f"{two_languages}/form")
    page.locator("[name=n]").fill("Rosa")
    page.locator("button").click()
    expect(page.locator("p")).to_have_text("n=Rosa")
    tab = beside.look(page)
    expect(tab.locator("h1")).to_have_text("pt-br")
    expect(tab.locator("p")).to_have_text("n=Rosa")


@pytest.mark.parametrize("path", ["/once", "/spanish"])
def test_a_page_that_is_another_the_second_time_or_stays_spanish_fails(
    two_languages: str, page: Page, beside: Beside, path: str
) -> None:
    page.goto(f"{two_languages}{path}")
    with pytest.raises(AssertionError, match=path):
        beside.look(page)


def test_another_host_is_not_found_and_that_it_was_asked_is_kept(
    two_languages: str, watched: Watched
) -> None:
    watched.page.goto(f"{two_languages}/form")
    with _served("127.0.0.2") as other:
        asking = f"() => fetch('{other}/', {{mode: 'no-cors'}}).then(() => 'found', () => 'none')"
        assert watched.page.evaluate(asking) == "none"
    assert watched.foreign == [f"{other}/"]
    watched.foreign.clear()


def test_the_address_of_a_public_page_names_the_language() -> None:
    assert in_portuguese("http://ar.localhost:1/help/es/write/?a=/es/") == (
        "http://ar.localhost:1/help/pt/write/?a=/es/"
    )
    assert in_portuguese("http://ar.localhost:1/essays/es") == "http://ar.localhost:1/essays/es"


@pytest.mark.parametrize(
    ("told", "beside", "out"),
    [
        ({"en", "es", "pt"}, True, {"en", "pt"}),
        ({"en", "es", "pt-br"}, True, {"en", "pt-br"}),
        ({"en", "es", "pt"}, False, {"en"}),
        ({"es", "pt"}, False, set()),
        ({"pt"}, True, set()),
        ({"en"}, False, set()),
    ],
)
def test_a_story_is_told_once_only_where_spanish_stands_for_the_other(
    told: set[str], beside: bool, out: set[str]
) -> None:
    assert left_out(told, beside=beside) == out


def test_the_browser_goes_on_from_story_to_story_and_is_stopped_before_a_test_of_another_kind(
    browser: Browser, request: pytest.FixtureRequest
) -> None:
    of_another_kind: Any = SimpleNamespace(get_closest_marker=lambda _name: None)
    CHROMIUM.pytest_runtest_setup(request.node)
    assert CHROMIUM.browser() is browser
    assert asyncio.get_running_loop().is_running()

    CHROMIUM.pytest_runtest_setup(of_another_kind)

    assert not browser.is_connected()
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    assert "DJANGO_ALLOW_ASYNC_UNSAFE" not in os.environ


@pytest.mark.django_db(transaction=True)
def test_a_story_leaves_no_database_guarded(browser: Browser) -> None:
    assert browser.is_connected()
    assert isinstance(connections["owner"].connect, _DatabaseFailure), "while it is told"


def test_no_database_is_guarded_after_a_story() -> None:
    CHROMIUM.stop()
    for connection in connections.all():
        assert not isinstance(connection.connect, _DatabaseFailure)
