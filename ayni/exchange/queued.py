"""What is queued for a peer and leaves next, locked; nobody waits for another here.

Whoever withdraws or protects holds some messages and comes to others, in an order of its own. So
the one that delivers takes no part in waiting: what somebody else holds at this moment stays, with
what follows it in its conversation, until the next look.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ayni.exchange import batches, prepared
from ayni.exchange.models import OutgoingMessage
from ayni.exchange.states import Outgoing


@dataclass(frozen=True, slots=True)
class Next:
    """The locked messages in their order; conversations of which somebody else holds one; whether
    nothing waits behind these."""

    rows: list[OutgoingMessage]
    held: frozenset[str]
    last: bool


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
         from waiting window earlier as (order by place)),
     wanted as (select place from sized where number = 1 or size <= %s)
select {columns}, (select count(*) from wanted), (select count(*) from waiting)
  from exchange_outgoingmessage as each
 where state = 'queued' and place in (select place from wanted)
 order by place for update of each skip locked
""".format(  # noqa: S608 - names of ours
    columns=", ".join(f'each."{each.column}"' for each in OutgoingMessage._meta.concrete_fields)
)


def next_of(peer: str, *, blocked: Collection[str], most: int) -> Next:
    """What leaves to a peer next, `most` messages and as many as one request takes, without the
    `blocked` conversations. Nothing while another process delivers to it, or if somebody else holds
    all of them."""
    found = prepared.ask(_NEXT, [peer, peer, sorted(blocked), most, batches.ROOM])
    wanted, waiting = found[0][-2:] if found else (0, 0)
    rows = [_row(each) for each in found]
    if len(rows) < wanted:
        return _without_held(peer, rows, blocked)
    return Next(rows, frozenset(), waiting < most and waiting == len(rows))


def _without_held(peer: str, rows: list[OutgoingMessage], blocked: Collection[str]) -> Next:
    """The same where somebody else held some, without what follows those."""
    places = [row.place for row in rows]
    others = OutgoingMessage.objects.filter(
        peer=peer, state=Outgoing.QUEUED, place__lt=max(places)
    ).exclude(place__in=places)
    first: dict[str, int] = {}
    left = others.exclude(conversation__in=sorted(blocked)).order_by("place")
    for conversation, place in left.values_list("conversation", "place"):
        first.setdefault(conversation, place)
    ours = [row for row in rows if row.place < first.get(row.conversation, row.place + 1)]
    return Next(ours, frozenset(first), last=False)


_FIELDS = OutgoingMessage._meta.concrete_fields


def _row(values: Sequence[Any]) -> OutgoingMessage:
    """A message as the database keeps it."""
    read = [
        each.from_db_value(value, None, connection) if hasattr(each, "from_db_value") else value
        for each, value in zip(_FIELDS, values, strict=False)
    ]
    return OutgoingMessage.from_db("default", [each.attname for each in _FIELDS], read)
