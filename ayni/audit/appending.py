"""Entries are appended in one question to the database, several in two, the last of which lets the
head go.

Every page and every message does this once: what an ORM would ask in five costs more than all
else about an entry. A single one the database links to its predecessor itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
_NAMES = ", ".join(str(each.column) for each in _COLUMNS)
_ENTRY, _HEAD = Entry._meta.db_table, Head._meta.db_table
# What the database would check when it commits (foreign keys) it checks now: at the commit it would
# wait for rows of others who wait for the head that is held here.
_NOW = "set constraints all immediate; set constraints all deferred;"
_LOCK = f"{_NOW} select number, digest from {_HEAD} where id = 1 for update"  # noqa: S608 - ours
_ROW = "({})".format(", ".join("%s" for _ in _COLUMNS))
_INSERT = f"insert into {_ENTRY} ({_NAMES}) values "  # noqa: S608
_MOVE = f"; update {_HEAD} set number = %s, digest = %s where id = 1"  # noqa: S608
# As `chain.digest` does it.
_LINKED = {
    "number": "made.number",
    "previous": "made.previous",
    "digest": "made.digest",
}
_ONE = """
{now}
with head as (select number, digest from {head} where id = 1 for update),
     made as (
       select number + 1 as number, digest as previous,
              sha256(convert_to(concat(
                %s::text, number + 1, %s::text, encode(digest, 'hex'), %s::text), 'UTF8')) as digest
         from head),
     moved as (
       update {head} as mine set number = made.number, digest = made.digest
         from made where mine.id = 1 returning 1)
insert into {entry} ({names}) select {values} from made, moved
""".format(  # noqa: S608 - names of ours
    now=_NOW,
    head=_HEAD,
    entry=_ENTRY,
    names=_NAMES,
    values=", ".join(_LINKED.get(each.name, "%s") for each in _COLUMNS),
)
_UNLINKED = [each for each in _COLUMNS if each.name not in _LINKED]


def append(acts: Sequence[Done]) -> None:
    """Append an entry for each act, in the caller's transaction, which holds the head from here
    on. Raises `Head.DoesNotExist`: a chain without its head takes no entry."""
    if len(acts) == 1:
        _append_one(acts[0])
        return
    number, previous = _locked()
    rows: list[list[Any]] = []
    for this in acts:
        number += 1
        entry = _entry(this, number, previous)
        previous = bytes(entry.digest)
        rows.append(_values(entry, _COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT + ", ".join(_ROW for _ in rows) + _MOVE,
            [value for row in rows for value in row] + [number, previous],
        )


def _append_one(this: Done) -> None:
    parts = chain.around(
        at=this.at,
        actor=_actor(this),
        verb=this.verb,
        subject=this.subject,
        detail=this.detail,
    )
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [*parts, *_values(_unlinked(this), _UNLINKED)])
        while cursor.nextset():
            pass
        if cursor.rowcount != 1:
            raise Head.DoesNotExist


def _values(entry: Entry, fields: Iterable[Any]) -> list[Any]:
    return [each.get_db_prep_save(getattr(entry, each.attname), connection) for each in fields]


def _locked() -> tuple[int, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        while cursor.nextset():
            pass
        found = cursor.fetchone()
    if found is None:
        raise Head.DoesNotExist
    return found[0], bytes(found[1])


def _actor(this: Done) -> dict[str, str]:
    return {
        "id": this.by.id,
        "institution": this.by.institution,
        "kind": str(this.by.kind),
        "role": this.by.role,
    }


def _unlinked(this: Done) -> Entry:
    actor = _actor(this)
    return Entry(
        at=this.at,
        actor_kind=actor["kind"],
        actor_id=actor["id"],
        actor_institution=actor["institution"],
        actor_role=actor["role"],
        verb=this.verb,
        subject=this.subject,
        detail=this.detail,
    )


def _entry(this: Done, number: int, previous: bytes) -> Entry:
    entry = _unlinked(this)
    entry.number, entry.previous = number, previous
    entry.digest = chain.digest(
        previous=previous,
        number=number,
        at=this.at,
        actor=_actor(this),
        verb=this.verb,
        subject=this.subject,
        detail=this.detail,
    )
    return entry
