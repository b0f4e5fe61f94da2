"""A PostgreSQL given by two addresses: what is refused, what is warned of, where passwords lie."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ayni.node.postgres import OWNER, PLAIN, SUPER, Server
from tests.node.made import ayni, initialised_home

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("given-database")]
PLAIN_URL, OWNER_URL = "DATABASE_URL", "AYNI_OWNER_DATABASE_URL"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that is somebody else's: nothing of it lies in the node's home."""
    with tempfile.TemporaryDirectory(prefix="ayni-g-") as name:
        initialised_home(Path(name) / "theirs")
        one = Server(Path(name) / "theirs")
        one.start()
        yield one
        one.stop()
        shutil.rmtree(one.sockets, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """A node's folder that is not there yet."""
    with tempfile.TemporaryDirectory(prefix="ayni-h-") as name:
        yield Path(name) / "home"


def _init(home: Path, **addresses: str) -> tuple[int, str, str]:
    done = ayni("node", "init", "--json", AYNI_NODE="uy", AYNI_HOME=str(home), **addresses)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("plain", "owner", "sentence"),
    [
        (SUPER, OWNER, "is a superuser"),
        (OWNER, SUPER, "owns the database"),
        (OWNER, OWNER, "two different roles"),
        (PLAIN, PLAIN, "two different roles"),
    ],
)
def test_a_role_that_row_security_does_not_bind_is_refused(
    server: Server, home: Path, plain: str, owner: str, sentence: str
) -> None:
    addresses = {PLAIN_URL: server.url(plain), OWNER_URL: server.url(owner)}
    code, _, told = _init(home, **addresses)
    assert code == 1
    assert sentence in told
    assert not (home / "node.json").exists()


def test_a_member_of_the_owners_role_is_refused(server: Server, home: Path) -> None:
    with psycopg.connect(server.url(SUPER), autocommit=True) as db:
        db.execute("create role climber login password 'climber'")
        db.execute(f"grant {OWNER} to climber")  # type: ignore[arg-type]
    climber = f"postgresql://climber:climber@/ayni?host={server.sockets}"
    code, _, told = _init(home, **{PLAIN_URL: climber, OWNER_URL: server.url(OWNER)})
    assert code == 1
    assert "owns the database" in told


def test_a_node_is_made_with_two_addresses_in_private_files(server: Server, home: Path) -> None:
    places = {}
    for name, role in (("DATABASE_URL_FILE", PLAIN), ("AYNI_OWNER_DATABASE_URL_FILE", OWNER)):
        path = home.parent / role
        path.write_text(server.url(role) + "\n")
        path.chmod(0o600)
        places[name] = str(path)
    code, answer, told = _init(home, **places)
    assert code == 0, told
    assert json.loads(answer)["made"] is True
    assert not (home / "postgresql").exists()
    check = ayni("node", "check", "--json", AYNI_HOME=str(home), **places)
    answer = json.loads(check.stdout)
    assert (answer["embedded_postgresql"], answer["ok"], answer["errors"]) == (False, True, [])
    assert "server_log" not in {warning["code"] for warning in answer["warnings"]}

    both = ayni("node", "check", AYNI_HOME=str(home), DATABASE_URL="postgresql://x/y", **places)
    assert "are both set" in both.stderr
    embedded = ayni("node", "check", AYNI_HOME=str(home))
    assert embedded.returncode == 1
    assert "No empty one is begun" in embedded.stderr
    (home.parent / PLAIN).chmod(0o644)
    exposed = ayni("node", "check", AYNI_HOME=str(home), **places)
    assert exposed.returncode == 1
    assert "can be read by others" in exposed.stderr
    assert "Traceback" not in exposed.stderr

    (home.parent / PLAIN).chmod(0o600)
    with psycopg.connect(server.url(SUPER), autocommit=True) as db:
        for setting in ("log_statement = 'all'", "log_min_error_statement = 'error'"):
            db.execute(f"alter database ayni set {setting}")  # type: ignore[arg-type]
    loud = json.loads(ayni("node", "check", "--json", AYNI_HOME=str(home), **places).stdout)
    told = [w["sentence"] for w in loud["warnings"] if w["code"] == "server_log"]
    assert len(told) == 2
    assert "log_min_error_statement is error" in told[0]
    assert "log_statement is all and should be none" in told[1]
