from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import ayni.lib.identifiers

_STATES = (
    "proposed", "checked", "refused", "sent_back", "accepted", "publishing", "published",
    "replaced", "withdrawn", "discarded",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies: ClassVar = [("statistics", "0011_release_reasons")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="release",
            name="state",
            field=models.CharField(choices=[(s, s) for s in _STATES], max_length=12),
        ),
        migrations.CreateModel(
            name="ReleaseTask",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("publish", "publish"), ("rebuild", "rebuild")], max_length=8
                    ),
                ),
                ("asked_by", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("steps", models.PositiveIntegerField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, default="", max_length=40)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("differs", models.BigIntegerField(null=True)),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="statistics.release",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ended_at__isnull=True),
                        fields=("release", "kind"),
                        name="statistics_one_task_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=Q(done__lte=F("steps")), name="statistics_task_within_its_steps"
                    ),
                ],
            },
        ),
    ]
