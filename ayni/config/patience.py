"""Forms that arrive slowly: they are taken in before anything works at them, few at once.

The server hands a request to one of its four threads before its body is there, and cannot end a
body that stands still. Four connections that send a byte now and then, or none, would stop all
pages of their process. So of the four threads at most two wait for bodies of forms, two for files
of officers, three for both; a form that is not here after 15 seconds is given up, and a line on
which any body stands still for so long is cut (`still`). What other nodes send has its own gate
(`exchange.bodies`); with it, too, no more than three wait: reading pages goes on.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from ayni.config.still import Lines, Work
from ayni.lib.gate import Busy, Gate

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
AT_ONCE, OF_ONE_SORT = 3, 2  # of the four threads of a process (`ayni.node.web`)
WHOLE = 15.0  # seconds within which a form must be here
SMALL = 65_536  # bytes of a form; what is larger is taken as it comes
# Bytes that are asked for at once. One alone is sixteen times as many reads of a form; of more, a
# client that sends one a second would hold its thread for longer than `WHOLE`.
STEP = 16
_DIGITS = 18  # of a length that is one
_WAIT = "10"
_SAYS = (
    "El servidor espera otros envíos. Vuelva a enviar el formulario en unos segundos.\n"
    "O servidor espera outros envios. Envie o formulário de novo em alguns segundos.\n"
    "The server is waiting for other forms. Send this one again in a few seconds.\n"
)


class TooSlow(OSError):
    """A body was not here in time: as where a client has hung up, what came of it is nothing."""


def taken(source: Any, length: int, *, until: float) -> bytes:
    """So many bytes, or fewer if it ends before. Raises `TooSlow` after `until` (monotonic).

    A few at a time: asked for more, the server's stream waits until all of it is there.
    """
    found = bytearray()
    while len(found) < length:
        part = source.read(min(STEP, length - len(found)))
        if not part:
            break
        found += part
        if time.monotonic() > until:
            raise TooSlow
    return bytes(found)


class Patient:
    """A body whose reads are known to whoever looks for lines that stand still. `left`: bytes that
    are to come, -1 where that is not known; `whole` is called once they are here."""

    def __init__(
        self, source: Any, work: Work, lines: Lines, *, left: int, whole: Callable[[], None]
    ) -> None:
        self._source, self._work, self._waiting = source, work, lines.waiting(work)
        self._left, self._whole = left, whole

    def read(self, size: int = -1) -> bytes:
        """As of the server's stream. Raises `TooSlow` where the line was cut meanwhile: half a
        body is none."""
        found: bytes = b""
        try:
            with self._waiting:
                found = self._source.read(size)
        finally:
            if self._work.cut and not 0 <= size <= len(found):
                raise TooSlow
        self._left -= len(found)
        if self._left == 0 or not 0 <= size <= len(found):
            self._whole()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class Patience:
    """Stands before the application of a web process."""

    def __init__(
        self, application: Application, *, whole: float = WHOLE, lines: Lines | None = None
    ) -> None:
        self._application, self._whole = application, whole
        self._gate = Gate(at_once=AT_ONCE, of_one=OF_ONE_SORT)
        self._all = Gate(at_once=AT_ONCE, of_one=AT_ONCE)
        self._lines = lines or Lines()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer, or ask to send it again in a while (503, 408)."""
        length = environ.get("CONTENT_LENGTH") or ""
        body = length.strip("0") != "" or "HTTP_TRANSFER_ENCODING" in environ
        with self._lines.working(str(environ.get("REMOTE_ADDR", ""))) as work:
            if self._lines.turns_away(work):
                return _again(start_response, "503 Service Unavailable")
            if not body:
                return self._application(environ, start_response)
            try:
                with ExitStack() as kept:
                    kept.enter_context(self._all.sending("body"))
                    told = self._with_body(environ, length, work, kept)
                    return self._application(told, start_response)
            except Busy:
                return _again(start_response, "503 Service Unavailable")
            except TooSlow:
                return _again(start_response, "408 Request Timeout")

    def _with_body(
        self, environ: dict[str, Any], length: str, work: Work, kept: ExitStack
    ) -> dict[str, Any]:
        """The request for the application. `kept`: the places of its body, one of which it gives
        back when that is here. Raises `Busy`, `TooSlow`."""
        known = length.isascii() and length.isdigit() and len(length) <= _DIGITS
        size = int(length) if known else -1
        place = kept.pop_all()
        kept.push(place)
        source = Patient(environ["wsgi.input"], work, self._lines, left=size, whole=place.close)
        if environ.get("PATH_INFO", "").startswith("/exchange/"):
            return {**environ, "wsgi.input": source}
        if not 0 <= size <= SMALL:
            kept.enter_context(self._gate.sending("file"))
            return {**environ, "wsgi.input": source}
        with self._gate.sending("form"):
            found = taken(source, size, until=time.monotonic() + self._whole)
        place.close()
        return {**environ, "wsgi.input": io.BytesIO(found)}


def _again(start_response: Any, status: str) -> Iterable[bytes]:
    content = _SAYS.encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(content))),
        ("Retry-After", _WAIT), ("Cache-Control", "no-store"), ("Connection", "close"),
        ("X-Content-Type-Options", "nosniff"),
    ]  # fmt: skip
    start_response(status, headers)
    return [content]
