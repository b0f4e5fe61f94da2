"""Where the time of a page goes: queries, unsealing, engine, template; each without the others.

The clock of a part stops while another part runs inside it, such as a query inside a template.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

PARTS = ("queries", "unsealing", "engine", "template")


class Parts:
    """Seconds spent in each part, and everywhere else as `other`."""

    def __init__(self, names: Sequence[str] = PARTS) -> None:
        self.spent = dict.fromkeys((*names, "other"), 0.0)
        self._running = ["other"]
        self._since = time.perf_counter()

    @contextmanager
    def inside(self, part: str) -> Iterator[None]:
        """Count what runs here as `part`."""
        self._switch()
        self._running.append(part)
        try:
            yield
        finally:
            self._switch()
            self._running.pop()

    def _switch(self) -> None:
        now = time.perf_counter()
        self.spent[self._running[-1]] += now - self._since
        self._since = now

    def milliseconds(self, count: int) -> dict[str, float]:
        """Per page, in milliseconds."""
        self._switch()
        return {name: round(spent / count * 1000, 2) for name, spent in self.spent.items()}


@contextmanager
def replaced(owner: Any, name: str, parts: Parts, part: str) -> Iterator[None]:
    """Count every call of `owner.name` as `part` while the block runs."""
    real = getattr(owner, name)

    def timed(*args: Any, **kwargs: Any) -> Any:
        with parts.inside(part):
            return real(*args, **kwargs)

    setattr(owner, name, timed)
    try:
        yield
    finally:
        setattr(owner, name, real)


def split(ask: Callable[[int], Any], count: int) -> dict[str, float]:
    """Mean milliseconds of each part over `count` pages; `other` is views, middleware, client."""
    from django.db import connection
    from django.template.backends.django import Template

    from ayni.protocol import recording
    from ayni.vault.keyring import Keyring
    from ayni.vault.sealing import Sealer

    for number in range(5):
        ask(number)
    with ExitStack() as measured:
        parts = Parts()

        def query(execute: Callable[..., Any], *args: Any) -> Any:
            with parts.inside("queries"):
                return execute(*args)

        measured.enter_context(connection.execute_wrapper(query))
        for owner, name, part in (
            (Sealer, "open", "unsealing"),
            (Keyring, "subject_keys", "unsealing"),
            (recording, "evaluate", "engine"),
            (Template, "render", "template"),
        ):
            measured.enter_context(replaced(owner, name, parts, part))
        for number in range(count):
            ask(number)
        return parts.milliseconds(count)
