"""Bodies that others send: a length that is one, and few at once while they arrive.

The server hands a request to one of its four threads before the body is there. A peer that sends
a byte now and then would keep that thread, and four such requests would stop the whole node: its
officers and its public pages too. So only three bodies may be on their way at once, and two from
one place; what is quick never notices.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.http import HttpRequest

from ayni.exchange.errors import TooLarge
from ayni.lib.gate import Busy, Gate
from ayni.lib.pace import place

__all__ = ["Busy", "Gate", "arriving", "taken"]

AT_ONCE, OF_ONE_PLACE = 3, 2  # of the four threads of a process (`ayni.node.web`)

_gate = Gate(at_once=AT_ONCE, of_one=OF_ONE_PLACE)


def taken(request: HttpRequest, *, largest: int) -> bytes:
    """The body, as it came: nothing is ever unpacked. Raises `TooLarge` before it is read, also for
    a length that is none, and `Busy`."""
    told = request.headers.get("Content-Length", "")
    if not (told.isascii() and told.isdigit()) or len(told) > 12 or int(told) > largest:
        raise TooLarge(f"{largest} bytes at most")
    with arriving(request.META.get("REMOTE_ADDR", "")):
        return request.read(int(told))


def arriving(address: str) -> AbstractContextManager[None]:
    """Keep a place for a body that arrives from there; entering raises `Busy`."""
    return _gate.sending(place(address))
