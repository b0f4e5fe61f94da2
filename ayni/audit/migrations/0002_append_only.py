"""The first head, and a database that refuses to rewrite the chain."""

from __future__ import annotations

from django.db import migrations

_REFUSE = """
create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit chain is append-only';
end $$;
create trigger audit_entry_append_only before update or delete on audit_entry
    for each row execute function audit_refuse();
create trigger audit_entry_no_truncate before truncate on audit_entry
    for each statement execute function audit_refuse();
create trigger audit_head_stays before delete on audit_head
    for each row execute function audit_refuse();
insert into audit_head (id, number, digest) values (1, 0, decode(repeat('00', 32), 'hex'));
"""

_UNDO = """
drop trigger audit_head_stays on audit_head;
drop trigger audit_entry_no_truncate on audit_entry;
drop trigger audit_entry_append_only on audit_entry;
drop function audit_refuse();
delete from audit_head;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(_REFUSE, _UNDO)]
