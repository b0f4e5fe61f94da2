"""Who may be told that data are destroyed once a case is erased, and who could not be told yet."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import ayni.lib.identifiers
from ayni.members.security import guard


def _points_at(model: str) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cooperation", "0020_effect_of_plan")]
    operations: ClassVar = [
        migrations.AddField("consenteffect", "untold", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="Tellable",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ayni.lib.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.CharField(max_length=12)),
                ("case", _points_at("cases.case")),
                ("institution", _points_at("members.institution")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("institution", "case", "state"), name="cooperation_tellable_once"
                    )
                ]
            },
        ),
        guard("cooperation_tellable"),
    ]
