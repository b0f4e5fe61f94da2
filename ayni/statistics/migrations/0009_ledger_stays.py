"""A database that refuses to take back a charge or a review, or to change what was proposed."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

_STAY = ("statistics_ledgerline", "statistics_releasereview")
_PROPOSED = (
    "population", "source", "origin", "mode", "method", "declared", "about", "proposed_by",
    "proposed_at", "corrects_id",
)
_REFUSE = """
create function statistics_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'charges and reviews are append-only';
end $$;
create function statistics_release_stays() returns trigger language plpgsql as $$
begin
    if """ + " or ".join(f"new.{name} is distinct from old.{name}" for name in _PROPOSED) + """
       or (old.sha256 <> '' and new.sha256 <> old.sha256)
       or (old.published_at is not null and (new.published_at is distinct from old.published_at
           or new.key <> old.key or new.version <> old.version)) then
        raise exception 'what was proposed, checked or published is not changed';
    end if;
    return new;
end $$;
create trigger statistics_release_stays before update on statistics_release
    for each row execute function statistics_release_stays();
""" + "".join(
    f"""
create trigger {table}_append_only before update or delete on {table}
    for each row execute function statistics_refuse();
create trigger {table}_no_truncate before truncate on {table}
    for each statement execute function statistics_refuse();
"""
    for table in _STAY
)
_UNDO = (
    "".join(
        f"drop trigger {table}_append_only on {table};drop trigger {table}_no_truncate on {table};"
        for table in _STAY
    )
    + "drop trigger statistics_release_stays on statistics_release;"
    "drop function statistics_release_stays();drop function statistics_refuse();"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("statistics", "0008_releases")]
    operations: ClassVar = [migrations.RunSQL(_REFUSE, _UNDO)]
