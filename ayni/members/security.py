"""Row-level security for migrations: the same policy for every guarded table."""

from __future__ import annotations

from django.db import migrations

_RULE = "{column} = nullif(current_setting('ayni.institution', true), '')::uuid"


def guard(table: str, column: str = "institution_id") -> migrations.RunSQL:
    """A migration step: rows of `table` are seen and written only on behalf of their institution.

    The owner of the tables runs migrations only; web, worker and tests log in as a plain role.
    """
    rule = _RULE.format(column=column)
    return migrations.RunSQL(
        sql=(
            f"alter table {table} enable row level security;"
            f"create policy {table}_institution on {table} using ({rule}) with check ({rule});"
        ),
        reverse_sql=(
            f"drop policy {table}_institution on {table};"
            f"alter table {table} disable row level security;"
        ),
    )
