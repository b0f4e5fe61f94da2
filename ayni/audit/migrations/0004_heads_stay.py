"""A database that refuses to rewrite heads, and what an alarm says."""

from __future__ import annotations

from django.db import migrations

_REFUSE = """
create trigger audit_signed_append_only before update or delete on audit_signedhead
    for each row execute function audit_refuse();
create trigger audit_held_append_only before update or delete on audit_heldhead
    for each row execute function audit_refuse();
create trigger audit_signed_no_truncate before truncate on audit_signedhead
    for each statement execute function audit_refuse();
create trigger audit_held_no_truncate before truncate on audit_heldhead
    for each statement execute function audit_refuse();
create trigger audit_alarm_no_truncate before truncate on audit_alarm
    for each statement execute function audit_refuse();
create trigger audit_alarm_stays before delete on audit_alarm
    for each row execute function audit_refuse();
create function audit_alarm_seen_only() returns trigger language plpgsql as $$
begin
    if old.seen_at is not null
        or to_jsonb(old) - 'seen_at' - 'seen_by' <> to_jsonb(new) - 'seen_at' - 'seen_by' then
        raise exception 'an alarm stays as it is';
    end if;
    return new;
end $$;
create trigger audit_alarm_said before update on audit_alarm
    for each row execute function audit_alarm_seen_only();
"""

_UNDO = """
drop trigger audit_alarm_said on audit_alarm;
drop function audit_alarm_seen_only();
drop trigger audit_alarm_stays on audit_alarm;
drop trigger audit_alarm_no_truncate on audit_alarm;
drop trigger audit_held_no_truncate on audit_heldhead;
drop trigger audit_signed_no_truncate on audit_signedhead;
drop trigger audit_held_append_only on audit_heldhead;
drop trigger audit_signed_append_only on audit_signedhead;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_heads")]

    operations = [migrations.RunSQL(_REFUSE, _UNDO)]
