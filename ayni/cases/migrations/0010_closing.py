"""The retention clock and the record for statistics that the closing of a case begins."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import ayni.lib.identifiers
import ayni.vault.fields
from ayni.members.security import guard

# Cases closed before: the proposal that holds where a node sets nothing. A record for statistics
# was not written of them, and the case page says so.
_FILL = """
update cases_case
   set kept_until = (closed_at + interval '36 months')::date,
       kept_by = '{"months": 36, "status": "parameter", "source": ""}'
 where closed_at is not null
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_newest_first"), ("members", "0002_reminded_on")]

    operations = [
        migrations.CreateModel(
            name="StatisticsRecord",
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
                ("closed_year", models.PositiveSmallIntegerField()),
                ("coded", ayni.vault.fields.SealedField(default=None, null=True)),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.institution",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        guard("cases_statisticsrecord"),
        migrations.AddField("case", "kept_by", models.JSONField(default=dict)),
        migrations.AddField("case", "kept_until", models.DateField(null=True)),
        migrations.AddField(
            "case", "record", ayni.vault.fields.SealedField(default=None, null=True)
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
