"""A port for a node that starts later."""

from __future__ import annotations

import contextlib
import secrets
import socket

# Below what Linux gives to lines that go out (32768 to 60999): while a node is being made, none of
# the many lines of another test or benchmark takes its port.
_FIRST, _LAST = 20_000, 32_000


def a_free_port() -> int:
    """A port of this machine on which nobody listens now. Raises `OSError` if many are taken."""
    for _turn in range(100):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no free port was found")
