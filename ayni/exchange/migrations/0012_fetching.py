"""Peers that fetch by themselves what waits for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0011_resting")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="FetchingPeer",
            fields=[
                ("node", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=32)),
                ("fetched_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
