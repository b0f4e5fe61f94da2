"""Messages of a kind that no room of this node knows yet: kept, shown, taken up after an upgrade.

A node of a later version may send what this one has never heard of. It was opened and verified like
any other, so it is genuine and ours; only its meaning is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from ayni.exchange import inbox
from ayni.exchange.errors import UnknownKind
from ayni.exchange.models import IncomingMessage
from ayni.exchange.states import Incoming

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class KeptForUpgrade:
    """One such message: for which institution here, from whom, what it calls itself."""

    message: str
    kind: str
    peer: str
    sender_institution: str
    institution: str
    received: datetime
    due: datetime | None


def kept_for_upgrade() -> list[KeptForUpgrade]:
    """The messages that wait for an upgrade, the oldest first; 500 at most."""
    rows = IncomingMessage.objects.filter(state=Incoming.SET_ASIDE, reason=UnknownKind.code)
    return [
        KeptForUpgrade(
            row.id,
            row.kind,
            row.peer,
            row.sender_institution,
            row.institution,
            row.received_at,
            row.due_at,
        )
        for row in rows.order_by("received_at")[:AT_ONCE]
    ]


def take_up() -> int:
    """Apply what was kept and whose kind a room knows now (a periodic job); how many.

    One that its room cannot apply stays aside, with that reason.
    """
    known = sorted(set(settings.AYNI_MESSAGE_KINDS) & set(settings.AYNI_RECEIVERS))
    rows = IncomingMessage.objects.filter(
        state=Incoming.SET_ASIDE, reason=UnknownKind.code, kind__in=known
    )
    ids = rows.order_by("received_at").values_list("id", flat=True)
    return sum(inbox.retry(message=each) for each in list(ids[:AT_ONCE]))
