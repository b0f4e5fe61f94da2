"""`ayni user` and `ayni institution`: officers get a one-time address, never a password."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ayni.node.postgres import SUPER, Server
from tests.node.made import ayni, database_of, made_home, place_of

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("accounts")]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The database of one node of Bolivia."""
    with tempfile.TemporaryDirectory(prefix="ayni-a-") as name:
        home = Path(name) / "home"
        made_home("bo", home)
        with database_of(home) as server:
            yield server


@pytest.fixture(scope="module")
def run(server: Server) -> Run:
    """Commands on that node."""
    return lambda *words: ayni(*words, AYNI_HOME=str(server.home), LANG="en_US.UTF-8")


def test_an_institution_and_its_officer_are_added(run: Run) -> None:
    officer = ("user", "add", "ana@node.example", "--name", "Ana", "--role", "consular_officer")
    early = run(*officer, "--institution", "bo-programme")
    assert early.returncode == 1
    assert "must be one of none yet" in early.stderr
    assert run("institution", "add", "bo-programme", *place_of("bo")).returncode == 0
    twice = run("institution", "add", "bo-programme", *place_of("bo"))
    assert twice.returncode == 1
    assert "already" in twice.stderr
    added = run(*officer, "--institution", "bo-programme", "--json")
    assert added.returncode == 0, added.stderr
    told = json.loads(added.stdout)
    assert told["address"].startswith("http://bo.localhost:8000/account/password/reset/key/")
    again = run("user", "invite", "ANA@node.example")
    assert again.stdout.startswith("http://bo.localhost:8000/account/password/reset/key/")
    assert "works once" in again.stderr
    assert run("user", "stop", "ana@node.example").returncode == 0
    listed = json.loads(run("user", "list", "--json").stdout)
    assert [(u["email"], u["role"], u["institution"], u["active"]) for u in listed] == [
        ("ana@node.example", "consular_officer", "bo-programme", False)
    ]
    stopped = run("user", "invite", "ana@node.example")
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert "is stopped" in stopped.stderr
    assert run("user", "readmit", "ana@node.example").returncode == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("x", "--name", "X", "--role", "node_administrator"), "is not an e-mail address"),
        (("x@y.example", "--name", "X", "--role", "chief"), "must be one of consular_officer"),
        (("x@y.example", "--name", "", "--role", "node_administrator"), "1 to 120 characters"),
        (
            ("x@y.example", "--name", "X", "--role", "node_administrator", "--language", "fr"),
            "must be one of es, pt-br, en",
        ),
        (
            ("x@y.example", "--name", "X", "--role", "node_administrator", "--institution", "i"),
            "belongs to no institution",
        ),
        (("x@y.example", "--name", "X", "--role", "consular_officer"), "--institution is missing"),
    ],
)
def test_what_is_not_understood_is_said_and_nobody_is_added(
    run: Run, server: Server, words: tuple[str, ...], sentence: str
) -> None:
    done = run("user", "add", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    with psycopg.connect(server.url(SUPER)) as db:
        asked = db.execute("select count(*) from members_user where email = 'x@y.example'")
        assert asked.fetchone() == (0,)


def test_no_option_takes_a_password(run: Run) -> None:
    for words in (("user", "add"), ("user", "invite")):
        told = run(*words, "--help")
        assert told.returncode == 0
        assert "password" not in told.stdout.lower()


def test_roles_and_kinds_are_named(run: Run) -> None:
    assert "data_protection_officer" in json.loads(run("user", "roles", "--json").stdout)
    assert "child_authority" in json.loads(run("institution", "kinds", "--json").stdout)
    assert run("user", "delete").returncode == 2
