"""What a record carries until it is erased: blocked, held back, erased."""

from __future__ import annotations

from django.db import models

from ayni.vault.fields import SealedField, internal


class Expiring(models.Model):
    """Columns of a record whose time ends (`expiry.py` says when which step is due).

    A blocked row is invisible to every ordinary query: row-level security hides it.
    """

    blocked_at = internal(models.DateTimeField(null=True))
    erased_at = internal(models.DateTimeField(null=True))
    held_until = internal(models.DateField(null=True))  # neither blocked nor erased before
    hold_reason = SealedField()

    class Meta:
        abstract = True


def only_after(later: str, earlier: str, name: str) -> models.CheckConstraint:
    """The constraint that `later` stands only where `earlier` does."""
    none, some = models.Q(**{f"{later}__isnull": True}), models.Q(**{f"{earlier}__isnull": False})
    return models.CheckConstraint(condition=none | some, name=name)
