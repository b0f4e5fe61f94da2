"""Two at once, each on a connection of its own: whether one waits for the other."""

from __future__ import annotations

from django.db import connection


def somebody_waits() -> bool:
    """Whether another connection waits for something that this one holds."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_clear_snapshot()")
        cursor.execute(
            "select exists(select from pg_stat_activity where pid <> pg_backend_pid()"
            " and pg_backend_pid() = any(pg_blocking_pids(pid)))"
        )
        (waits,) = cursor.fetchone()
    return bool(waits)
