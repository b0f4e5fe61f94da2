"""A received referral or request that nobody takes into a case has an end of its own."""

from __future__ import annotations

from django.db import migrations, models

import ayni.vault.fields

_MODELS = ("referral", "request")


def _constraints(model: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            condition=models.Q(blocked_at__isnull=True)
            | models.Q(direction="in", case__isnull=True),
            name=f"cooperation_{model}_untaken_blocked",
        ),
        models.CheckConstraint(
            condition=models.Q(erased_at__isnull=True)
            | models.Q(blocked_at__isnull=False, content__isnull=True, hold_reason__isnull=True),
            name=f"cooperation_{model}_untaken_erased",
        ),
    ]


def _columns(model: str) -> list[migrations.AddField]:
    return [
        migrations.AddField(model, "blocked_at", models.DateTimeField(null=True)),
        migrations.AddField(model, "erased_at", models.DateTimeField(null=True)),
        migrations.AddField(
            model, "hold_reason", ayni.vault.fields.SealedField(default=None, null=True)
        ),
        migrations.AddField(model, "held_until", models.DateField(null=True)),
    ]


class Migration(migrations.Migration):
    dependencies = [("cooperation", "0015_ended_at")]

    operations = [
        *(column for model in _MODELS for column in _columns(model)),
        *(
            migrations.AddConstraint(model, constraint)
            for model in _MODELS
            for constraint in _constraints(model)
        ),
    ]
