"""The table of numbers that have not come (`missing.py`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.vault.fields import internal


class MissingNumber(models.Model):
    """A number that has not come. `told`: what the peer says of it; empty as long as it has not."""

    id = internal(models.BigAutoField(primary_key=True))
    peer = internal(models.CharField(max_length=12))
    conversation = internal(models.CharField(max_length=32))
    number = internal(models.PositiveIntegerField())
    noticed_at = internal(models.DateTimeField())
    asked = internal(models.PositiveIntegerField(default=0))
    next_ask = internal(models.DateTimeField())
    told = internal(models.CharField(max_length=12, blank=True))

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_ask"],
                name="exchange_missing_ask",
                condition=models.Q(told=""),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "number"], name="exchange_missing_once"
            ),
        ]
