"""Peers that fetch by themselves what waits for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from ayni.vault.fields import internal

# A peer that has asked within so long fetches by itself.
RECENTLY = timedelta(minutes=10)


class FetchingPeer(models.Model):
    """A peer that asks for what waits: the token of its next question, when the last counted
    (None: none has yet), and the page of its account that it is asked for (None: for none)."""

    node = internal(models.CharField(max_length=12, primary_key=True))
    token = internal(models.CharField(max_length=32))
    fetched_at = internal(models.DateTimeField(null=True))
    account_page = internal(models.PositiveIntegerField(null=True))


class FetchedPeer(models.Model):
    """A peer from which this node fetches: how often in a row that failed, and the code why."""

    node = internal(models.CharField(max_length=12, primary_key=True))
    failures = internal(models.PositiveIntegerField(default=0))
    reason = internal(models.CharField(max_length=60, blank=True))


def note_fetched(node: str, *, failed: str) -> None:
    """How fetching from a peer went: the code why it `failed`, or empty."""
    if not failed:
        FetchedPeer.objects.filter(node=node, failures__gt=0).update(failures=0, reason="")
        return
    FetchedPeer.objects.get_or_create(node=node)
    FetchedPeer.objects.filter(node=node).update(
        failures=models.F("failures") + 1, reason=failed[:60]
    )


def not_fetched() -> dict[str, int]:
    """Peers from which fetching failed the last time, and how often in a row."""
    rows = FetchedPeer.objects.filter(failures__gt=0)
    return dict(rows.values_list("node", "failures"))


def fetches(*, now: datetime) -> dict[str, datetime]:
    """Peers that fetch by themselves what waits for them, and when each last did."""
    rows = FetchingPeer.objects.filter(fetched_at__gt=now - RECENTLY)
    return {node: at for node, at in rows.values_list("node", "fetched_at") if at is not None}
