"""A database that is only starting is waited for by what serves, and by nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayni.node import awaiting
from ayni.node.postgres import OWNER, PLAIN, Server, Unable
from tests.node.made import ayni, initialised_home
from tests.node.test_processes import ROOT, answers, wait_for

pytestmark = pytest.mark.nodes


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that runs, of nobody's node."""
    with tempfile.TemporaryDirectory(prefix="ayni-w-") as name:
        initialised_home(Path(name) / "theirs")
        one = Server(Path(name) / "theirs")
        one.start()
        yield one
        one.stop()
        shutil.rmtree(one.sockets, ignore_errors=True)


def _addresses(server: Server) -> dict[str, str]:
    return {"DATABASE_URL": server.url(PLAIN), "AYNI_OWNER_DATABASE_URL": server.url(OWNER)}


def _kill(server: Server) -> None:
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()


def test_a_node_waits_for_its_database_and_a_command_does_not(server: Server) -> None:
    home = server.home.parent / "home"
    settings = {"AYNI_NODE": "uy", "AYNI_HOME": str(home), **_addresses(server)}
    made = ayni("node", "init", **settings)
    assert made.returncode == 0, made.stderr
    server.stop()
    at_once = ayni("retention", "due", **settings)
    assert at_once.returncode == 1
    assert "PostgreSQL does not answer at" in at_once.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = home.parent / "run.log"
    with (
        log.open("wb") as told,
        subprocess.Popen(
            [sys.executable, "-m", "ayni.node.command", "run", "--port", str(port)],
            env={"PATH": os.environ["PATH"], "AYNI_WEB_WORKERS": "1", **settings},
            cwd=ROOT, stderr=told,
        ) as run,
    ):  # fmt: skip
        try:
            wait_for(lambda: "the node waits for it" in log.read_text())
            assert run.poll() is None
            server.start()
            wait_for(lambda: answers(port))
        finally:
            run.terminate()
            run.wait(60)
    assert log.read_text().count("the node waits for it") == 1, "it is said once"


def test_an_embedded_server_that_died_while_the_node_starts_is_started_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.url(PLAIN))
    _kill(server)
    awaiting.database(server)
    assert server.answers()


def test_waiting_ends_with_its_time_or_when_the_node_is_told_to_stop(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.url(PLAIN))
    _kill(server)
    awaiting.database(None, seconds=0.5)
    told = threading.Event()
    told.set()
    awaiting.database(None, until=told, seconds=float("inf"))
    assert not server.answers()


class _EndsAtOnce(Server):
    """Its PostgreSQL is killed as soon as it answers."""

    def _bootstrap(self) -> None:
        _kill(self)
        super()._bootstrap()


def test_a_server_that_ends_at_once_is_told_in_a_sentence() -> None:
    """The supervisor of a running node says it and tries again; it does not end."""
    with tempfile.TemporaryDirectory(prefix="ayni-e-") as name:
        one = _EndsAtOnce(Path(name) / "home")
        with pytest.raises(Unable, match="does not start"):
            one.start()
        assert one.process is None
        shutil.rmtree(one.sockets, ignore_errors=True)
