"""Whether tables and program are of one age is asked by every command: what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

from ayni.node import tables


@pytest.mark.django_db(databases=["default", "owner"])
def test_which_changes_were_made_is_asked_once() -> None:
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connections["owner"].execute_wrapper(note):
        assert tables.missing() == []
    assert len([sql for sql in asked if 'FROM "django_migrations"' in sql]) == 1, asked
