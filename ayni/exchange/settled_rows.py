"""Saving messages that were settled, with their entries in the audit chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from ayni.audit import api as audit
from ayni.exchange import prepared
from ayni.exchange.models import OutgoingMessage
from ayni.exchange.states import Outgoing

_NAMES = {"attempts", "envelope", "own_key", "reason", "receipt", "settled_at", "state"}
_SETTLED = [each for each in OutgoingMessage._meta.concrete_fields if each.name in _NAMES]
# The envelope of one that was delivered stays as it is, and is not written again.
_DELIVERED = [each for each in _SETTLED if each.name != "envelope"]
_KEEP, _KEEP_DELIVERED = (
    "update {} set {} where place = %s".format(  # noqa: S608 - names of ours
        OutgoingMessage._meta.db_table, ", ".join(f"{each.column} = %s" for each in some)
    )
    for some in (_SETTLED, _DELIVERED)
)


def keep(rows: Sequence[OutgoingMessage]) -> None:
    """Save what was settled, and record it."""
    job = audit.job("exchange.drain")
    for row in rows:
        refused = row.state == Outgoing.REFUSED
        verb, why = ("refused", {"reason": row.reason}) if refused else ("delivered", {})
        with audit.act(
            by=job, verb=f"exchange.{verb}", subject=row.message, savepoint=False, **why
        ):
            pass
    for row in rows:
        if row.state == Outgoing.DELIVERED:
            prepared.ask(_KEEP_DELIVERED, _values(row, _DELIVERED))
        else:
            prepared.ask(_KEEP, _values(row, _SETTLED))


def _values(row: OutgoingMessage, some: Sequence[Any]) -> list[Any]:
    values = [each.get_db_prep_save(getattr(row, each.attname), connection) for each in some]
    return [*values, row.place]
