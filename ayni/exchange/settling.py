"""The end of a message of ours: its state, the reason, and what is kept of its envelope."""

from __future__ import annotations

from ayni.exchange import envelope
from ayni.exchange.models import OutgoingMessage
from ayni.exchange.states import OUTGOING, Incoming, Outgoing
from ayni.lib import clock
from ayni.lib.errors import WrongState

# What stands in place of the content key once the receiver has applied a message: the envelope is
# kept as it left (`lost`), until the key would have gone.
ENVELOPE_ONLY = b""
# States of a receipt under which the receiver has not opened the message for good: it may ask for
# it again (`resealing`).
_MAY_BE_ASKED_FOR = frozenset({Incoming.WAITING.value, Incoming.SET_ASIDE.value})


def settle(row: OutgoingMessage, state: Outgoing, reason: str = "") -> None:
    """Settle a queued message, without saving the row. Raises `WrongState`."""
    if state not in OUTGOING[Outgoing(row.state)]:
        raise WrongState
    row.state, row.reason, row.settled_at = state.value, reason, clock.now()
    if state is Outgoing.DELIVERED and reason in _MAY_BE_ASKED_FOR:
        return
    if state is Outgoing.DELIVERED:
        # Nobody here can open the envelope any more; the receiver may lose it in a restore.
        row.own_key = ENVELOPE_ONLY
        return
    row.own_key = None
    if state is Outgoing.CANCELLED:
        row.envelope = None
    else:
        row.envelope = envelope.evidence(bytes(row.envelope or b""))
