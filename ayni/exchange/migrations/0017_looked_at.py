"""Whether the room of an attachment that came whole has looked at it, and when it looks again."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


# What came whole before was looked at then, unless the job that looks has not done it yet.
LOOKED_AT = """
update exchange_stream set looked_at = moved_at
where hold = 'whole' and not exists (
    select 1 from procrastinate_jobs
    where task_name = 'exchange.look_at' and status <> 'succeeded'
    and args ->> 'attachment' = exchange_stream.id
)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("exchange", "0016_account_fetched"),
        ("procrastinate", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.AddField("stream", "looked_at", models.DateTimeField(null=True)),
        migrations.AddField("stream", "looks", models.PositiveIntegerField(default=0)),
        migrations.AddField("stream", "look_after", models.DateTimeField(null=True)),
        migrations.RunSQL(LOOKED_AT, migrations.RunSQL.noop),
    ]
