"""What a client sent is let go of with the answer, not when the collector comes by."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Body:
    """The stream of a request, until it is let go of; empty from then on."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def read(self, *size: int) -> bytes:
        return self._source.read(*size)  # type: ignore[no-any-return]

    def readline(self, *size: int) -> bytes:
        return self._source.readline(*size)  # type: ignore[no-any-return]

    def let_go(self) -> None:
        self._source = io.BytesIO()


class Released:
    """Stands before an application that has read what it wants when it returns its answer.

    A request of Django's hangs in circles (its user and its messages know it), so that it stays,
    with the body in the server's stream, until the collector looks for circles, which is seldom
    (`ayni.lib.collecting`). The chunks of one attachment of 100 MB filled 70 MB in that way.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer."""
        body = _Body(environ["wsgi.input"])
        try:
            return self._application({**environ, "wsgi.input": body}, start_response)
        finally:
            body.let_go()
