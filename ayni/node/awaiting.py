"""What serves waits for a database that is only starting, as after a power cut; commands do not."""

from __future__ import annotations

import os
import threading
import time

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from ayni.node.home import PLAIN_URL, say
from ayni.node.postgres import Server
from ayni.node.words import gettext as _

PATIENCE = 60.0  # seconds; then the node ends, and systemd starts it again
_NAP, _ASK_FOR = 0.2, 3  # seconds


def database(
    server: Server | None, *, until: threading.Event | None = None, seconds: float = PATIENCE
) -> None:
    """Return when the database at DATABASE_URL takes connections, when `until` is set, or after so
    many seconds; whoever asks it then says what is wrong.

    An embedded `server` that has died meanwhile is started again. Nothing waits for an address
    that cannot be used, nor for what only a password or a right would open: PostgreSQL's own ping
    tells these apart and needs neither (libpq, PQping). Raises `Unable` as `Server.start` does.
    """
    told = until or threading.Event()
    deadline = time.monotonic() + seconds
    address = make_conninfo(os.environ[PLAIN_URL], connect_timeout=_ASK_FOR).encode()
    said = False
    while PGconn.ping(address) in {Ping.REJECT, Ping.NO_RESPONSE}:
        if told.is_set() or time.monotonic() >= deadline:
            return
        if not said:
            said = True
            say(_("PostgreSQL does not answer yet; the node waits for it"))
        if server is not None:
            server.watch()
        told.wait(_NAP)
