"""An officer at a browser, over HTTP: opens pages, fills the forms that stand on them."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from ayni.lib.errors import AyniError

_PATIENCE = 40  # seconds until an app shows its next number, and some
Values = Mapping[str, str | Sequence[str]]


class Unexpected(AyniError):
    """A page is not what a user would have expected; the text says which and how."""

    code = "unexpected"


@dataclass(slots=True)
class Form:
    """A form as it stands on a page: its fields with the values a browser would send."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._area = self._select = ""
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "a" and given.get("href"):
            self._link = given["href"]
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(self._form, name, given)
        elif tag == "button" and name:
            self._form.names.add(name)  # sent by whoever presses it
        elif tag == "textarea" and name:
            self._area = name
            self._form.names.add(name)
            self._form.fields[name] = [""]
        elif tag == "select" and name:
            self._select = name
            self._form.names.add(name)
        elif tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given or self._select not in self._form.fields:
                self._form.fields[self._select] = [given.get("value", "")]

    @staticmethod
    def _input(form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        form.names.add(name)
        if kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.fields.setdefault(name, []).append(given.get("value", "on"))
        elif kind not in {"submit", "button", "file"}:
            form.fields[name] = [given.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area:
            self._form.fields[self._area][0] += data
        if self._link is not None and data.strip():
            self.links.append((data.strip(), self._link))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "a":
            self._link = None


class Officer:
    """One browser of one user at one node; use as a context manager."""

    def __init__(self, address: str, port: int) -> None:
        self.host = urlsplit(address).netloc
        # Debian does not resolve *.localhost: the address is 127.0.0.1, the name in the header.
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Host": self.host, "Origin": address, "Accept-Language": "es"},
            timeout=60,
            trust_env=False,
        )
        self.path = "/"
        self.text = ""
        self.status = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _take(self, answer: httpx.Response) -> Self:
        for _ in range(6):
            if not answer.is_redirect:
                break
            target = urlsplit(urljoin(f"http://{self.host}{self.path}", answer.headers["Location"]))
            if target.netloc != self.host:
                raise Unexpected(f"{self.path} sends the browser to another host")
            self.path = target.path + (f"?{target.query}" if target.query else "")
            answer = self._client.get(self.path)
        self.text, self.status = answer.text, answer.status_code
        return self

    def open(self, path: str, *, status: int = 200) -> Self:
        """Open an address. Raises `Unexpected` for another status."""
        self.path = urlsplit(path).path if "://" in path else path
        self._take(self._client.get(self.path))
        if self.status != status:
            raise Unexpected(f"{self.host}{self.path} answers {self.status}")
        return self

    def forms(self) -> list[Form]:
        """The forms on the page."""
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms

    def link(self, pattern: str) -> str:
        """The first link on the page whose address matches. Raises `Unexpected`."""
        for target in self.links():
            if re.search(pattern, target):
                return target
        raise Unexpected(f"{self.host}{self.path} has no link to {pattern}")

    def link_named(self, text: str) -> str:
        """The address of the first link with this text. Raises `Unexpected`."""
        parser = _Forms()
        parser.feed(self.text)
        for said, target in parser.links:
            if said == text:
                return target
        raise Unexpected(f"{self.host}{self.path} has no link {text}")

    def links(self) -> list[str]:
        """The addresses of all links on the page."""
        parser = _Forms()
        parser.feed(self.text)
        return [target for _text, target in parser.links]

    def send(self, values: Values, *, action: str = "") -> Self:
        """Fill and send the form that has these fields. Raises `Unexpected` if there is none, or
        if the page comes back with errors."""
        form = self._form_with(values, action)
        sent: dict[str, str | list[str]] = {name: list(v) for name, v in form.fields.items()}
        for name, value in values.items():
            sent[name] = value if isinstance(value, str) else list(value)
        target = urljoin(self.path, form.action) if form.action else self.path
        before = self.path
        self.path = target
        self._take(
            self._client.post(target, data=sent, headers={"Referer": f"http://{self.host}/"})
        )
        if self.status >= 400:
            raise Unexpected(f"{self.host}{before} answers {self.status}: {self.errors()}")
        return self

    def _form_with(self, values: Values, action: str) -> Form:
        for form in self.forms():
            fits = form.method == "post" and set(values) <= form.names
            if fits and re.search(action, form.action or self.path):
                return form
        raise Unexpected(f"{self.host}{self.path} has no form with {', '.join(values) or action}")

    def errors(self) -> str:
        """The sentences that the page shows as errors."""
        found = re.findall(
            r'class="[^"]*error[^"]*"[^>]*>(.*?)</(?:p|li|ul|div|h2)>', self.text, re.S
        )
        plain = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in found]
        return "; ".join(part for part in plain if part)[:400]

    def sign_in(self, email: str, password: str) -> Self:
        """Sign in with password and second step. Raises `Unexpected` if that fails."""
        self.open("/account/login/").send({"login": email, "password": password})
        if "/account/login" in self.path:
            raise Unexpected(f"{self.host}: signing in failed: {self.errors()}")
        for _ in range(_PATIENCE):
            if "/2fa/authenticate" not in self.path:
                return self
            shown = re.search(r'id="shown-number">(\d+)<', self.text)
            if shown is None:
                # Each number counts once; three are good at a time.
                time.sleep(1)
                self.open(self.path)
            else:
                self.send({"code": shown[1]})
        raise Unexpected(f"{self.host}: the second step failed: {self.errors()}")
