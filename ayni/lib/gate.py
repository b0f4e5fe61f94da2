"""Who is sending a body at this moment: few at once, so that slow ones hold no whole process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ayni.lib.errors import AyniError

_QUICK = 1.0  # seconds within which an honest body of any size begins to be taken
_PATIENCE = 0.2  # seconds that a request waits for one of the others


class Busy(AyniError):
    """Others are sending, and slowly: come again."""

    code = "busy"


class Gate:
    """Who is sending a body at this moment. One for each process."""

    def __init__(self, *, at_once: int, of_one: int) -> None:
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
