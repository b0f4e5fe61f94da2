"""What waits or stands aside and was never applied: when its time is over, or its sender took back
what it says, only evidence stays.

Nobody reads what such a message says: it lies as it came, sealed to a key that stays for it
(`keys.py`). Whoever knows the periods, or hears that it is taken back, decides when it ends; then
its key has nothing to open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Length

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import envelope
from ayni.exchange.models import IncomingMessage
from ayni.exchange.states import Incoming

ENDED = "ended"  # the reason of one whose time is over, or that was taken back
_NEVER_APPLIED = (Incoming.WAITING, Incoming.SET_ASIDE)


@dataclass(frozen=True, slots=True)
class Unapplied:
    """One message whose content lies here unopened: from whom, where, since when, and of which
    kind; `sequence`: its number in its half of the conversation."""

    message: str
    peer: str
    conversation: str
    received: datetime
    kind: str
    sequence: int


def unapplied(*, institution: str, conversation: str = "") -> list[Unapplied]:
    """What lies here unopened for an institution of this node, the oldest first; all of it, or of
    one conversation."""
    rows = IncomingMessage.objects.filter(state__in=_NEVER_APPLIED, institution=institution)
    # What a restore has lost lies here empty.
    there = rows.exclude(reason=ENDED).alias(size=Length("envelope")).filter(size__gt=0)
    if conversation:
        there = there.filter(conversation=conversation)
    told = there.order_by("received_at", "id")
    named = ("id", "peer", "conversation", "received_at", "kind", "sequence")
    return [Unapplied(*each) for each in told.values_list(*named)]


def end_unapplied(*, by: Actor, message: str) -> bool:
    """Its time is over, or it was taken back: of the message stays what is signed, and it is never
    applied. Its key goes with the next removal of old keys, unless another message needs it. False
    if it was applied meanwhile or had ended."""
    with audit.act(by=by, verb="exchange.end_unapplied", subject=message) as act:
        row = IncomingMessage.objects.select_for_update().get(id=message)
        raw = bytes(row.envelope)
        ends = row.state in _NEVER_APPLIED and _has_content(raw)
        act.note(why=row.reason, ended=ends)
        if ends:
            row.state, row.reason = Incoming.SET_ASIDE.value, ENDED
            row.envelope = envelope.evidence(raw)
            row.save(update_fields=["state", "reason", "envelope"])
    return ends


def _has_content(raw: bytes) -> bool:
    """Not of what a restore has lost, nor of what has ended."""
    return raw[: len(envelope.MARK)] == envelope.MARK
