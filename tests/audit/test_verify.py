"""`ayni audit verify`: a trail that holds, and one that somebody with every right has changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ayni.audit import api as audit
from ayni.audit.models import Entry, Head

ANA = audit.Actor(audit.ActorKind.USER, "ana", "inst", "consular_officer")
KEPT = "create temp table kept as select * from audit_entry where number >= %s"


class _Superuser:
    """Somebody for whom the database keeps no rule; `undo` puts everything back."""

    def __init__(self, db: psycopg.Connection[Any], first: int) -> None:
        self.db, self.first = db, first
        db.execute("set session_replication_role = replica")
        db.execute(KEPT.replace("%s", str(first)).encode())
        self.head = db.execute("select number, digest from audit_head").fetchone()

    def does(self, statement: str, **values: Any) -> None:
        self.db.execute(statement.encode(), values)

    def undo(self) -> None:
        assert self.head is not None
        self.db.execute("delete from audit_entry where number >= %s", [self.first])
        self.db.execute("insert into audit_entry select * from kept")
        self.db.execute("update audit_head set number = %s, digest = %s", self.head)


@pytest.fixture
def superuser(transactional_db: None) -> Iterator[_Superuser]:
    """A superuser of the database, and five entries to change, the first being `first`."""
    for n in range(5):
        audit.read(by=ANA, verb="cases.open_case_page", subject=n)
    name = connection.settings_dict["NAME"]
    address = psycopg.conninfo.make_conninfo(os.environ["AYNI_TEST_ADMIN_URL"], dbname=name)
    with psycopg.connect(address, autocommit=True) as db:
        one = _Superuser(db, Head.objects.get().number - 4)
        try:
            yield one
        finally:
            one.undo()


def verified() -> tuple[bool, dict[str, Any]]:
    """Whether the command succeeded, and its answer."""
    said = StringIO()
    try:
        call_command("audit", "verify", "--json", stdout=said)
    except CommandError:
        return False, json.loads(said.getvalue())
    return True, json.loads(said.getvalue())


def test_a_trail_that_holds_is_told_with_its_length(superuser: _Superuser) -> None:
    ok, answer = verified()

    head = Head.objects.get()
    assert ok
    assert answer == {
        "ok": True,
        "entries": head.number,
        "digest": bytes(head.digest).hex(),
        "heads": {"own": 0, "abroad": 0, "explained_by_restore": 0, "not_ours": 0},
        "alarms_unseen": 0,
    }


@pytest.mark.parametrize(
    ("statement", "code", "offset"),
    [
        ("update audit_entry set actor_id = 'sol' where number = %(n)s", "changed", 2),
        ("update audit_entry set verb = 'cases.open_told' where number = %(n)s", "changed", 2),
        ("update audit_entry set at = at - interval '1 day' where number = %(n)s", "changed", 2),
        ('update audit_entry set detail = \'{"a": "b"}\' where number = %(n)s', "changed", 2),
        ("delete from audit_entry where number = %(n)s", "missing", 2),
        ("delete from audit_entry where number >= %(n)s", "end_missing", 2),
        ("update audit_head set digest = decode(repeat('11', 32), 'hex')", "head", 4),
        ("update audit_head set number = %(n)s", "head", 2),
        ("update audit_head set number = number + 1", "end_missing", 5),
        ("delete from audit_head", "no_head", 4),
    ],
)
def test_what_a_superuser_changed_is_found_and_named(
    superuser: _Superuser, statement: str, code: str, offset: int
) -> None:
    superuser.does(statement, n=superuser.first + 2)
    ok, answer = verified()
    if "audit_head" in statement and "delete" in statement:
        superuser.does("insert into audit_head (id, number, digest) values (1, 0, '')")

    assert not ok
    assert answer["broken"]["code"] == code
    assert answer["broken"]["entry"] == superuser.first + offset


def test_an_entry_with_a_digest_made_to_fit_breaks_the_link_to_the_next(
    superuser: _Superuser,
) -> None:
    from ayni.audit.verifying import digest_of

    row = Entry.objects.get(number=superuser.first + 1)
    row.actor_id = "sol"
    superuser.does(
        "update audit_entry set actor_id = 'sol', digest = %(d)s where number = %(n)s",
        d=digest_of(row, bytes(row.previous)),
        n=row.number,
    )
    ok, answer = verified()

    assert not ok
    assert answer["broken"]["entry"] == row.number + 1
    assert answer["broken"]["code"] == "moved"


def test_words_for_people_say_which_entry_and_what_it_was(superuser: _Superuser) -> None:
    superuser.does(
        "update audit_entry set subject = 'x' where number = %(n)s", n=superuser.first + 3
    )

    with pytest.raises(CommandError, match=rf"broken at entry {superuser.first + 3}.*open_case_p"):
        call_command("audit", "verify", stdout=StringIO())
