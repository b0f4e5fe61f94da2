"""What is queued wakes the couriers of this node when the transaction that queued it commits."""

from __future__ import annotations

from django.db import connection

CHANNEL = "ayni_exchange_drain"


def ask_to_drain(peer: str) -> None:
    """Let a courier look what waits for this peer, once the present transaction is committed.

    The database tells it once for each transaction, however much that queues, and nobody if it is
    rolled back (PostgreSQL, NOTIFY). Nothing is lost if no courier runs: each looks when it begins.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, %s)", [CHANNEL, peer])
