"""What a story looks at, opened once more in Portuguese in a second tab beside it.

A story that is told in Spanish only (docs/adr/0072) asks for every page that it looks at again: the
same request, a form that was answered with a page sent again, with the node's language cookie
switched for that moment. The page on which the story stands is not touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urldefrag, urlsplit

from django.conf import settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Frame, Page, Response, Route

PORTUGUESE = "pt-br"
# What the public pages are called by their language: /help/es/, /platform/public/es/.
_SPANISH_PATH = re.compile(r"/es(?=/)")
_SENT_WITH = ("content-type", "origin", "referer")
_FOLDED = "() => [...document.querySelectorAll('details')].map(each => each.open)"
_FOLD = """open => document.querySelectorAll('details').forEach(
    (each, number) => { each.open = open[number] ?? each.open })"""


class Beside:
    """Of one browser context: how each of its pages was come to, and the second tab."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._answered: dict[Page, Response] = {}
        self._stands_on: dict[Page, Response] = {}
        self._tab: Page | None = None
        self._shown: Response | None = None
        self._problems: list[str] = []
        context.on("page", self._follow)

    def _follow(self, page: Page) -> None:
        def answered(response: Response) -> None:
            if response.request.is_navigation_request() and response.frame == page.main_frame:
                self._answered[page] = response

        def went(frame: Frame) -> None:
            # What was saved to a file was an answer as well, but the page stands where it stood.
            if frame == page.main_frame and page in self._answered:
                self._stands_on[page] = self._answered[page]

        page.on("response", answered)
        page.on("framenavigated", went)

    def look(self, page: Page) -> Page:
        """The second tab, showing in Portuguese what `page` shows in the story's language: same
        status, the same parts unfolded, nothing wrong in the console."""
        response = self._stands_on[page]
        assert urldefrag(response.url).url == urldefrag(page.url).url, page.url
        tab = self._tab or self._new_tab()
        if response is not self._shown:
            self._open(tab, response)
            self._shown = response
        tab.evaluate(_FOLD, page.evaluate(_FOLDED))
        return tab

    def _new_tab(self) -> Page:
        self._tab = tab = self._context.new_page()
        tab.on("pageerror", lambda error: self._problems.append(str(error)))
        tab.on("console", self._said)
        return tab

    def _said(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self._problems.append(said.text)

    def _open(self, tab: Page, response: Response) -> None:
        request = response.request
        there = in_portuguese(urldefrag(request.url).url)
        self._problems.clear()
        with self._spoken(there):
            if request.method == "POST":
                tab.route(there, lambda route: _sent_again(route, response), times=1)
            answer = tab.goto(there)
        assert answer is not None
        assert (answer.url, answer.status) == (there, response.status), f"{there} in Portuguese"
        assert tab.evaluate("() => document.documentElement.lang") == PORTUGUESE, there
        # The browser tells of every refusal, such as of a form with a mistake.
        status = f"status of {response.status}" if response.status >= 400 else None
        assert [each for each in self._problems if not (status and status in each)] == [], there

    @contextmanager
    def _spoken(self, address: str) -> Iterator[None]:
        """The language cookie says Portuguese; afterwards what it said before."""
        name, place = settings.LANGUAGE_COOKIE_NAME, urlsplit(address)
        origin = f"{place.scheme}://{place.netloc}"
        before = [each for each in self._context.cookies(origin) if each.get("name") == name]
        self._context.add_cookies([{"name": name, "value": PORTUGUESE, "url": origin}])
        try:
            yield
        finally:
            if before:
                self._context.add_cookies(before)  # type: ignore[arg-type]
            else:
                self._context.clear_cookies(name=name)


def _sent_again(route: Route, response: Response) -> None:
    sent: dict[str, Any] = response.request.headers
    headers = {**route.request.headers, **{k: sent[k] for k in _SENT_WITH if k in sent}}
    route.continue_(method="POST", headers=headers, post_data=response.request.post_data_buffer)


def in_portuguese(address: str) -> str:
    """The address of the same page, where the address names the language."""
    place = urlsplit(address)
    return place._replace(path=_SPANISH_PATH.sub("/pt", place.path, count=1)).geturl()
