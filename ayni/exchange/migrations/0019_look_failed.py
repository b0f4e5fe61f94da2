"""Why nothing came of looking at an attachment, for whoever has to mend it."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0018_not_looked_at")]
    operations: ClassVar = [
        migrations.AddField(
            "stream",
            "look_failed",
            models.CharField(blank=True, default="", max_length=60),
        ),
    ]
