"""The log of messages: what was receipted, in the order in which it was signed, and its heads.

The database refuses to change or delete any row of these tables (triggers)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.vault.fields import internal, public


class LogEntry(models.Model):
    """One message that was receipted. `place`: its leaf in the tree, from 0 on; `digest`: SHA-256
    of the receipt's body, the same on both sides; `day`: on which it was receipted (UTC)."""

    place = internal(models.BigIntegerField(primary_key=True))
    message = internal(models.CharField(max_length=32))
    peer = internal(models.CharField(max_length=12))
    sent = internal(models.BooleanField())
    day = internal(models.DateField())
    digest = internal(models.BinaryField())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["peer", "day"], name="exchange_log_day")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "sent"], name="exchange_logged_once"),
        ]


class LogHead(models.Model):
    """A daily head of this node over its log. `subtrees`: what the next one grows from."""

    number = internal(models.PositiveIntegerField(primary_key=True))
    at = internal(models.DateTimeField())
    subtrees = internal(models.JSONField())
    digest = public(models.CharField(max_length=64, unique=True))
    document = public(models.JSONField())


class HeldLogHead(models.Model):
    """A head over the log of `node` as `source` sent it: its own, or one of ours that it holds."""

    id = internal(models.BigAutoField(primary_key=True))
    node = public(models.CharField(max_length=12))
    source = internal(models.CharField(max_length=12))
    digest = public(models.CharField(max_length=64))
    document = public(models.JSONField())
    finding = internal(models.CharField(max_length=12))
    received_at = internal(models.DateTimeField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["node", "source", "digest"], name="exchange_one_head_of_a_source"
            ),
        ]
