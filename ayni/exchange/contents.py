"""What messages free of personal data say, kept with their salt: for a bundle of evidence.

Sealed under this node's key. Messages with personal data are not among them: of those only the
commitment is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models

from ayni.exchange import documents, wired
from ayni.exchange.errors import UnknownKind
from ayni.vault import api as vault
from ayni.vault.fields import internal

TOLD = "exchange.missing_told"
_OF_NODES = "exchange."  # what nodes say about messages; only what was told of numbers is shown


class KeptContent(models.Model):
    """Payload and salt of one message, in canonical JSON, sealed."""

    message = internal(models.CharField(max_length=32, primary_key=True))
    content = internal(models.BinaryField())


def _is_shown(kind: str) -> bool:
    try:
        known = wired.kind(kind)
    except UnknownKind:
        return False
    if kind.startswith(_OF_NODES):
        return kind == TOLD
    return known.about_person and not known.personal


def _place(message: str) -> str:
    return f"exchange_keptcontent.content.{message}"


def keep(*, kind: str, message: str, payload: Mapping[str, Any], salt: bytes) -> None:
    """Keep what a message says, if it may be shown, in the caller's transaction. Again: nothing."""
    if not _is_shown(kind):
        return
    text = documents.canonical({"payload": dict(payload), "salt": salt.hex()}).decode()
    sealed = vault.node_sealer().seal(_place(message), text)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into exchange_keptcontent (message, content) values (%s, %s)"
            " on conflict do nothing",
            [message, sealed],
        )


def of(messages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`payload` and `salt` of those messages that were kept, by their ids."""
    sealer, found = vault.node_sealer(), {}
    for row in KeptContent.objects.filter(message__in=sorted(set(messages))):
        text = str(sealer.open(_place(row.message), bytes(row.content)))
        found[row.message] = dict(documents.parse(text.encode()))
    return found


def sweep() -> int:
    """Every night: of what was opened and then refused, nothing is kept; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from exchange_keptcontent as one"
            " where not exists(select from exchange_outgoingmessage as each"
            "                   where each.message = one.message)"
            "   and not exists(select from exchange_incomingmessage as each"
            "                   where each.id = one.message)"
        )
        return int(cursor.rowcount)
