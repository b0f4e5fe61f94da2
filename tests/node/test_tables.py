"""Whether tables and program are of one age is asked by every command: what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

from ayni.node import tables


def test_which_changes_were_made_is_asked_once(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> None:
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        connections["owner"].execute_wrapper(note),
    ):
        assert tables.missing() == []
    assert len([sql for sql in asked if 'FROM "django_migrations"' in sql]) == 1, asked
