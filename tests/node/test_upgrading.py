"""`ayni node upgrade`: all changes of the tables or none, one at a time, never backwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ayni.node import tables
from ayni.node.postgres import OWNER, Server
from tests.node.made import made_home
from tests.node.test_command import ROOT, ayni

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("upgrade")]
NEWER = {"DJANGO_SETTINGS_MODULE": "tests.node.grown.settings"}
_AT_WORK = (
    "select 1 from pg_stat_activity where query like '%pg_sleep(3)%' "
    "and state = 'active' and pid <> pg_backend_pid()"
)
_CHANGES = ["grown.0001_first", "grown.0002_slow"]


@pytest.fixture
def server() -> Iterator[Server]:
    """A node's PostgreSQL, running; the node is of the present version."""
    with tempfile.TemporaryDirectory(prefix="ayni-u-") as name:
        home = Path(name) / "home"
        made_home("bo", home)
        one = Server(home)
        with one.used():
            yield one
        shutil.rmtree(one.sockets, ignore_errors=True)


def _begin(server: Server) -> subprocess.Popen[str]:
    """An upgrade to the later version, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ayni.node.command", "node", "upgrade", "--json"],
        env={"PATH": os.environ["PATH"], "AYNI_HOME": str(server.home), **NEWER}, cwd=ROOT,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _ask(server: Server, question: str) -> list[object]:
    with psycopg.connect(server.url(OWNER)) as db:
        return [value for (value,) in db.execute(question).fetchall()]  # type: ignore[arg-type]


def _made(server: Server) -> tuple[list[object], list[object]]:
    """Tables and noted changes of the later version."""
    return (
        _ask(server, "select relname from pg_class where relname ~ '^grown' order by 1"),
        _ask(server, "select name from django_migrations where app = 'grown' order by 1"),
    )


def _wait_for_its_middle(server: Server) -> None:
    """The first change is made, and the second is at work."""
    deadline = time.monotonic() + 60
    while not _ask(server, _AT_WORK):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_upgrade_killed_in_its_middle_changes_nothing_and_the_next_makes_all(
    server: Server,
) -> None:
    first = _begin(server)
    _wait_for_its_middle(server)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    # The next one need not wait for anything to be cleared away.
    second = _begin(server)
    told, said = second.communicate(timeout=60)
    assert second.returncode == 0, said
    assert json.loads(told)["changes"] == _CHANGES
    assert _made(server) == (["grown_first", "grown_second"], ["0001_first", "0002_slow"])


def test_a_killed_upgrade_leaves_no_table_behind(server: Server) -> None:
    first = _begin(server)
    _wait_for_its_middle(server)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    deadline = time.monotonic() + 20
    while _ask(server, _AT_WORK):
        assert time.monotonic() < deadline, "the server never noticed"
        time.sleep(0.05)
    assert _made(server) == ([], [])
    before = ayni("node", "check", "--json", AYNI_HOME=str(server.home))
    assert json.loads(before.stdout)["ok"] is True, "the old version works as before"


def test_of_two_upgrades_at_once_one_waits_and_finds_it_done(server: Server) -> None:
    with psycopg.connect(server.url(OWNER), autocommit=True) as third:
        # A third one under way: both of ours have to wait, however slow the machine is.
        third.execute("select pg_advisory_lock(%s)", [tables.LOCK])
        both = [_begin(server), _begin(server)]
        deadline = time.monotonic() + 60
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        while third.execute(waiting).fetchone() != (2,) and time.monotonic() < deadline:
            time.sleep(0.05)
    answers = [process.communicate(timeout=60) for process in both]

    assert [process.returncode for process in both] == [0, 0], answers
    changes = sorted((json.loads(told)["changes"] for told, _said in answers), key=len)
    assert changes == [[], _CHANGES]
    assert all("another upgrade of this node is under way" in said for _told, said in answers)
    assert _made(server)[1] == ["0001_first", "0002_slow"]
    entries = _ask(server, "select detail->>'changes' from audit_entry where verb = 'node.upgrade'")
    assert entries == ["2"]


def test_tables_of_another_age_than_the_program_stop_the_node(server: Server) -> None:
    home = str(server.home)
    behind = ayni("run", AYNI_HOME=home, AYNI_LISTEN="127.0.0.1:18097", **NEWER)
    assert behind.returncode == 1
    assert "older than the program by 2 changes" in behind.stderr
    assert "ayni node upgrade" in behind.stderr
    check = json.loads(ayni("node", "check", "--json", AYNI_HOME=home, **NEWER).stdout)
    assert [error["code"] for error in check["errors"]] == ["tables_behind"]
    assert _made(server) == ([], []), "nothing is changed in passing"
    dry = ayni("node", "upgrade", "--dry-run", "--json", AYNI_HOME=home, **NEWER)
    assert json.loads(dry.stdout)["changes"] == _CHANGES
    assert _made(server) == ([], [])

    first = _begin(server)
    assert first.communicate(timeout=60) is not None
    for words in (("run",), ("worker",), ("node", "upgrade")):
        newer = ayni(*words, AYNI_HOME=home, AYNI_LISTEN="127.0.0.1:18097")
        assert newer.returncode == 1, words
        assert "changed by a newer version of Ayni" in newer.stderr
    assert _made(server)[1] == ["0001_first", "0002_slow"]


def test_without_a_backup_of_the_day_nothing_is_changed_unless_it_is_said(server: Server) -> None:
    os.utime(server.home / "node.json", (1_700_000_000, 1_700_000_000))
    refused = ayni("node", "upgrade", AYNI_HOME=str(server.home), **NEWER)
    assert refused.returncode == 1
    assert "no backup was made" in refused.stderr
    assert _made(server) == ([], [])
    words = ("node", "upgrade", "--without-backup", "--json")
    assert json.loads(ayni(*words, AYNI_HOME=str(server.home), **NEWER).stdout)["changes"]


def test_the_backup_before_an_upgrade_is_made_by_the_newer_program_too(
    server: Server, tmp_path: Path
) -> None:
    home = str(server.home)
    keys = ayni("backup", "key", str(tmp_path / "key"))
    (server.home / "backup-recipients").write_text(keys.stdout)
    to = ("--folder", str(tmp_path / "a"), "--keyring-folder", str(tmp_path / "b"))
    os.utime(server.home / "node.json", (1_700_000_000, 1_700_000_000))
    copied = ayni("backup", "make", *to, AYNI_HOME=home, **NEWER)
    assert copied.returncode == 0, copied.stderr
    assert _made(server) == ([], [])
    done = ayni("node", "upgrade", "--json", AYNI_HOME=home, **NEWER)
    assert json.loads(done.stdout)["changes"] == _CHANGES
    older = ayni("backup", "make", *to, AYNI_HOME=home)
    assert older.returncode == 1
    assert "changed by a newer version of Ayni" in older.stderr


def test_a_table_that_somebody_holds_is_told_and_nothing_is_changed(server: Server) -> None:
    with psycopg.connect(server.url(OWNER)) as other:
        other.execute("lock table django_migrations in access exclusive mode")
        # Reading what was changed waits for the holder, ten seconds at most.
        done = ayni("node", "upgrade", "--without-backup", AYNI_HOME=str(server.home), **NEWER)
        assert done.returncode == 1
        assert "another process holds them" in done.stderr
        assert "Traceback" not in done.stderr
        other.rollback()
    assert _made(server) == ([], [])
