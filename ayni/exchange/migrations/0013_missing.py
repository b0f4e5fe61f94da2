"""Numbers of a conversation that have not come, and what the peer tells of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0012_fetching")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="MissingNumber",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("peer", models.CharField(max_length=12)),
                ("conversation", models.CharField(max_length=32)),
                ("number", models.PositiveIntegerField()),
                ("noticed_at", models.DateTimeField()),
                ("asked", models.PositiveIntegerField(default=0)),
                ("next_ask", models.DateTimeField()),
                ("told", models.CharField(blank=True, max_length=12)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("told", "")),
                        fields=["next_ask"],
                        name="exchange_missing_ask",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("conversation", "number"), name="exchange_missing_once"
                    )
                ],
            },
        ),
    ]
