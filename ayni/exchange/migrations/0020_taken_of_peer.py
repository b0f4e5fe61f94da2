"""How much was taken of each peer on which day."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0019_look_failed")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="TakenOfPeer",
            fields=[
                ("node", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("size", models.BigIntegerField()),
            ],
        ),
    ]
