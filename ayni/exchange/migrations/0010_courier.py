"""A mark that changes with directory, key sheets and institutions; delivering is no job any more."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

_TABLES = ("exchange_directorydocument", "exchange_keysheetdocument", "members_institution")
_MARK = """
insert into exchange_trusted (id, mark) values (1, gen_random_uuid());
create function exchange_trusted_changes() returns trigger language plpgsql as $$
begin
    update exchange_trusted set mark = gen_random_uuid();
    return null;
end $$;
""" + "".join(
    f"""
create trigger {table}_changes_mark after insert or update or delete or truncate on {table}
    for each statement execute function exchange_trusted_changes();
"""
    for table in _TABLES
)
_UNDO = (
    "".join(f"drop trigger {table}_changes_mark on {table};" for table in _TABLES)
    + "drop function exchange_trusted_changes(); delete from exchange_trusted;"
)
_JOBS = """
delete from procrastinate_jobs
 where task_name in ('exchange.drain_peer', 'exchange.drain_all') and status = 'todo';
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("exchange", "0009_held"),
        ("members", "0004_signing_in"),
        ("procrastinate", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Trusted",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("mark", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="exchange_one_mark"
                    )
                ],
            },
        ),
        migrations.RunSQL(_MARK, _UNDO),
        migrations.RunSQL(_JOBS, migrations.RunSQL.noop),
    ]
