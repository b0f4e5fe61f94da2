"""Attachments that this node holds: sealed chunks only. Their keys are not here."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models

from ayni.vault.fields import internal


class Hold(StrEnum):
    """How it stands with a sealed stream.

    Ours: `filling` (being written), `held` (whole, and goes nowhere), `going` (to a peer),
    `arrived` (whole there), `stopped` (may not go on). Theirs: `waiting` (no room for it yet),
    `coming`, `whole`. Both: `removed` (the chunks are gone).
    """

    FILLING = "filling"
    HELD = "held"
    GOING = "going"
    ARRIVED = "arrived"
    STOPPED = "stopped"
    WAITING = "waiting"
    COMING = "coming"
    WHOLE = "whole"
    REMOVED = "removed"


INCOMING = (Hold.WAITING, Hold.COMING, Hold.WHOLE)


class Stream(models.Model):
    """One attachment; its id is random, made for one recipient, and known to both nodes.

    `message` is the one that names it, `peer` empty for one that stays here, `chunks` how many it
    has, `have` how many of them are here, and `there` at the peer. Where chunks are fetched,
    `token` is the one that counts in the peer's next question, `ask_token` that of our own. Of one
    that came whole, `looked_at` is when its room had looked at it, `looks` how often that began,
    and `look_after` when it begins again, if nothing came of it; `look_failed` is the class of the
    last error in it.
    """

    id = internal(models.CharField(max_length=32, primary_key=True))
    peer = internal(models.CharField(max_length=12, blank=True))
    message = internal(models.CharField(max_length=32, blank=True))
    hold = internal(models.CharField(max_length=8, choices=[(h.value, h.value) for h in Hold]))
    reason = internal(models.CharField(max_length=60, blank=True))
    chunks = internal(models.PositiveIntegerField(default=0))
    have = internal(models.PositiveIntegerField(default=0))
    there = internal(models.PositiveIntegerField(default=0))
    begun_at = internal(models.DateTimeField())
    moved_at = internal(models.DateTimeField())
    failures = internal(models.PositiveIntegerField(default=0))
    next_attempt = internal(models.DateTimeField(null=True))
    token = internal(models.CharField(max_length=32, blank=True))
    ask_token = internal(models.CharField(max_length=32, blank=True))
    looked_at = internal(models.DateTimeField(null=True))
    looks = internal(models.PositiveIntegerField(default=0))
    look_after = internal(models.DateTimeField(null=True))
    look_failed = internal(models.CharField(max_length=60, blank=True, default=""))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["peer", "hold"], name="exchange_stream_peer"),
            models.Index(
                fields=["look_after", "moved_at"],
                condition=models.Q(hold="whole", looked_at__isnull=True),
                name="exchange_stream_look",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(hold__in=["whole", "going", "arrived", "held"])
                | models.Q(have=models.F("chunks"), chunks__gt=0),
                name="exchange_stream_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(hold="removed") | models.Q(have=0),
                name="exchange_stream_removed",
            ),
        ]


class Chunk(models.Model):
    """One sealed chunk, at its place."""

    id = internal(models.BigAutoField(primary_key=True))
    stream = internal(models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="+"))
    number = internal(models.PositiveIntegerField())
    sealed = internal(models.BinaryField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stream", "number"], name="exchange_chunk_once"),
        ]
