"""Rows of one institution only; events are only added; a stored version never changes."""

from __future__ import annotations

from django.db import migrations

from ayni.members.security import guard

_KEEP = """
create function protocol_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% is never changed', tg_table_name;
end $$;
create trigger protocol_stepevent_only_added before update on protocol_stepevent
    for each row execute function protocol_refuse();
create trigger protocol_version_stays before update or delete on protocol_protocolversion
    for each row execute function protocol_refuse();
"""

_UNDO = """
drop trigger protocol_version_stays on protocol_protocolversion;
drop trigger protocol_stepevent_only_added on protocol_stepevent;
drop function protocol_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("protocol", "0001_initial")]

    operations = [
        *(guard(f"protocol_{name}") for name in ("run", "stepevent", "due")),
        migrations.RunSQL(_KEEP, _UNDO),
    ]
