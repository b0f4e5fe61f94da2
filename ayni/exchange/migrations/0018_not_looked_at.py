"""Four times a minute it is asked what has to be looked at: few, among all that ever came whole."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0017_looked_at")]
    operations: ClassVar = [
        migrations.AddIndex(
            "stream",
            models.Index(
                fields=["look_after", "moved_at"],
                condition=models.Q(hold="whole", looked_at__isnull=True),
                name="exchange_stream_look",
            ),
        ),
    ]
