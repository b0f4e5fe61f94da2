"""Real pages in Debian's Chromium: a served site, an accessibility check, pictures, and a guard
that fails a test as soon as a page asks any other host for anything."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse
from wsgiref.types import WSGIEnvironment as Environ

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.browser.beside import Beside
from tools import chromium

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "test-results"
WIDTHS = (360, 1280)
LOCAL = ("localhost", "127.0.0.1")
# A picture costs more than all that a test asks of its page: they are taken to be looked at.
ALL_PAGES = os.environ.get("AYNI_PAGES") == "all"
FOR_HOW_TO = "AYNI_SCREENSHOTS" in os.environ  # of both languages
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No other host is found. Stopping each request instead would switch the browser's cache off.
    "--host-resolver-rules="
    + ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in ("*.localhost", *LOCAL))]),
]


def _told_once(item: pytest.Item) -> bool:
    """Whether this story stands for the Portuguese one."""
    return not (ALL_PAGES or FOR_HOW_TO) and item.get_closest_marker("told_once") is not None


def left_out(languages: set[str], *, beside: bool) -> set[str]:
    """In which of its languages a story is not told. English, where Spanish is; and Portuguese,
    where Spanish is and what the story looks at is looked at in Portuguese beside it."""
    out = {"en", "pt", "pt-br"} if beside else {"en"}
    return languages & out if "es" in languages else set()


def _left_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """The stories that are not told, since they are told in Spanish with all else alike."""
    told: dict[tuple[object, ...], dict[str, pytest.Item]] = {}
    for item in items:
        params = dict(getattr(getattr(item, "callspec", None), "params", {}))
        language = params.pop("language", "")
        key = (item.path, getattr(item, "originalname", ""), repr(params))
        told.setdefault(key, {})[language] = item
    out = []
    for by in told.values():
        beside = _told_once(next(iter(by.values())))
        out += [by[language] for language in left_out(set(by), beside=beside)]
    return out


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what lies here; without Chromium, skip it and say how to get it.

    Each story is told in Spanish and Portuguese, the languages of the ten states; one marked
    `told_once` in Spanish, and what it looks at is looked at in Portuguese beside it. All are told
    in all three languages, with pictures, where AYNI_PAGES=all.
    """
    here = Path(__file__).parent
    if not ALL_PAGES:
        out = _left_out([item for item in items if here in item.path.parents])
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)
    missing = chromium.executable() is None
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("xdist_group") is None:
                item.add_marker(pytest.mark.xdist_group(f"browser-{item.path.stem}"))
            if missing:
                reason = f"no Chromium; for the browser tests: apt-get install {chromium.PACKAGE}"
                item.add_marker(pytest.mark.skip(reason=reason))


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Test output stays readable."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of this node, served by this process. A request's thread closes its connection
    to the database before it ends."""
    from django.core.wsgi import get_wsgi_application

    pages = get_wsgi_application()

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = pages(environ, start_response)
            with contextlib.closing(answer):
                return [b"".join(answer)]
        finally:
            connections.close_all()

    server = make_server("127.0.0.1", 0, application, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://ar.localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Chromium:
    """Debian's Chromium, headless; one for all stories that a worker tells in a row. Playwright
    keeps an event loop in this thread until it is stopped, and other tests of the same worker may
    want one of their own: it is stopped before the first of them."""

    def __init__(self) -> None:
        self._started = contextlib.ExitStack()
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        """The browser that runs, or a new one."""
        if self._browser is None or not self._browser.is_connected():
            self.stop()
            self._browser = self._start()
        return self._browser

    def _start(self) -> Browser:
        # With an event loop Django keeps other connections for this thread: none stays open where
        # `begin_afresh` would not find it, and would end it from below.
        connections.close_all()
        # Django would refuse its database in a thread with an event loop.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        self._started.callback(os.environ.pop, "DJANGO_ALLOW_ASYNC_UNSAFE")
        playwright = self._started.enter_context(sync_playwright())
        path = chromium.executable()
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        self._started.callback(found.close)
        return found

    def stop(self) -> None:
        """Nothing of it is left in this process."""
        if self._browser is not None:
            connections.close_all()
        self._browser = None
        self._started.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Of every test, before it is given a database: the one that is set up in the event loop
        is taken back there."""
        if "browser" in getattr(item, "fixturenames", ()) and chromium.executable() is not None:
            self.browser()
        elif item.get_closest_marker("browser") is None:
            self.stop()

    def pytest_sessionfinish(self) -> None:
        """No Chromium is left behind."""
        self.stop()


CHROMIUM = Chromium()


def pytest_configure(config: pytest.Config) -> None:
    """What starts the browser and stops it hears of every test of this process."""
    config.pluginmanager.register(CHROMIUM)


@pytest.fixture
def browser() -> Browser:
    """The browser, with nothing open in it."""
    return CHROMIUM.browser()


@dataclass
class Watched:
    """A page whose every request is seen."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    received: list[tuple[str, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    answered_here: set[str] = field(default_factory=set)  # hosts that the test stands in for


def watch(context: BrowserContext) -> Watched:
    """A page of `context`; requests to other hosts find none and are kept as evidence."""
    watched = Watched(context.new_page())

    def asked(request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        local = host in LOCAL or host.endswith(".localhost")
        if not local and host not in watched.answered_here:
            watched.foreign.append(request.url)

    context.on("request", asked)
    watched.page.on("pageerror", lambda error: watched.problems.append(str(error)))
    watched.page.on(
        "console",
        lambda said: watched.problems.append(said.text) if said.type == "error" else None,
    )
    return watched


@pytest.fixture
def portuguese(request: pytest.FixtureRequest) -> bool:
    """Whether what this story looks at is looked at in Portuguese as well."""
    return _told_once(request.node)


@pytest.fixture
def besides() -> dict[BrowserContext, Beside]:
    """The second tab of each context that is open."""
    return {}


@pytest.fixture
def open_context(
    browser: Browser, besides: dict[BrowserContext, Beside]
) -> Iterator[Callable[..., Watched]]:
    """Makes watched pages, each in a context of its own; afterwards no foreign host was asked."""
    made: list[tuple[BrowserContext, Watched]] = []

    def open_one(**options: object) -> Watched:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        besides[context] = Beside(context)
        watched = watch(context)
        made.append((context, watched))
        return watched

    yield open_one
    for context, watched in made:
        context.close()
        assert watched.foreign == [], "a page asked another host"


@pytest.fixture
def watched(open_context: Callable[..., Watched]) -> Watched:
    """One watched page, 1280 wide."""
    return open_context(viewport={"width": 1280, "height": 900})


@pytest.fixture
def page(watched: Watched) -> Page:
    """One page, 1280 wide, with the guard."""
    return watched.page


# A click comes back when the next page begins; axe looks at a whole one.
_WHOLE = """() => document.readyState === 'complete' ||
    new Promise(whole => addEventListener('load', () => whole(true)))"""


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong on the page as it stands (WCAG 2.2 A and AA, best practice)."""
    page.evaluate(_WHOLE)
    if not page.evaluate("() => 'axe' in window"):
        # Through the debugger: the page's own policy refuses scripts that are written into it.
        page.evaluate(AXE.read_text("utf-8") + "; undefined")
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']}: {node['target']}: {node['failureSummary']}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


@pytest.fixture
def axe(portuguese: bool, besides: dict[BrowserContext, Beside]) -> Callable[[Page], None]:
    """Fails if axe finds anything, in Portuguese too where the story is told in Spanish only."""

    def check(page: Page) -> None:
        assert violations(page) == []
        if portuguese:
            tab = besides[page.context].look(page)
            assert violations(tab) == [], "in Portuguese"

    return check


@pytest.fixture
def picture(portuguese: bool, besides: dict[BrowserContext, Beside]) -> Callable[[Page, str], None]:
    """No page is wider than 360 and 1280 pixels; pictures in test-results/ with AYNI_PAGES=all."""

    def take(page: Page, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        before = page.viewport_size
        assert before is not None
        # As wide as it stands first, so that nothing is resized for it.
        for width in sorted(WIDTHS, key=lambda width: width != before["width"]):
            if ALL_PAGES or width != before["width"]:
                page.set_viewport_size({"width": width, "height": 800})
            if ALL_PAGES:
                page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is wider than {width} pixels"
        page.set_viewport_size(before)

    def measure(page: Page, name: str) -> None:
        take(page, name)
        if portuguese:
            take(besides[page.context].look(page), f"{name}, in Portuguese,")

    return measure
