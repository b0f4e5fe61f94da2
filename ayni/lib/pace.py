"""How often somebody may ask: a burst, then one at a time. Pure; `now` is in seconds of any clock
that never goes back.

Counted in the memory of one process (docs/adr/0027): a process forgets when it ends, and several
count apart. Generic cell rate algorithm (ITU-T I.371): one number for each key.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass

MOST_KEYS = 10_000  # about 2 MB; then whoever asked least recently is forgotten


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` times at once, and one more `every` so many seconds."""

    burst: int
    every: float


class Counter:
    """Counts by key. Safe between threads."""

    def __init__(self, pace: Pace, most: int = MOST_KEYS) -> None:
        self.pace, self._most = pace, most
        self._next: OrderedDict[str, float] = OrderedDict()  # when the key would be even
        self._lock = threading.Lock()

    def wait(self, key: str, now: float, *, times: int = 1) -> float:
        """Seconds to wait, 0 if it may ask now: then it is counted; a refusal is not.

        `times`: it asks for so many at once. That is allowed while there is room for one, and what
        is too much is waited for afterwards: what is larger than the burst passes too, alone.
        """
        pace = self.pace
        with self._lock:
            even = max(self._next.get(key, now), now)
            too_early = even + pace.every - pace.burst * pace.every - now
            if too_early > 1e-9:
                return too_early
            self._next[key] = even + pace.every * times
            self._next.move_to_end(key)
            while len(self._next) > self._most:
                self._next.popitem(last=False)
            return 0.0

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._next.clear()


def place(address: str) -> str:
    """From where somebody asks: an IPv4 address, or the /64 network of an IPv6 one, of which one
    household has all addresses. Anything else is one place together.

    A socket of both kinds calls an IPv4 address by an IPv6 one (RFC 4291, 2.5.5.2): the IPv4 one
    counts, or everybody would be one place."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
