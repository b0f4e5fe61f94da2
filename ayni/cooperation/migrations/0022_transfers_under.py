"""What left under a consent is found without reading the whole register of transfers."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cooperation", "0021_told_after_erasing")]
    operations: ClassVar = [
        migrations.AddIndex(
            "transfer",
            models.Index(fields=["institution_code", "basis"], name="cooperation_transfers_under"),
        ),
    ]
