"""On whose behalf the database is asked: the setting that row-level security reads.

Without it every guarded table is empty. The setting belongs to the connection; `acting` puts the
former value back, also when the body raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection

_current: ContextVar[str] = ContextVar("ayni_institution", default="")


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('ayni.institution', %s, false)", [value])


@contextmanager
def acting(institution: UUID | str | None) -> Iterator[None]:
    """Ask the database on behalf of this institution; None asks on nobody's behalf."""
    value = "" if institution is None else str(UUID(str(institution)))
    token = _current.set(value)
    try:
        _set(value)
        yield
    finally:
        _current.reset(token)
        # In a transaction that is broken the rollback itself restores the former value.
        if not connection.needs_rollback:
            _set(_current.get())


def institution_now() -> UUID | None:
    """The institution on whose behalf this thread acts."""
    value = _current.get()
    return UUID(value) if value else None
