"""Whether the other side could be told that a travel plan has ended."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("returns", "0004_assessment_stopped")]
    operations: ClassVar = [
        migrations.AddField("travelplan", "untold", models.BooleanField(default=False)),
    ]
