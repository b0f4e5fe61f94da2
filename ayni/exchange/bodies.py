"""Bodies that others send: a length that is one, and few at once while they arrive.

The server hands a request to one of its four threads before the body is there. A peer that sends
a byte now and then would keep that thread, and four such requests would stop the whole node: its
officers and its public pages too. So only three bodies may be on their way at once, and two from
one place; what is quick never notices.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest

from ayni.exchange.errors import TooLarge
from ayni.lib.errors import AyniError
from ayni.lib.pace import place

AT_ONCE, OF_ONE_PLACE = 3, 2  # of the four threads of a process (`ayni.node.web`)
_QUICK = 1.0  # seconds within which an honest body of any size begins to be taken
_PATIENCE = 0.2  # seconds that a request waits for one of the others


class Busy(AyniError):
    """Others are sending, and slowly: come again."""

    code = "busy"


class Gate:
    """Who is sending a body at this moment. One for each process."""

    def __init__(self, *, at_once: int = AT_ONCE, of_one: int = OF_ONE_PLACE) -> None:
        self._at_once, self._of_one = at_once, of_one
        self._changed = threading.Condition()
        self._sending: dict[object, tuple[str, float]] = {}

    def _full(self, where: str) -> bool:
        same = sum(from_ == where for from_, _since in self._sending.values())
        return len(self._sending) >= self._at_once or same >= self._of_one

    def _slow(self) -> bool:
        latest = time.monotonic() - _QUICK
        return any(since < latest for _from, since in self._sending.values())

    @contextmanager
    def sending(self, where: str) -> Iterator[None]:
        """While a body from this place is taken. Raises `Busy`."""
        with self._changed:
            patience = 0.0 if self._slow() else _PATIENCE
            if not self._changed.wait_for(lambda: not self._full(where), patience):
                raise Busy
            mine = object()
            self._sending[mine] = (where, time.monotonic())
        try:
            yield
        finally:
            with self._changed:
                del self._sending[mine]
                self._changed.notify_all()


_gate = Gate()


def taken(request: HttpRequest, *, largest: int) -> bytes:
    """The body, as it came: nothing is ever unpacked. Raises `TooLarge` before it is read, also for
    a length that is none, and `Busy`."""
    told = request.headers.get("Content-Length", "")
    if not (told.isascii() and told.isdigit()) or len(told) > 12 or int(told) > largest:
        raise TooLarge(f"{largest} bytes at most")
    with _gate.sending(place(request.META.get("REMOTE_ADDR", ""))):
        return request.read(int(told))
