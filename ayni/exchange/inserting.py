"""A message that came is inserted once: whatever comes at the same time, the database decides."""

from __future__ import annotations

from django.db import connection

from ayni.exchange import keys, prepared
from ayni.exchange.errors import WrongConversation
from ayni.exchange.models import IncomingMessage
from ayni.exchange.states import Incoming
from ayni.lib.errors import AyniError


class Duplicate(AyniError):
    """The id, or the place in the conversation, is taken."""


def insert(row: IncomingMessage, key_sheet: int) -> None:
    """Keep a message, under its id and its place in its conversation.

    Raises `Duplicate`, `WrongConversation` for one that belongs to another node, or `KeyGone` if
    the key that it will be opened with later has gone at this moment."""
    if row.state != Incoming.APPLIED:
        keys.hold(row.institution, key_sheet)
    peer, inserted = _inserted(row)
    if not peer:  # another request made the conversation at this moment: now it is to be seen
        peer, inserted = _inserted(row)
    if peer != row.peer:
        raise WrongConversation(row.conversation)
    if not inserted:
        raise Duplicate


_COLUMNS = IncomingMessage._meta.concrete_fields
# The conversation is made if there is none, and the message inserted if it is the peer's and
# neither the message's id nor its place in the conversation is taken.
_INSERT = """
with made as (
    insert into exchange_conversation (id, peer, sent) values (%s, %s, 0)
        on conflict (id) do nothing returning peer
), found as (
    select peer from made union all select peer from exchange_conversation where id = %s limit 1
), inserted as (
    insert into {table} ({columns})
        select {values} from found where found.peer = %s
        on conflict do nothing returning 1
)
select (select peer from found), (select count(*) from inserted)
""".format(  # noqa: S608 - names of ours
    table=IncomingMessage._meta.db_table,
    columns=", ".join(str(each.column) for each in _COLUMNS),
    values=", ".join(f"%s::{each.db_type(connection)}" for each in _COLUMNS),
)


def _inserted(row: IncomingMessage) -> tuple[str, bool]:
    """Whose conversation it is (empty: one that is not to be seen yet), and whether the row was
    inserted."""
    values = [each.get_db_prep_save(getattr(row, each.attname), connection) for each in _COLUMNS]
    begin = [row.conversation, row.peer, row.conversation]
    ((peer, count),) = prepared.ask(_INSERT, [*begin, *values, row.peer])
    return peer or "", bool(count)
