"""Whether the room of an attachment that came whole has looked at it, and when it looks again."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0016_account_fetched")]
    operations: ClassVar = [
        migrations.AddField("stream", "looked_at", models.DateTimeField(null=True)),
        migrations.AddField("stream", "looks", models.PositiveIntegerField(default=0)),
        migrations.AddField("stream", "look_after", models.DateTimeField(null=True)),
    ]
