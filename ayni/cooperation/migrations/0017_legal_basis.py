"""The answer of the legal-basis resolver is kept with a referral."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cooperation", "0016_untaken")]

    operations = [
        migrations.AddField(
            model_name="referral", name="legal_basis", field=models.JSONField(default=list)
        ),
    ]
