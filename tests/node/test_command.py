"""The `ayni` command makes a node in an empty folder, and refuses to start in doubt."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayni.config import demonstration
from tests.node.made import ROOT, ayni, database_of, made_home


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: the socket's must stay under 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="ayni-n-") as name:
        yield Path(name)


@pytest.mark.nodes
def test_an_empty_home_becomes_a_node_and_a_second_call_changes_nothing(folder: Path) -> None:
    home = folder / "home"
    first = ayni("node", "init", "--json", AYNI_NODE="uy", AYNI_HOME=str(home))
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert re.fullmatch(r"([0-9A-F]{4} ){9}[0-9A-F]{4}", told.pop("identity"))
    assert told == {"node": "uy", "home": str(home), "made": True}
    assert "making the database" in first.stderr
    key = (home / "secrets" / "master.key").read_bytes()
    second = ayni("node", "check", "--json", AYNI_HOME=str(home))
    answer = json.loads(second.stdout)
    assert (answer["node"], answer["embedded_postgresql"], answer["ok"]) == ("uy", True, True)
    assert answer["errors"] == []
    assert (home / "secrets" / "master.key").read_bytes() == key
    other = ayni("node", "check", AYNI_NODE="ar", AYNI_HOME=str(home))
    assert other.returncode == 1
    assert "folder of node uy" in other.stderr
    (home / "secrets" / "master.key").chmod(0o644)
    exposed = ayni("node", "check", AYNI_HOME=str(home))
    assert exposed.returncode == 1
    assert "may not start" in exposed.stderr
    assert "master.key can be read by others" in exposed.stderr
    assert not (home / "postgresql" / "data" / "postmaster.pid").exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "set AYNI_NODE"),
        ({"AYNI_NODE": "na"}, "must be one of ar, bo"),
        ({"AYNI_NODE": "ar", "DATABASE_URL": "postgresql://x/y"}, "AYNI_OWNER_DATABASE_URL"),
    ],
)
def test_a_node_in_doubt_is_refused_with_a_sentence(
    folder: Path, settings: dict[str, str], sentence: str
) -> None:
    if settings:
        settings = {**settings, "AYNI_HOME": str(folder / "home")}
    done = ayni("node", "init", **settings)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "home" / "postgresql").exists()


@pytest.mark.parametrize(
    ("language", "sentence", "condition"),
    [
        ("es_AR.UTF-8", "debe ser una de estas: ar, bo", "no existe la condición 'nothing'"),
        ("pt_BR.UTF-8", "deve ser uma destas: ar, bo", "não existe a condição 'nothing'"),
        ("en_US.UTF-8", "must be one of ar, bo", "there is no condition 'nothing'"),
    ],
)
def test_the_command_speaks_the_language_of_the_terminal(
    folder: Path, language: str, sentence: str, condition: str
) -> None:
    done = ayni("node", "init", AYNI_NODE="na", AYNI_HOME=str(folder / "home"), LANG=language)
    assert sentence in done.stderr
    file = folder / "small.yaml"
    small = (ROOT / "tests" / "protocol" / "small.yaml").read_text("utf-8")
    file.write_text(small.replace("condition: agreed", "condition: nothing"), "utf-8")
    checked = ayni("protocol", "check", str(file), LANG=language)
    assert checked.returncode == 1
    assert condition in checked.stderr


def test_a_home_that_cannot_be_made_is_refused(folder: Path) -> None:
    (folder / "file").write_text("in the way")
    done = ayni("node", "init", AYNI_NODE="ar", AYNI_HOME=str(folder / "file" / "home"))
    assert done.returncode == 1
    assert "AYNI_HOME cannot be used" in done.stderr


def test_a_web_address_in_doubt_is_refused(folder: Path) -> None:
    home = str(folder / "home")
    done = ayni("run", AYNI_NODE="ar", AYNI_HOME=home, AYNI_LISTEN="everywhere")
    assert done.returncode == 1
    assert "AYNI_LISTEN must be address:port" in done.stderr


def test_a_taken_port_is_told_before_anything_is_started(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        home = str(folder / "home")
        done = ayni("run", AYNI_NODE="ar", AYNI_HOME=home, AYNI_LISTEN=address)
    assert done.returncode == 1
    assert f"cannot listen at {address}" in done.stderr
    assert not (folder / "home").exists()


def test_a_node_with_a_real_name_refuses_a_demonstrations_home(folder: Path) -> None:
    demonstration.mark_home(folder, "ar")
    with pytest.raises(demonstration.Misconfigured, match="not a localhost name"):
        demonstration.check_home(home=folder, host="ayni.example", demo=True)
    with pytest.raises(demonstration.Misconfigured, match="never run as a real node"):
        demonstration.check_home(home=folder, host="ar.localhost", demo=False)
    demonstration.check_home(home=folder, host="ar.localhost", demo=True)


def test_a_real_nodes_home_is_not_taken_for_a_demonstration(folder: Path) -> None:
    with pytest.raises(demonstration.Misconfigured, match="does not hold a demonstration"):
        demonstration.check_home(home=folder, host="ar.localhost", demo=True)
    demonstration.check_home(home=folder, host="ayni.example", demo=False)


def test_a_damaged_demonstration_mark_is_refused(folder: Path) -> None:
    demonstration.mark_home(folder, "ar")
    path = folder / demonstration.MARK
    path.write_text(path.read_text().replace('"ar"', '"bo"'))
    with pytest.raises(demonstration.Misconfigured, match="damaged"):
        demonstration.is_demo_home(folder)


def _directory(*, demo: bool, signed: bool) -> dict[str, object]:
    body = {"demo": demo, "number": 1}
    other = {"signer": "ar"}
    return {
        "body": body,
        "signatures": [{**demonstration.sign_directory(body), **({} if signed else other)}],
    }


def test_directories_of_the_other_kind_are_refused() -> None:
    check = demonstration.check_directory
    check(_directory(demo=True, signed=True), demo=True)
    check(_directory(demo=False, signed=False), demo=False)
    for document in (
        _directory(demo=True, signed=True),
        _directory(demo=True, signed=False),
        _directory(demo=False, signed=True),
    ):
        with pytest.raises(demonstration.Misconfigured, match="this node is real"):
            check(document, demo=False)
    for document in (_directory(demo=False, signed=False), _directory(demo=True, signed=False)):
        with pytest.raises(demonstration.Misconfigured, match="demo root"):
            check(document, demo=True)


@pytest.mark.django_db
def test_a_real_node_refuses_a_demonstrations_account() -> None:
    from ayni.members import api as members
    from tests.cast import SETUP

    demonstration.check_data(demo=False)
    members.add_user(
        by=SETUP,
        email="demo@node.example",
        display_name="Demo",
        role=members.Role.NODE_ADMINISTRATOR,
        institution=None,
        password="invented and long enough",
        is_demo=True,
    )
    with pytest.raises(demonstration.Misconfigured, match="accounts of a demonstration"):
        demonstration.check_data(demo=False)
    demonstration.check_data(demo=True)


@pytest.mark.parametrize(
    "word",
    [
        "shell",
        "dbshell",
        "dumpdata",
        "loaddata",
        "inspectdb",
        "sqlflush",
        "flush",
        "createsuperuser",
    ],
)
def test_commands_that_would_show_or_change_cases_are_not_offered(folder: Path, word: str) -> None:
    done = ayni(word, AYNI_NODE="ar", AYNI_HOME=str(folder / "home"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no command {word}" in done.stderr
    assert not (folder / "home").exists()


def test_the_list_of_commands_names_every_command_there_is() -> None:
    done = ayni("help", "--all")
    assert done.returncode == 0
    assert (
        "Commands of the rooms: audit, common_ground, disclosure, editions, evidence, gazette, "
        "htcds, import_glotip, import_linea145, indicator, legal_basis, linea145_figures, "
        "protocol, retention, sums\n" in done.stdout
    )


_LOADED = """
import contextlib, sys
from ayni.node import command
with contextlib.suppress(SystemExit):
    command.main(["protocol", "--help"])
sys.stderr.write(" ".join(sorted({"holidays", "icalendar"} & set(sys.modules))))
"""


def test_no_command_waits_for_holidays_or_calendars_that_it_does_not_read() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "usage: ayni protocol" in done.stdout
    assert done.stderr == ""


_ASKED = ("legal_basis", "--from=AR", "--to=PY", "--matter=trafficking", "--json")


def _register(*words: str, **settings: str) -> str:
    done = ayni(*words, **settings)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["register"])


def test_a_legal_question_needs_no_node_and_makes_none(folder: Path) -> None:
    home = str(folder / "home")
    assert _register(*_ASKED) == "shipped"
    assert _register(*_ASKED, AYNI_NODE="ar", AYNI_HOME=home) == "shipped"
    assert not (folder / "home").exists()


@pytest.mark.nodes
def test_a_legal_question_on_a_node_is_answered_from_what_the_node_holds(folder: Path) -> None:
    home = str(folder / "home")
    made_home("uy", folder / "home")
    with database_of(folder / "home"):
        assert _register(*_ASKED, AYNI_HOME=home) == "shipped_and_published"
        assert _register("common_ground", "--json", AYNI_HOME=home) == "shipped_and_published"
        assert _register(*_ASKED, "--shipped", AYNI_HOME=home) == "shipped"


# All begin in the same way (`home.ready`); each starts a process of its own.
_COMMANDS = (("node", "check"), ("run",), ("worker",), ("linea145_figures",))


@pytest.mark.nodes
def test_commands_refuse_to_mix_a_demonstration_with_a_real_node(folder: Path) -> None:
    demo, real = str(folder / "demo"), str(folder / "real")
    made_home("uy", folder / "demo", demo=True)
    made_home("uy", folder / "real")
    for settings, sentence, commands in (
        ({"AYNI_HOME": demo, "AYNI_HOST": "ayni.example"}, "is not a localhost name", _COMMANDS),
        ({"AYNI_HOME": real, "AYNI_DEMO": "true"}, "does not hold a demonstration", _COMMANDS[1:2]),
        ({"AYNI_HOME": demo}, "never run as a real node", _COMMANDS[1:2]),
    ):
        for words in commands:
            done = ayni(*words, **settings, AYNI_LISTEN="127.0.0.1:18099")
            assert done.returncode == 1, (words, settings, done.stderr)
            assert sentence in done.stderr


_PUT = """
from ayni.node import home
with home.ready(home.resolve()):
    from ayni.audit import api as audit
    from ayni.exchange import documents
    from ayni.exchange.models import DirectoryDocument
    from ayni.lib import clock
    from ayni.members import api as members
    from ayni.config import demonstration
    {what}
"""
_ACCOUNT = (
    "members.add_user(by=audit.job('tests'), email='a@node.example', display_name='A', "
    "role=members.Role.NODE_ADMINISTRATOR, institution=None, "
    "password='invented and long enough', is_demo=True)"
)
_DIRECTORY = (
    "body = {{'demo': {demo}, 'number': 1}}; DirectoryDocument.objects.create(number=1, "
    "digest='x', accepted_at=clock.now(), document={{'body': body, 'signatures': "
    "documents.signed('directory', body, {{'ar': bytes(32)}})['signatures'] + "
    "([demonstration.sign_directory(body)] if {demo} else [])}})"
)


@pytest.mark.nodes
@pytest.mark.parametrize(
    ("demo", "what", "sentence", "commands"),
    [
        ("false", _ACCOUNT, "accounts of a demonstration", _COMMANDS),
        ("false", _DIRECTORY.format(demo=True), "this node is real", _COMMANDS[:2]),
        ("true", _DIRECTORY.format(demo=False), "does not hang on the demo root", _COMMANDS[:2]),
    ],
)
def test_commands_refuse_what_belongs_to_the_other_kind_of_node(
    folder: Path, demo: str, what: str, sentence: str, commands: tuple[tuple[str, ...], ...]
) -> None:
    home = folder / "home"
    made_home("uy", home, demo=demo == "true")
    settings = {"AYNI_NODE": "uy", "AYNI_HOME": str(home), "AYNI_DEMO": demo}
    with database_of(home):
        put = subprocess.run(
            [sys.executable, "-c", _PUT.format(what=what)],
            env={"PATH": os.environ["PATH"], **settings},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert put.returncode == 0, put.stderr
        for words in commands:
            done = ayni(*words, **settings, AYNI_LISTEN="127.0.0.1:18098")
            assert done.returncode == 1, (words, done.stderr)
            assert sentence in done.stderr
