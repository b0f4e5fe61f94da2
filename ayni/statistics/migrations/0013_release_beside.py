from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("statistics", "0012_release_tasks")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="release", name="beside", field=models.JSONField(default=list)
        ),
    ]
