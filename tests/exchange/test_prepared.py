"""Statements that are planned once: in Django's transaction, with Django's errors."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from ayni.exchange import prepared

pytestmark = pytest.mark.django_db
_ASK = "select %s::int + 1, '{\"a\": 1}'::jsonb"


def _how_many() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like %s",
                       ["select $1::int + 1%"])  # fmt: skip
        return int(cursor.fetchone()[0])


def test_a_statement_is_prepared_when_it_has_been_asked_twice() -> None:
    connection.connection.execute("deallocate all")
    for asked, there in ((1, 0), (2, 0), (3, 1), (4, 1)):
        assert prepared.ask(_ASK, [asked])[0][0] == asked + 1
        assert _how_many() == there


def test_json_comes_as_the_text_that_django_reads() -> None:
    assert prepared.ask(_ASK, [1])[0][1] == '{"a": 1}'


def test_what_is_written_is_undone_with_djangos_transaction() -> None:
    with transaction.atomic():
        assert prepared.ask("create temporary table prepared_here (n int primary key)", []) == []
        prepared.ask("insert into prepared_here values (%s)", [1])
        transaction.set_rollback(True)

    assert prepared.ask("select to_regclass('prepared_here')::text", []) == [(None,)]


def test_a_failure_is_djangos_error() -> None:
    prepared.ask("create temporary table prepared_here (n int primary key)", [])
    prepared.ask("insert into prepared_here values (%s)", [1])
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.ask("insert into prepared_here values (%s)", [1])
