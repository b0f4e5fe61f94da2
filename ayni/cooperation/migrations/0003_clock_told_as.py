"""The id that the secretariat learns is no longer the row's own."""

from __future__ import annotations

from django.db import migrations, models

import ayni.lib.identifiers


class Migration(migrations.Migration):
    dependencies = [("cooperation", "0002_row_security")]

    operations = [
        migrations.AddField("clock", "told_as", models.UUIDField(null=True, editable=False)),
        # What was told before this was the row's own id; what follows must carry the same.
        migrations.RunSQL("update cooperation_clock set told_as = id", migrations.RunSQL.noop),
        migrations.AlterField(
            "clock",
            "told_as",
            models.UUIDField(
                default=ayni.lib.identifiers.new_id, editable=False, unique=True
            ),
        ),
    ]
