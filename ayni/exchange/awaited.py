"""Peers to which something could be delivered now."""

from __future__ import annotations

from ayni.exchange.models import OutgoingMessage, PeerState, RestingConversation
from ayni.exchange.resting import rests
from ayni.exchange.states import Outgoing
from ayni.lib import clock


def peers_waiting() -> list[str]:
    """Peers for which something is queued, or whose account is awaited, and which do not rest."""
    now = clock.now()
    rest = RestingConversation.objects.filter(next_attempt__gt=now).values("conversation")
    queued = OutgoingMessage.objects.filter(state=Outgoing.QUEUED).exclude(conversation__in=rest)
    asked = PeerState.objects.filter(account_since__isnull=False).values_list("node", flat=True)
    return sorted((set(queued.values_list("peer", flat=True).distinct()) | set(asked)) - _resting())


def _resting() -> set[str]:
    now = clock.now()
    found = PeerState.objects.filter(next_attempt__gt=now).values_list("node", "next_attempt")
    return {node for node, until in found if rests(until, now)}
