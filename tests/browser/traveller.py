"""A user at a browser, at one address of a real node: clicks and types, and each page on the way is
looked at. Nothing is intercepted, so that the browser's cache works and bytes can be counted."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Request, expect

from tests.browser.conftest import ALL_PAGES, PICTURES, violations
from tests.browser.small_png import shrink

FIRST_VIEW, NEXT_VIEW = 150_000, 30_000
PICTURE_WIDTH = 1160
TICKED = {"radio", "checkbox"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the language of the pages, what the browser asks for, the width of the screen."""

    language: str
    locale: str
    width: int

    @property
    def height(self) -> int:
        """A telephone is tall, a desk's screen is not."""
        return 740 if self.width < 500 else 800


class Traveller:
    """One browser of one user; use as a context manager. `at` checks the page it stands on."""

    def __init__(
        self, browser: Browser, address: str, reader: Reader, *, javascript: bool = True
    ) -> None:
        self.address, self.reader, self.javascript = address, reader, javascript
        self.context = browser.new_context(
            locale=reader.locale,
            viewport={"width": reader.width, "height": reader.height},
            java_script_enabled=javascript,
        )
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.foreign: list[str] = []
        self.arrived: list[Request] = []
        self.views = 0
        self.context.on("request", self._asked)
        self.context.on("requestfinished", lambda request: self.arrived.append(request))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.problems.append(said.text) if said.type == "error" else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self.context.close()
        if kind is None:
            assert self.foreign == [], "a page asked another host"
            assert self.problems == [], "a page had errors"

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc:
            self.foreign.append(request.url)

    # Moving

    def open(self, path: str) -> None:
        """Type an address."""
        self.arrived.clear()
        self.page.goto(f"{self.address}{path}")

    def follow(self, target: str) -> None:
        """Click the first link whose address matches, in the page itself if it has one."""
        links = [*self.page.locator("main a[href]").all(), *self.page.locator("a[href]").all()]
        for link in links:
            if re.search(target, link.get_attribute("href") or ""):
                self._leave(link)
                return
        raise AssertionError(f"{self.page.url} has no link to {target}")

    def send(self, action: str = "") -> None:
        """Click the first button of the page's form; of the one with that action, if there is."""
        form = f"main form[action$='{action}']" if action else "main form:has(button)"
        self._leave(self.page.locator(f"{form} button[type=submit]").first)

    def _leave(self, by: Locator) -> None:
        self.arrived.clear()
        with self.page.expect_navigation():
            by.click()

    def choose_language(self) -> None:
        """Press the name of the language in the header, if pages come in another."""
        if self.page.locator("html").get_attribute("lang") != self.reader.language:
            self._leave(self.page.locator(f"header button[value='{self.reader.language}']"))

    def wait_for_link(self, path: str, target: str) -> None:
        """Reload a page until it has a link whose address matches, and click that."""
        deadline = time.monotonic() + 60
        while True:
            self.open(path)
            links = [link.get_attribute("href") or "" for link in self.page.locator("a").all()]
            if any(re.search(target, link) for link in links):
                return self.follow(target)
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.page.url}: for a minute no link to {target}")
            time.sleep(0.3)

    @property
    def node(self) -> str:
        """The code of the node whose page this is."""
        return (urlsplit(self.address).hostname or "").partition(".")[0]

    @property
    def path(self) -> str:
        """Where the browser stands."""
        return urlsplit(self.page.url).path

    # Writing

    def fill(self, **values: str | Iterable[str]) -> None:
        """Write into fields; radios and boxes are ticked by their values."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']")
            if field.first.get_attribute("type") in TICKED:
                for one in [value] if isinstance(value, str) else value:
                    self.page.locator(f"main [name='{name}'][value='{one}']").check()
            elif field.locator("option").count():
                field.select_option(value if isinstance(value, str) else list(value))
            else:
                assert isinstance(value, str)
                field.fill(value)

    def by_keyboard(self, **values: str) -> None:
        """Reach each field with the tab key, in the order of the page, and fill it; then the button
        of the form, and press it."""
        for name, value in values.items():
            self._tab_to(f"[name='{name}']")
            kind = self.page.locator(f"main [name='{name}']").first.get_attribute("type")
            if kind not in TICKED:
                self.page.keyboard.type(value)
                continue
            self.page.keyboard.press("Space")
            chosen = self.page.locator(f"main [name='{name}'][value='{value}']")
            for _ in range(10):
                if chosen.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
            expect(chosen).to_be_checked()
        self._tab_to("button[type=submit]")
        self.arrived.clear()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _tab_to(self, wanted: str) -> None:
        for _ in range(150):
            self.page.keyboard.press("Tab")
            if self.page.locator(f"main {wanted}:focus").count():
                return
        raise AssertionError(f"{self.page.url}: the tab key does not lead to {wanted}")

    # Looking

    def at(self, name: str, where: str = "", *, language: str = "") -> None:
        """The page passes: right place and language (the reader's, if no other is named), marked as
        demonstration, no violation that axe finds, not wider than the screen, no error, no other
        host, and light."""
        page = self.page
        page.wait_for_load_state("load")
        assert re.search(where, self.path), f"{name}: stands at {self.path}"
        expect(page.locator("html")).to_have_attribute("lang", language or self.reader.language)
        expect(page.locator(".ayni-demo")).to_be_visible()
        expect(page.locator("h1")).to_have_count(1)
        if not self.javascript:
            return
        assert not self.problems, f"{name}: {self.problems} {page.locator('main').inner_text()}"
        assert not self.foreign, f"{name}: {self.foreign}"
        self._check_weight(name)
        assert not (found := violations(page)), f"{name}: {found}"
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= self.reader.width, f"{name} is {wide} pixels wide"
        folder = f"journey-{self.reader.language}-{self.reader.width}"
        if ALL_PAGES:
            self._keep(PICTURES / folder / f"{name}.png", full_page=True)

    def _check_weight(self, name: str) -> None:
        """Bytes over the wire since the last click; what came from the cache counts nothing."""
        # From the cache the browser tells a size below 0.
        sizes = {r.url: max(0, r.sizes()["responseBodySize"]) for r in self.arrived}
        received = sum(sizes.values())
        most = NEXT_VIEW if self.views else FIRST_VIEW
        self.views += 1
        assert received <= most, f"{name}: {received} bytes, {sizes}"

    def _keep(self, file: Path, **options: object) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file, animations="disabled", **options)  # type: ignore[arg-type]

    def picture(self, name: str, *, height: int, language: str = "es") -> None:
        """A picture for docs/how-to of the upper part of the page, in the run of one language.
        Taken if AYNI_SCREENSHOTS names the folder for them."""
        folder = os.environ.get("AYNI_SCREENSHOTS", "")
        if not folder or language != self.reader.language or not self.javascript:
            return
        width = min(self.reader.width, PICTURE_WIDTH)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.evaluate("() => window.scrollTo(0, 0)")
        file = Path(folder) / f"{name}.png"
        self._keep(file)
        file.write_bytes(shrink(file.read_bytes()))
        self.page.set_viewport_size({"width": self.reader.width, "height": self.reader.height})
