"""A port for a node that starts later."""

from __future__ import annotations

import secrets
import socket

# Below what Linux gives to lines that go out (32768 to 60999): while a node is being made, none of
# the many lines of another test or benchmark takes its port.
_FIRST, _LAST = 20_000, 32_000


def a_free_port() -> int:
    """A port of this machine on which nobody listens now. Raises `OSError` if a hundred are taken."""
    for _turn in range(99):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    with socket.create_server(("127.0.0.1", _LAST)):
        return _LAST
