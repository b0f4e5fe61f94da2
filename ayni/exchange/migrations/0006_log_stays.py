"""A database that refuses to rewrite the log of messages and its heads."""

from __future__ import annotations

from django.db import migrations

_TABLES = ("exchange_logentry", "exchange_loghead", "exchange_heldloghead")
_REFUSE = """
create function exchange_log_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the log of messages is append-only';
end $$;
""" + "".join(
    f"""
create trigger {table}_append_only before update or delete on {table}
    for each row execute function exchange_log_refuse();
create trigger {table}_no_truncate before truncate on {table}
    for each statement execute function exchange_log_refuse();
"""
    for table in _TABLES
)
_UNDO = (
    "".join(
        f"drop trigger {table}_append_only on {table};drop trigger {table}_no_truncate on {table};"
        for table in _TABLES
    )
    + "drop function exchange_log_refuse();"
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0005_message_log")]

    operations = [migrations.RunSQL(_REFUSE, _UNDO)]
