"""Entries are appended in two questions to the database, the second of which lets the head go.

Every page and every message does this once: what an ORM would ask in five costs more than all
else about an entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import connection

from ayni.audit import chain
from ayni.audit.actor import Actor
from ayni.audit.models import Entry, Head


class Done(Protocol):
    """What is recorded about one act."""

    by: Actor
    verb: str
    subject: str
    detail: dict[str, str]
    at: datetime


_COLUMNS = Entry._meta.concrete_fields
_ENTRY, _HEAD = Entry._meta.db_table, Head._meta.db_table
# What the database would check when it commits (foreign keys) it checks now: at the commit it would
# wait for rows of others who wait for the head that is held here.
_LOCK = f"""
set constraints all immediate; set constraints all deferred;
select number, digest from {_HEAD} where id = 1 for update
"""  # noqa: S608 - names of ours
_ROW = "({})".format(", ".join("%s" for _ in _COLUMNS))
_INSERT = f"insert into {_ENTRY} ({', '.join(str(each.column) for each in _COLUMNS)}) values "  # noqa: S608
_MOVE = f"; update {_HEAD} set number = %s, digest = %s where id = 1"  # noqa: S608


def append(acts: Iterable[Done]) -> None:
    """Append an entry for each act, in the caller's transaction, which holds the head from here
    on."""
    number, previous = _locked()
    rows: list[list[Any]] = []
    for this in acts:
        number += 1
        entry = _entry(this, number, previous)
        previous = bytes(entry.digest)
        rows.append(
            [each.get_db_prep_save(getattr(entry, each.attname), connection) for each in _COLUMNS]
        )
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT + ", ".join(_ROW for _ in rows) + _MOVE,
            [value for row in rows for value in row] + [number, previous],
        )


def _locked() -> tuple[int, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        while cursor.nextset():
            pass
        number, digest = cursor.fetchone()
    return number, bytes(digest)


def _entry(this: Done, number: int, previous: bytes) -> Entry:
    actor = {
        "id": this.by.id,
        "institution": this.by.institution,
        "kind": str(this.by.kind),
        "role": this.by.role,
    }
    return Entry(
        number=number,
        at=this.at,
        actor_kind=actor["kind"],
        actor_id=actor["id"],
        actor_institution=actor["institution"],
        actor_role=actor["role"],
        verb=this.verb,
        subject=this.subject,
        detail=this.detail,
        previous=previous,
        digest=chain.digest(
            previous=previous,
            number=number,
            at=this.at,
            actor=actor,
            verb=this.verb,
            subject=this.subject,
            detail=this.detail,
        ),
    )
