"""On whose behalf the database is asked: the two settings that row-level security reads.

`ayni.institution` says whose rows, `ayni.reach` which of its cases (need to know). Without them
every guarded table is empty. The settings belong to the connection; `acting` puts the former
values back, also when the body raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection
from psycopg.pq import TransactionStatus

EVERYTHING = "all"  # every case of the institution
_NOBODY = ("", "")
_BROKEN = (TransactionStatus.INERROR, TransactionStatus.UNKNOWN)
_current: ContextVar[tuple[str, str]] = ContextVar("ayni_acting", default=_NOBODY)


def _set(value: tuple[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('ayni.institution', %s, false), set_config('ayni.reach', %s, false)",
            list(value),
        )


@contextmanager
def acting(institution: UUID | str | None, *, reach: str = EVERYTHING) -> Iterator[None]:
    """Ask the database on behalf of this institution; None asks on nobody's behalf.

    `reach` narrows its cases to those that are open to one officer (`members.reach_of`).
    """
    value = _NOBODY if institution is None else (str(UUID(str(institution))), reach)
    if value == _current.get():  # one inside another on the same behalf changes nothing
        yield
        return
    token = _current.set(value)
    try:
        _set(value)
        yield
    finally:
        _current.reset(token)
        # In a transaction that is broken the rollback itself restores the former value; to ask now
        # would hide what broke it. A session that is gone has no value.
        if not (connection.needs_rollback or _is_broken()):
            _set(_current.get())


def _is_broken() -> bool:
    """Whether the session can take no statement until its transaction is rolled back, or ever."""
    session = connection.connection
    return session is not None and session.info.transaction_status in _BROKEN


def institution_now() -> UUID | None:
    """The institution on whose behalf this thread acts."""
    value = _current.get()[0]
    return UUID(value) if value else None
