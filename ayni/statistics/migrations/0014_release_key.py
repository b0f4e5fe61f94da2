from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

import ayni.vault.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [("statistics", "0013_release_beside")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="ReleaseKey",
            fields=[
                (
                    "population",
                    models.CharField(max_length=120, primary_key=True, serialize=False),
                ),
                ("secret", ayni.vault.fields.SealedField(default=None, null=True)),
            ],
            options={"abstract": False},
        ),
    ]
