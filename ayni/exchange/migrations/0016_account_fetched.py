"""Which page of its account a peer that fetches is asked for next."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0015_contents")]
    operations: ClassVar = [
        migrations.AddField("fetchingpeer", "account_page", models.PositiveIntegerField(null=True)),
    ]
