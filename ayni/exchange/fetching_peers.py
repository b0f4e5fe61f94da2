"""Peers that fetch by themselves what waits for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from ayni.vault.fields import internal

# A peer that has asked within so long fetches by itself.
RECENTLY = timedelta(minutes=10)


class FetchingPeer(models.Model):
    """A peer that asks for what waits: the token of its next question, and when the last counted
    (None: none has yet)."""

    node = internal(models.CharField(max_length=12, primary_key=True))
    token = internal(models.CharField(max_length=32))
    fetched_at = internal(models.DateTimeField(null=True))


def fetches(*, now: datetime) -> dict[str, datetime]:
    """Peers that fetch by themselves what waits for them, and when each last did."""
    rows = FetchingPeer.objects.filter(fetched_at__gt=now - RECENTLY)
    return {node: at for node, at in rows.values_list("node", "fetched_at") if at is not None}
