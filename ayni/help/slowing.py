"""Notices are slowed down per place, never reading: whoever is in danger always sees whom to call.

A place (a household, a shelter, a library) may send ten at once and then one every 30 seconds. Who
is told to wait keeps what was typed; the same form sent again after that time goes through,
whatever else comes from there meanwhile, so that nobody behind a shared address is shut out by
another one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from uuid import UUID

from ayni.lib.pace import MOST_KEYS, Counter, Pace, place

FRESH = Pace(burst=10, every=30.0)
# Forms that have waited: a machine that keeps each one for its time sends 30 a minute at most.
WAITED = Pace(burst=30, every=2.0)
LONGEST = 60.0


class Slowing:
    """What one process knows of who sent how much. `now`: seconds of a clock that never goes
    back."""

    def __init__(self) -> None:
        self._fresh, self._waited = Counter(FRESH), Counter(WAITED)
        self._told: OrderedDict[UUID, float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, *, address: str, form_id: UUID, now: float) -> float:
        """Seconds that this form has to wait; 0 if it may be taken now."""
        where = place(address)
        with self._lock:
            due = self._told.get(form_id)
        if due is not None and due > now:
            return due - now
        if due is not None:
            return self._waited.wait(where, now)
        seconds = min(self._fresh.wait(where, now), LONGEST)
        if seconds:
            with self._lock:
                self._told[form_id] = now + seconds
                while len(self._told) > MOST_KEYS:
                    self._told.popitem(last=False)
        return seconds

    def forget(self) -> None:
        """Begin anew."""
        self._fresh.forget()
        self._waited.forget()
        self._told.clear()


notices = Slowing()
