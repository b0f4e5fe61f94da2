"""Whether another node holds anything of ours that is not here stands apart from whether it holds
the same."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

_FILL = "update gazette_comparison set no_more_at = agreed_at"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("gazette", "0004_counted_lines")]
    operations: ClassVar = [
        migrations.AddField("comparison", "no_more_at", models.DateTimeField(null=True)),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
