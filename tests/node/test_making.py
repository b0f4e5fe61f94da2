"""`ayni node init` makes a node whole or leaves nothing, in the folder and on the server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ayni.node.postgres import SUPER, Server
from tests.node.made import ROOT, ayni, initialised_home

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("making")]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A ministry's PostgreSQL: nothing of it lies in the node's home."""
    with tempfile.TemporaryDirectory(prefix="ayni-g-") as name:
        initialised_home(Path(name) / "theirs")
        one = Server(Path(name) / "theirs")
        one.start()
        yield one
        one.stop()
        shutil.rmtree(one.sockets, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that is not there yet."""
    with tempfile.TemporaryDirectory(prefix="ayni-h-") as name:
        yield Path(name) / "home"


def _admin(home: Path, url: str) -> Path:
    path = home.parent / "administrator"
    path.touch(mode=0o600)
    path.write_text(url + "\n")
    return path


def _left(server: Server) -> list[str]:
    with psycopg.connect(server.url(SUPER, "postgres")) as db:
        rows = db.execute(
            "select rolname from pg_roles where rolname like 'ayni\\_uy%' "
            "union all select datname from pg_database where datname like 'ayni\\_uy%' order by 1"
        ).fetchall()
    return [name for (name,) in rows]


def _drop(server: Server) -> None:
    with psycopg.connect(server.url(SUPER, "postgres"), autocommit=True) as db:
        db.execute("drop database if exists ayni_uy with (force)")
        for role in ("ayni_uy_owner", "ayni_uy_app"):
            db.execute(f"drop role if exists {role}")  # type: ignore[arg-type]


def _modes(home: Path) -> set[int]:
    return {
        stat.S_IMODE(path.stat().st_mode)
        for path in [*(home / "secrets").iterdir(), home / "settings"]
    }


def test_roles_and_database_are_made_on_a_ministrys_server(server: Server, home: Path) -> None:
    admin = _admin(home, server.url(SUPER, "postgres"))
    words = ("node", "init", "--state", "uy", "--home", str(home), "--host", "uy.localhost",
             "--mail-host", "mail.example", "--database-admin-file", str(admin))  # fmt: skip
    try:
        made = ayni(*words, "--json")
        assert made.returncode == 0, made.stderr
        assert _left(server) == ["ayni_uy", "ayni_uy_app", "ayni_uy_owner"]
        assert _modes(home) == {0o600}
        assert not (home / "postgresql").exists()
        for secret in (server.url(SUPER, "postgres"), "postgresql://"):
            assert secret not in (home / "settings").read_text() + made.stdout + made.stderr
        # The folder alone names the node and its database.
        check = json.loads(ayni("node", "check", "--json", AYNI_HOME=str(home)).stdout)
        assert (check["ok"], check["embedded_postgresql"]) == (True, False)
        assert "mail" not in {warning["code"] for warning in check["warnings"]}

        other = ("node", "init", "--state", "uy", "--home", str(home.parent / "second"))
        taken = ayni(*other, "--database-admin-file", str(admin))
        assert taken.returncode == 1
        assert "has ayni_uy, ayni_uy_app, ayni_uy_owner already" in taken.stderr
        assert not (home.parent / "second").exists()
        assert _left(server) == ["ayni_uy", "ayni_uy_app", "ayni_uy_owner"], "not ours to remove"
        again = ayni(*words)
        assert again.returncode == 1
        assert "holds node uy already, and nothing was changed" in again.stderr
    finally:
        _drop(server)


def test_what_fails_leaves_nothing(server: Server, home: Path) -> None:
    """The node cannot reach the database where it was told that it is: all is taken back."""
    admin = _admin(home, server.url(SUPER, "postgres"))
    words = ("node", "init", "--state", "uy", "--home", str(home))
    done = ayni(*words, "--database-admin-file", str(admin), "--database-host", "127.0.0.1:1")
    assert done.returncode == 1
    assert "pg_hba.conf" in done.stderr
    assert _left(server) == []
    assert not home.exists()
    admin.chmod(0o644)
    exposed = ayni(*words, "--database-admin-file", str(admin))
    assert "can be read by others" in exposed.stderr
    assert not home.exists()


def test_a_folder_with_something_in_it_is_refused(home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "letter").write_text("of somebody")
    done = ayni("node", "init", "--state", "uy", "--home", str(home))
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in home.iterdir()] == ["letter"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--host", "a\nAYNI_SMTP_TLS=false"), "AYNI_HOST must be one line"),
        (("--database-host", "x:5432"), "needs --database-admin-file"),
        (("--database-admin-file", "/a", "--database-socket", "/b"), "not both"),
    ],
)
def test_an_option_in_doubt_is_refused(home: Path, words: tuple[str, ...], sentence: str) -> None:
    done = ayni("node", "init", "--state", "uy", "--home", str(home), *words)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not home.exists()


def test_killed_in_the_middle_it_begins_anew(server: Server, home: Path) -> None:
    admin = _admin(home, server.url(SUPER, "postgres"))
    words = ["node", "init", "--state", "uy", "--home", str(home)]
    with subprocess.Popen(
        [sys.executable, "-m", "ayni.node.command", *words, "--database-admin-file", str(admin)],
        env={"PATH": os.environ["PATH"]}, cwd=ROOT, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 60
        while not (home / "secrets" / "django.key").exists():
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    try:
        assert _left(server) == ["ayni_uy", "ayni_uy_app", "ayni_uy_owner"]
        half = ayni("node", "check", AYNI_HOME=str(home))
        assert half.returncode == 1
        started = ayni("run", AYNI_NODE="uy", AYNI_HOME=str(home))
        assert started.returncode == 1
        assert "was not finished: run `ayni node init` again" in started.stderr
        without = ayni(*words)
        assert without.returncode == 1
        assert "with the administrator's address" in without.stderr
        again = ayni(*words, "--database-admin-file", str(admin))
        assert again.returncode == 0, again.stderr
        assert "it begins anew" in again.stderr
        assert not (home / "making.json").exists()
        assert ayni("node", "check", AYNI_HOME=str(home)).returncode == 0
    finally:
        _drop(server)


def test_two_at_once_one_makes_the_node(home: Path) -> None:
    command = [sys.executable, "-m", "ayni.node.command", "node", "init", "--state", "uy",
               "--home", str(home)]  # fmt: skip
    both = [
        subprocess.Popen(
            command, env={"PATH": os.environ["PATH"]}, cwd=ROOT, text=True,
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]  # fmt: skip
    told = [process.communicate(timeout=120)[1] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, 1]), told
    assert all("Traceback" not in text for text in told)
    if codes == [0, 1]:
        assert any("another command makes this node" in text for text in told)
    assert ayni("node", "check", AYNI_HOME=str(home)).returncode == 0


def test_a_mistyped_folder_of_a_real_node_begins_no_other(home: Path) -> None:
    done = ayni("run", AYNI_NODE="uy", AYNI_HOME=str(home), AYNI_HOST="ayni.example")
    assert done.returncode == 1
    assert "holds no node yet" in done.stderr
    assert not home.exists()
