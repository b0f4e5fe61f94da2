"""What became of a travel plan whose consent has ended."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

_WHAT = [("assessment", "joint assessment of a return"), ("travel_plan", "travel plan")]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cooperation", "0019_first_effect")]
    operations: ClassVar = [
        migrations.AlterField(
            "consenteffect", "what", models.CharField(blank=True, choices=_WHAT, max_length=12)
        ),
    ]
