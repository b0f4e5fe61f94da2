"""Chunks of attachments that a peer fetches, and how fetching goes."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0013_missing")]
    operations: ClassVar = [
        migrations.AddField("stream", "token", models.CharField(blank=True, default="", max_length=32), False),
        migrations.AddField("stream", "ask_token", models.CharField(blank=True, default="", max_length=32), False),
        migrations.CreateModel(
            name="FetchedPeer",
            fields=[
                ("node", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("reason", models.CharField(blank=True, max_length=60)),
            ],
        ),
    ]
