"""Accepting key sheets of one member: whoever does it at the same moment waits, and then sees what
was accepted."""

from __future__ import annotations

from django.db import connection

_ALONE = "select pg_advisory_xact_lock(hashtext('ayni.exchange.key_sheets'), hashtext(%s))"


def accepting_sheets_of(node: str) -> None:
    """Keep others off until the transaction of the caller ends. The job that asks the peers, a peer
    that brings its sheets itself and a person with a file come at any time, all with the same."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [node])
