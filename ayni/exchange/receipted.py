"""Messages that were receipted, as the log of messages takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from ayni.exchange import documents
from ayni.exchange.log_models import LogEntry
from ayni.exchange.models import EarlierSealing, IncomingMessage, OutgoingMessage
from ayni.lib import clock


@dataclass(frozen=True, slots=True)
class Receipted:
    """A message that was receipted, as the log takes it."""

    message: str
    peer: str
    sent: bool
    day: date
    digest: bytes


def unlogged(peer: str = "") -> Iterator[Receipted]:
    """What was receipted and stands in no log yet, of one peer or of all. A message whose content
    a restore has lost is among them: its receipt came back. Of one that was sealed again the first
    receipt counts, on both sides: one of them may have logged it before it was sealed again."""
    sides: tuple[tuple[Any, str, str, bool], ...] = (
        (OutgoingMessage, "message", "settled_at", True),
        (IncomingMessage, "id", "received_at", False),
    )
    for model, name, moment, sent in sides:
        logged = LogEntry.objects.filter(message=OuterRef(name), sent=sent)
        rows = model.objects.filter(~Exists(logged), receipt__body__has_key="state")
        if peer:
            rows = rows.filter(peer=peer)
        sealings = EarlierSealing.objects.filter(
            conversation=OuterRef("conversation"),
            message=OuterRef(name),
            answer__body__has_key="state",
        )
        first = Subquery(sealings.order_by("id").values("answer")[:1])
        told = rows.annotate(first=first).values_list(name, "peer", moment, "receipt", "first")
        for message, node, at, last, former in told:
            receipt = min((each for each in (last, former) if each), key=_said_at)
            yield Receipted(message, node, sent, _day(receipt, at), digest_of(receipt))


def digest_of(receipt: Mapping[str, Any]) -> bytes:
    """What stands for a receipt in the log (32 bytes): of its body, because a second signature
    under it changes nothing that it says."""
    return bytes.fromhex(documents.digest(receipt["body"]))


def _said_at(receipt: Mapping[str, Any]) -> str:
    return str(receipt["body"].get("at", ""))


def _day(receipt: Mapping[str, Any], otherwise: datetime) -> date:
    """The day that the receiver wrote into its receipt; ours if it wrote no time."""
    try:
        return clock.parse(receipt["body"]["at"]).date()
    except (KeyError, TypeError, ValueError):
        return otherwise.astimezone(UTC).date()
