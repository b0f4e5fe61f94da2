"""Statements that a process asks again and again, planned once for each connection.

Django writes values into its statements itself, so that the database plans each anew; for the
half-dozen that every message needs that costs as much as running them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def ask(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement of constant text on Django's connection, in its transaction; its rows, or
    none if it returns none. JSON comes as text, as Django reads it.

    Raises what Django raises for the same failures. From its third time on a connection it is a
    prepared statement (PostgreSQL, PREPARE).
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description is not None else []
