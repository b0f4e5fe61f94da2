"""What a referral or request keeps of its own end, while nobody has taken it into a case."""

from __future__ import annotations

from django.db import models

from ayni.vault.fields import SealedField, internal


class Untaken(models.Model):
    """`blocked_at`: since when no officer reads it; `erased_at`: since when its key is gone;
    `held_until`: the last day on which neither happens, for `hold_reason`."""

    blocked_at = internal(models.DateTimeField(null=True))
    erased_at = internal(models.DateTimeField(null=True))
    held_until = internal(models.DateField(null=True))
    hold_reason = SealedField()

    class Meta:
        abstract = True


def ends_alone(table: str) -> tuple[models.CheckConstraint, ...]:
    """Only what we received and nobody took ends by itself; what is erased is blocked and gone."""
    return (
        models.CheckConstraint(
            condition=models.Q(blocked_at__isnull=True)
            | models.Q(direction="in", case__isnull=True),
            name=f"cooperation_{table}_untaken_blocked",
        ),
        models.CheckConstraint(
            condition=models.Q(erased_at__isnull=True)
            | models.Q(blocked_at__isnull=False, content__isnull=True, hold_reason__isnull=True),
            name=f"cooperation_{table}_untaken_erased",
        ),
    )
