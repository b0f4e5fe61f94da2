"""What messages free of personal data say, kept for evidence."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0014_chunks_fetched")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="KeptContent",
            fields=[
                ("message", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
            ],
        ),
    ]
