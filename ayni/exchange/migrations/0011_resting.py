"""Conversations that rest by themselves, apart from the peers that do."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0010_courier")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="RestingConversation",
            fields=[
                (
                    "conversation",
                    models.CharField(max_length=32, primary_key=True, serialize=False),
                ),
                ("peer", models.CharField(max_length=12)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("next_attempt", models.DateTimeField()),
                ("reason", models.CharField(max_length=60)),
            ],
            options={
                "indexes": [models.Index(fields=["peer"], name="exchange_resting_peer")],
            },
        ),
    ]
