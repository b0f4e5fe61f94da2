"""The audit chain. Entries hold text identifiers and no foreign keys: no deletion breaks them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.vault.fields import internal, public


class Entry(models.Model):
    """One thing that was done or read. The database refuses to change or delete it (trigger)."""

    number = internal(models.BigIntegerField(primary_key=True))
    at = internal(models.DateTimeField())
    actor_kind = internal(models.CharField(max_length=8))
    actor_id = internal(models.CharField(max_length=64))
    actor_institution = internal(models.CharField(max_length=64, blank=True))
    actor_role = internal(models.CharField(max_length=40, blank=True))
    verb = internal(models.CharField(max_length=80))
    subject = internal(models.CharField(max_length=80))
    detail = internal(models.JSONField(default=dict))
    previous = internal(models.BinaryField())
    digest = internal(models.BinaryField())

    class Meta:
        indexes = [
            models.Index(fields=["subject", "number"], name="audit_subject"),
            models.Index(fields=["at"], name="audit_at"),
        ]


class Head(models.Model):
    """The one row that every append locks: an order by an id sequence breaks under concurrency."""

    id = internal(models.SmallIntegerField(primary_key=True, default=1))
    number = internal(models.BigIntegerField())
    digest = internal(models.BinaryField())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="audit_one_head"),
        ]


class SignedHead(models.Model):
    """One of this node's own daily heads. `entries` is the last entry that it covers and `subtrees`
    what the next one grows from; only `document` is sent. The database refuses to change it."""

    number = internal(models.PositiveIntegerField(primary_key=True))
    entries = internal(models.BigIntegerField())
    subtrees = internal(models.JSONField())
    at = internal(models.DateTimeField())
    signed_by = internal(models.CharField(max_length=64))
    digest = public(models.CharField(max_length=64, unique=True))
    document = public(models.JSONField())


class HeldHead(models.Model):
    """A head of `node` as `source` sent it: its own (`source` is the node), or one of ours that
    the source holds. The database refuses to change it."""

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
                fields=["node", "source", "digest"], name="audit_one_head_of_a_source"
            ),
        ]


class Alarm(models.Model):
    """Heads of `node`, told by `source`, that do not go together: for a person to see. What it says
    stays as it is; only who has seen it is added."""

    id = internal(models.BigAutoField(primary_key=True))
    at = internal(models.DateTimeField())
    code = internal(models.CharField(max_length=20))
    node = internal(models.CharField(max_length=12))
    source = internal(models.CharField(max_length=12))
    digest = internal(models.CharField(max_length=64))
    evidence = internal(models.JSONField())
    seen_at = internal(models.DateTimeField(null=True))
    seen_by = internal(models.CharField(max_length=64, blank=True))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "node", "digest"], name="audit_one_alarm"),
        ]
