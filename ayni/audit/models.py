"""The audit chain. Entries hold text identifiers and no foreign keys: no deletion breaks them."""

from __future__ import annotations

from django.db import models

from ayni.vault.fields import internal


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
