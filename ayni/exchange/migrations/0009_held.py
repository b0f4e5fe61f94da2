"""What of a peer waits or stands aside is counted without looking through all that was applied."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """An index of the few."""

    dependencies: ClassVar = [("exchange", "0008_attachments")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="incomingmessage",
            index=models.Index(
                condition=models.Q(("state", "applied"), _negated=True),
                fields=["peer"],
                name="exchange_inbox_held",
            ),
        ),
    ]
