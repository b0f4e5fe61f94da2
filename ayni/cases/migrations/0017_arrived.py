"""Notices, referrals and requests are counted too."""

from __future__ import annotations

from django.db import migrations, models

_READINGS = ("cases", "identities", "arrived", "searches", "closed")


class Migration(migrations.Migration):
    dependencies = [("cases", "0016_erased_again")]

    operations = [
        migrations.AlterField(
            model_name="readingalarm",
            name="reading",
            field=models.CharField(choices=[(each, each) for each in _READINGS], max_length=12),
        ),
    ]
