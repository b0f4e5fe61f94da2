"""Rests that are over: what waits for its next attempt may be tried now."""

from __future__ import annotations

from ayni.exchange.models import PeerState, RestingConversation


def are_over() -> None:
    """Neither a peer nor a conversation rests any more; how often it failed stays."""
    PeerState.objects.update(next_attempt=None)
    RestingConversation.objects.update(next_attempt="2020-01-01T00:00:00Z")
