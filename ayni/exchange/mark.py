"""The mark under which a process keeps what directory, key sheets and institutions say.

Triggers of the database give it another value whenever one of these changes, whoever does it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ayni.vault.fields import internal


class Trusted(models.Model):
    """One row. `mark`: random, so that one of a transaction that was rolled back never returns."""

    id = internal(models.SmallIntegerField(primary_key=True))
    mark = internal(models.UUIDField())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="exchange_one_mark"),
        ]
