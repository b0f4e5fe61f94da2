"""A closed case has the day until which it is kept, an open one has none.

Apart from the filling before it: PostgreSQL alters no table in the transaction that changed rows.
"""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_closing")]

    operations = [
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, kept_until__isnull=True)
                | models.Q(closed_at__isnull=False, kept_until__isnull=False),
                name="cases_case_kept_until_when_closed",
            ),
        ),
    ]
