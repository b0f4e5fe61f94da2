"""The database repeats who sees what: rows of one institution only."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from ayni.cases.models import Notice
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.database_room]


def _a_notice(institution: members.Institution) -> Notice:
    now = clock.now()
    return Notice(
        institution=institution,
        subject=vault.new_subject(),
        created_at=now,
        reference="TEST",
        state="received",
        received_at=now,
        channel="phone",
        anonymous=True,
    )


def test_without_context_no_row_is_read(cast: Cast) -> None:
    with members.acting(cast.programme.id):
        _a_notice(cast.programme).save()

    assert Notice.objects.count() == 0


def test_another_institution_reads_no_row(cast: Cast) -> None:
    with members.acting(cast.programme.id):
        _a_notice(cast.programme).save()
        assert Notice.objects.count() == 1

    with members.acting(cast.shelter.id):
        assert Notice.objects.count() == 0


def test_a_row_cannot_be_written_for_another_institution(cast: Cast) -> None:
    with (
        members.acting(cast.shelter.id),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        _a_notice(cast.programme).save()


def test_the_former_context_comes_back_after_an_inner_one(cast: Cast) -> None:
    with members.acting(cast.programme.id):
        _a_notice(cast.programme).save()
        with members.acting(cast.shelter.id):
            assert Notice.objects.count() == 0
        assert Notice.objects.count() == 1

    assert members.institution_now() is None


def test_the_suite_logs_in_as_a_plain_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper or rolbypassrls or pg_has_role(rolname, "
            "(select tableowner from pg_tables where tablename = 'cases_case'), 'member') "
            "from pg_roles where rolname = current_user"
        )
        row = cursor.fetchone()

    assert row == (False,)
