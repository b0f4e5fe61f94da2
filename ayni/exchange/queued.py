"""The messages of the queue that leave for a peer next: as many as one request takes, locked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from ayni.exchange import batches, prepared
from ayni.exchange.models import OutgoingMessage

# None while another process delivers to the peer; until the transaction ends nobody else does.
_NEXT = """
with ours as materialized (
       select pg_try_advisory_xact_lock(hashtext('ayni.exchange.drain'), hashtext(%s)) as ours),
     waiting as (
       select place, 4 + coalesce(octet_length(envelope), 0) as size
         from exchange_outgoingmessage
        where peer = %s and state = 'queued' and not conversation = any(%s)
          and (select ours from ours)
        order by place limit %s),
     sized as (
       select place, row_number() over earlier as number, sum(size) over earlier as size
         from waiting window earlier as (order by place))
select {columns}, (select count(*) from waiting)
  from exchange_outgoingmessage as each
 where state = 'queued' and place in (select place from sized where number = 1 or size <= %s)
 order by place for update of each
""".format(  # noqa: S608 - names of ours
    columns=", ".join(f'each."{each.column}"' for each in OutgoingMessage._meta.concrete_fields)
)
_FIELDS = OutgoingMessage._meta.concrete_fields


def leaving_next(peer: str, blocked: Iterable[str], most: int) -> tuple[list[OutgoingMessage], int]:
    """Messages in their order, none of a conversation in `blocked`; and how many of `most` wait,
    also those for which a request has no room. None while another process delivers to the peer."""
    found = prepared.ask(_NEXT, [peer, peer, sorted(blocked), most, batches.ROOM])
    return [_row(each) for each in found], found[0][-1] if found else 0


def _row(values: Sequence[Any]) -> OutgoingMessage:
    """A message as the database keeps it."""
    read = [
        each.from_db_value(value, None, connection) if hasattr(each, "from_db_value") else value
        for each, value in zip(_FIELDS, values, strict=False)
    ]
    return OutgoingMessage.from_db("default", [each.attname for each in _FIELDS], read)
