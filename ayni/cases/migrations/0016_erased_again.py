"""A case erased again after a restore may have been open in the backup: its reason is not known."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_reading_alarms")]

    operations = [
        migrations.RemoveConstraint("case", "cases_case_closed_when_why"),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                condition=models.Q(status__in=["Active", "FollowUp"], closed_at__isnull=True)
                | models.Q(status__in=["Closed", "ClosedReferred"], closed_at__isnull=False)
                & (~models.Q(closure_reason="") | models.Q(erased_at__isnull=False)),
                name="cases_case_closed_when_why",
            ),
        ),
    ]
