"""Files of HTCDS records that officers gave at a page: seen by their institution only."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import ayni.lib.identifiers
import ayni.vault.fields
from ayni.members.security import guard

_WORKING = ("waiting", "reading", "keeping")
_ENDED = ("refused", "done", "stopped")
_WHY = ("broken", "not_allowed", "gone")


def _institution() -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="members.institution"
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("members", "0006_statistician"),
        ("statistics", "0014_release_key"),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="HtcdsUpload",
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
                ("subject", models.UUIDField(editable=False)),
                ("uploaded_by", models.UUIDField()),
                ("uploaded_at", models.DateTimeField()),
                ("language", models.CharField(max_length=8)),
                ("partial", models.BooleanField()),
                (
                    "state",
                    models.CharField(choices=[(s, s) for s in (*_WORKING, *_ENDED)], max_length=8),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("of", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "problem",
                    models.CharField(
                        blank=True, choices=[(w, w) for w in _WHY], default="", max_length=12
                    ),
                ),
                ("told", ayni.vault.fields.SealedField(default=None, null=True)),
                ("institution", _institution()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("institution", "uploaded_by"),
                        name="statistics_one_upload_an_officer",
                    ),
                    models.CheckConstraint(
                        condition=Q(done__lte=F("of")), name="statistics_upload_within_its_rows"
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=list(_WORKING), ended_at__isnull=True)
                        | Q(state__in=list(_ENDED), ended_at__isnull=False),
                        name="statistics_upload_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HtcdsFile",
            fields=[
                (
                    "upload",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="statistics.htcdsupload",
                    ),
                ),
                ("subject", models.UUIDField(editable=False)),
                ("content", ayni.vault.fields.SealedField(default=None, null=True)),
                ("institution", _institution()),
            ],
            options={"abstract": False},
        ),
        guard("statistics_htcdsupload"),
        guard("statistics_htcdsfile"),
    ]
