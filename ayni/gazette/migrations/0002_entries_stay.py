"""A database that refuses to rewrite what was published."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

_TABLES = ("gazette_subject", "gazette_entry")
_REFUSE = """
create function gazette_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'what is published is append-only';
end $$;
""" + "".join(
    f"""
create trigger {table}_append_only before update or delete on {table}
    for each row execute function gazette_refuse();
create trigger {table}_no_truncate before truncate on {table}
    for each statement execute function gazette_refuse();
"""
    for table in _TABLES
)
_UNDO = (
    "".join(
        f"drop trigger {table}_append_only on {table};drop trigger {table}_no_truncate on {table};"
        for table in _TABLES
    )
    + "drop function gazette_refuse();"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("gazette", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(_REFUSE, _UNDO)]
