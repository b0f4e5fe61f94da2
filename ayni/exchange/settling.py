"""The end of a message of ours: its state, the reason, and what is kept of its envelope."""

from __future__ import annotations

from ayni.exchange import envelope
from ayni.exchange.models import OutgoingMessage
from ayni.exchange.states import OUTGOING, Outgoing
from ayni.lib import clock
from ayni.lib.errors import WrongState


def settle(row: OutgoingMessage, state: Outgoing, reason: str = "") -> None:
    """Settle a queued message, without saving the row. Raises `WrongState`."""
    if state not in OUTGOING[Outgoing(row.state)]:
        raise WrongState
    row.state, row.reason, row.settled_at = state.value, reason, clock.now()
    if state is Outgoing.CANCELLED:
        row.envelope = None
    else:
        row.envelope = envelope.evidence(bytes(row.envelope or b""))
