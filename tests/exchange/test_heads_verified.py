"""`ayni audit verify` beside the signed heads: a chain rewritten as a whole by a superuser of the
database holds by itself, and is found and named all the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from psycopg import sql

from ayni.audit import api as audit
from ayni.audit.models import Entry, Head, SignedHead
from ayni.audit.verifying import digest_of
from ayni.exchange import api as exchange
from ayni.exchange import heads
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.exchange.trail import Trail, entries

BY = audit.job("tests")
pytestmark = pytest.mark.database_room


class _Superuser:
    """Somebody for whom the database keeps no rule. `undo` puts everything back."""

    def __init__(self, db: psycopg.Connection[Any]) -> None:
        self.db = db
        db.execute("set session_replication_role = replica")
        db.execute("create temp table kept as select * from audit_entry")
        self.head = db.execute("select number, digest from audit_head").fetchone()

    def does(self, statement: str, **values: Any) -> None:
        self.db.execute(statement.encode(), values)

    def rewrites(self, first: int) -> None:
        """Change who did entry `first`, and make every digest from there on fit."""
        rows = list(Entry.objects.filter(number__gte=first).order_by("number"))
        rows[0].actor_id = "sol"
        previous = bytes(rows[0].previous)
        for row in rows:
            told = {"a": row.actor_id, "p": previous, "n": row.number}
            previous = digest_of(row, previous)
            self.does(
                "update audit_entry set actor_id = %(a)s, previous = %(p)s, digest = %(d)s "
                "where number = %(n)s",
                d=previous,
                **told,
            )
        self.does("update audit_head set digest = %(d)s", d=previous)

    def undo(self) -> None:
        assert self.head is not None
        for table in ("signedhead", "heldhead", "alarm", "entry"):
            self.db.execute(sql.SQL("delete from {}").format(sql.Identifier(f"audit_{table}")))
        self.does("insert into audit_entry select * from kept")
        self.db.execute("update audit_head set number = %s, digest = %s", self.head)


@pytest.fixture
def superuser(bolivia: Peer) -> Iterator[_Superuser]:
    """A superuser of the database."""
    name = connection.settings_dict["NAME"]
    address = psycopg.conninfo.make_conninfo(os.environ["AYNI_TEST_ADMIN_URL"], dbname=name)
    with psycopg.connect(address, autocommit=True) as db:
        one = _Superuser(db)
        try:
            yield one
        finally:
            one.undo()


@pytest.fixture
def second(superuser: _Superuser) -> int:
    """Five readings and a signed head, on two days; the number of the second reading of the second
    day."""
    for day in range(2):
        with time_machine.travel(clock.now() + timedelta(days=day)):
            for n in range(5):
                audit.read(by=BY, verb="cases.open_case_page", subject=n)
            assert exchange.sign_head(by=BY, now=clock.now()) == day + 1
    reading = Entry.objects.filter(verb="cases.open_case_page").order_by("-number")[3]
    assert SignedHead.objects.get(number=1).entries < reading.number
    return int(reading.number)


def hand_back() -> None:
    """Bolivia tells us which of our heads it holds."""
    with transaction.atomic():
        for document in audit.own_heads():
            assert audit.keep_echo(document, source="bo", own=True) == ""


def verified(*more: str) -> tuple[str, dict[str, Any]]:
    """What the command complains of, and its answer."""
    said = StringIO()
    try:
        call_command("audit", "verify", "--json", *more, stdout=said)
    except CommandError as wrong:
        return str(wrong), json.loads(said.getvalue())
    return "", json.loads(said.getvalue())


def test_a_healthy_trail_is_told_with_its_heads(second: int) -> None:
    hand_back()
    wrong, answer = verified()

    assert wrong == ""
    assert answer["ok"]
    assert answer["entries"] == Head.objects.get().number
    assert answer["heads"] == {"own": 2, "abroad": 2, "explained_by_restore": 0, "not_ours": 0}


def test_a_row_that_a_superuser_changed_is_named(superuser: _Superuser, second: int) -> None:
    superuser.does("update audit_entry set actor_id = 'sol' where number = %(n)s", n=second)
    wrong, answer = verified()

    assert f"broken at entry {second}" in wrong
    assert (answer["broken"]["entry"], answer["broken"]["code"]) == (second, "changed")
    assert answer["broken"]["verb"] == "cases.open_case_page"


def test_a_chain_rewritten_as_a_whole_is_not_what_was_signed(
    superuser: _Superuser, second: int
) -> None:
    superuser.rewrites(second)
    assert audit.verify_chain() is None, "by itself it holds"
    wrong, answer = verified()

    covered = [SignedHead.objects.get(number=n).entries for n in (1, 2)]
    assert answer["broken"]["code"] == "signed_head"
    assert (answer["broken"]["entry"], answer["broken"]["until"]) == (covered[0] + 1, covered[1])
    assert covered[0] < second <= covered[1]
    assert f"up to {covered[1]}" in wrong


@pytest.mark.parametrize("number", [1, 2])
def test_a_head_that_was_removed_here_is_missed(
    superuser: _Superuser, second: int, number: int
) -> None:
    hand_back()
    superuser.does("delete from audit_signedhead where number = %(n)s", n=number)
    wrong, answer = verified()

    code = {1: "head_missing", 2: "held_abroad"}[number]
    assert answer["broken"]["code"] == code
    assert f"head {number if number == 2 else 1} of" in wrong


def test_heads_signed_anew_over_another_chain_contradict_those_held_abroad(
    superuser: _Superuser, second: int, tmp_path: Path
) -> None:
    held = tmp_path / "heads.json"
    held.write_text(json.dumps({"heads": list(audit.own_heads()), "node": "ar"}))
    first_entries = SignedHead.objects.get(number=1).entries
    superuser.rewrites(second)
    superuser.does("delete from audit_signedhead where number = 2")
    with time_machine.travel(clock.now() + timedelta(days=1)):
        exchange.sign_head(by=BY, now=clock.now())

    assert verified()[0] == "", "whoever has every key and nobody abroad is believed"
    wrong, answer = verified("--with", str(held))

    assert answer["broken"]["code"] == "held_abroad"
    assert answer["broken"]["entry"] == first_entries + 1
    assert "another node holds another head 2" in wrong


def test_heads_are_written_for_the_node_whose_they_are(second: int) -> None:
    trail = Trail(Peer())
    told = trail.payload(entries("a"))
    audit.keep_their_head(told["head"], told["proof"])
    said = StringIO()
    call_command("audit", "heads", "--of", "bo", stdout=said)

    assert json.loads(said.getvalue()) == {"heads": trail.heads, "node": "bo"}


def test_a_head_that_another_signed_proves_nothing(second: int, tmp_path: Path) -> None:
    told = Trail(Peer(), "ar").payload(entries("a"))["head"]
    held = tmp_path / "heads.json"
    held.write_text(json.dumps({"heads": [told]}))
    wrong, answer = verified("--with", str(held))

    assert wrong == ""
    assert answer["heads"]["not_ours"] == 1
    assert not heads.is_ours(told)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"heads": [{"body": {}}]}', "\x00", "[" * 9999]
)
def test_a_file_that_holds_no_heads_is_refused_with_its_name(
    second: int, tmp_path: Path, content: str
) -> None:
    held = tmp_path / "heads.json"
    held.write_text(content)

    with pytest.raises(CommandError, match="heads.json: not what"):
        call_command("audit", "verify", "--with", str(held))
    with pytest.raises(CommandError, match="No such file"):
        call_command("audit", "verify", "--with", str(tmp_path / "other.json"))


def test_an_unknown_node_is_refused(second: int) -> None:
    with pytest.raises(CommandError, match="no code of a node"):
        call_command("audit", "heads", "--of", "xx")
