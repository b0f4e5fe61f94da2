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


def _columns(question: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return {row[0] for row in cursor.fetchall()}


_GUARDED = (
    "select c.relname from pg_class c join pg_policy p on p.polrelid = c.oid where c.relrowsecurity"
)
# Whom an officer belongs to is asked before anybody acts on behalf of an institution. The keyed
# search tokens tell the whole node *where* something similar is known, never what. A code on paper
# is looked up before it is known whose it is; its row holds ids, digests and times.
_OPEN = {"members_user", "cases_searchtoken", "own_code"}


def test_every_table_with_an_institution_has_a_policy() -> None:
    with_institution = _columns(
        "select table_name from information_schema.columns "
        "where table_schema = 'public' and column_name = 'institution_id'"
    )

    assert with_institution - _OPEN - _columns(_GUARDED) == set()
    assert _columns(_GUARDED) >= {"cases_notice", "cases_case", "cooperation_referral"}


_VALUES = {
    "uuid": "gen_random_uuid()",
    "boolean": "false",
    "timestamp with time zone": "now()",
    "date": "now()",
    "bytea": "''",
    "jsonb": "'{}'",
    "character varying": "''",
    "text": "''",
}


# What the tables' own checks ask for.
_CHECKED = {
    "cases_caseaccess": {"kind": "'colleague'"},
    "cases_case": {"status": "'Active'"},
    "cases_consent": {"valid_until": "now() + interval '1 day'"},
    "cases_notice": {"channel": "'phone'", "anonymous": "true"},
    "cases_readingalarm": {"times": "2"},
    "cases_stepform": {"case_id": "gen_random_uuid()"},
    "alerts_alert": {"state": "'draft'"},
    "alerts_alertanswer": {
        "direction": "'in'",
        "copy_id": "gen_random_uuid()",
        "sent_at": "now()",
    },
    "statistics_casecount": {"lost": "true"},
    "statistics_htcdsupload": {"state": "'waiting'"},
    "incidents_incident": {"noticed_at": "now()", "recorded_at": "now()"},
    "cooperation_request": {"direction": "'in'"},
    "cooperation_consenteffect": {
        "direction": "'in'",
        "subject": "gen_random_uuid()",
        "due_at": "now()",
    },
    "cooperation_pause": {"standing": "'asked'", "until": "now() + interval '1 day'"},
    "cooperation_referral": {"direction": "'in'"},
    "returns_travelplan": {"arrives_at": "now() + interval '1 day'"},
    "own_delay": {"until": "now() + interval '1 day'"},
    "cooperation_rightsrequest": {
        "direction": "'in'",
        "about": "gen_random_uuid()",
        "shared_id": "'shared'",
    },
}


def _a_row_of(table: str, institution: str) -> str:
    """A statement that inserts a row with a value in every column that needs one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select column_name, data_type from information_schema.columns where table_name = %s "
            "and is_nullable = 'NO' and column_default is null and is_identity = 'NO'",
            [table],
        )
        columns = dict(cursor.fetchall())
    values = {name: _VALUES.get(kind, "1") for name, kind in columns.items()}
    values |= _CHECKED.get(table, {}) | {"institution_id": f"'{institution}'"}
    names = ", ".join(f'"{name}"' for name in values)
    given = ", ".join(values.values())
    return f"insert into {table} ({names}) values ({given})"  # noqa: S608 - names of our tables


def test_without_context_no_guarded_table_shows_its_row(cast: Cast) -> None:
    """A row of every guarded table is written on behalf of an institution; then nobody asks."""
    seen = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for table in sorted(_columns(_GUARDED)):
            count = f"select count(*) from {table}"  # noqa: S608 - a name of our tables
            with members.acting(cast.programme.id):
                cursor.execute(_a_row_of(table, str(cast.programme.id)))
                cursor.execute(count)
                inside = cursor.fetchone()[0]
            cursor.execute(count)
            seen[table] = (inside, cursor.fetchone()[0])
        transaction.set_rollback(True)

    assert len(seen) >= 10
    assert set(seen.values()) == {(1, 0)}, seen


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
