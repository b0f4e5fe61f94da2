"""One load at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from ayni.statistics.errors import LoadUnderWay

LINEA145 = 145202001  # any numbers that no other lock of this database uses
GLOTIP = 145202002
TALLIES = 145202003


@contextmanager
def alone(lock: int) -> Iterator[None]:
    """Hold this lock; it goes with the connection, also when the process is killed.

    Raises `LoadUnderWay` where another process holds it.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            raise LoadUnderWay
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [lock])
