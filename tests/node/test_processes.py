"""Children of a node's supervisor: kept alive, stopped in order, ended when they do not stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ayni.node.postgres import PLAIN, Server
from ayni.node.processes import Child, supervise

ROOT = Path(__file__).resolve().parent.parent.parent
_STUBBORN = (
    "import signal, time, pathlib, sys; "
    "signal.signal(signal.SIGTERM, lambda *_: pathlib.Path(sys.argv[1]).write_text('asked')); "
    "pathlib.Path(sys.argv[1]).touch()\nwhile True: time.sleep(0.05)"
)


def wait_for(what: Callable[[], bool], seconds: float = 90) -> float:
    """Seconds until `what` holds; fails when it never does."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - began


def test_who_does_not_stop_when_asked_is_ended_and_the_others_are_not(tmp_path: Path) -> None:
    """SIGTERM to all at once; ten seconds later SIGKILL to the one that is still there."""
    asked = tmp_path / "asked"
    stubborn = Child("stubborn", [sys.executable, "-c", _STUBBORN, str(asked)])
    ready = Child("ready", [sys.executable, "-c", "import time; time.sleep(1000)"])
    until = threading.Event()
    thread = threading.Thread(target=supervise, args=([stubborn, ready], None, until))
    thread.start()
    wait_for(lambda: asked.exists() and ready.process is not None)
    assert stubborn.process is not None
    assert ready.process is not None
    until.set()
    wait_for(lambda: asked.read_text() == "asked")
    assert stubborn.process.poll() is None, "it is given time"
    thread.join()
    assert stubborn.process.returncode == -signal.SIGKILL
    assert ready.process.returncode == -signal.SIGTERM


@contextmanager
def run_in(home: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes], int]]:
    """A node under `ayni run`: its home, its supervisor, its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "PATH": os.environ["PATH"],
        "AYNI_NODE": "uy",
        "AYNI_HOME": str(home),
        "AYNI_WEB_WORKERS": "1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "ayni.node.command", "run", "--port", str(port)],
        env=settings,
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    ) as run:
        try:
            wait_for(lambda: answers(port))
            yield home, run, port
        finally:
            run.terminate()
            run.wait(60)


@pytest.fixture
def running() -> Iterator[tuple[Path, subprocess.Popen[bytes], int]]:
    """A node that was made by `ayni run` in an empty folder."""
    with tempfile.TemporaryDirectory(prefix="ayni-r-") as name, run_in(Path(name) / "home") as node:
        yield node


def answers(port: int) -> bool:
    """Whether the web process answers a page that needs the database."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /account/login/ HTTP/1.0\r\nHost: uy.localhost\r\n\r\n")
            return connection.recv(15).split()[1:2] == [b"200"]
    except OSError:
        return False


def _children(of: int) -> dict[str, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                line = (entry / "cmdline").read_bytes().decode()
            except (OSError, IndexError):
                continue
            for word in ("postgres\0-D", "granian", "command\0worker"):
                if parent == of and word in line:
                    found[word] = int(entry.name)
    return found


@pytest.mark.nodes
def test_what_is_killed_under_a_running_node_comes_back(
    running: tuple[Path, subprocess.Popen[bytes], int], record_property: Callable[..., None]
) -> None:
    home, run, port = running
    for word in ("postgres\0-D", "granian", "command\0worker"):
        wait_for(lambda word=word: word in _children(run.pid))  # type: ignore[misc]
        old = _children(run.pid)[word]
        os.kill(old, signal.SIGKILL)

        def back(word: str = word, old: int = old) -> bool:
            if _children(run.pid).get(word, old) == old:
                return False
            return _database_answers(home) if word.startswith("postgres") else answers(port)

        seconds = wait_for(back)
        record_property(f"seconds until {word.split(chr(0))[0]} was back", round(seconds, 2))
        sys.stderr.write(f"{word!r} was back after {seconds:.2f} s\n")


def _database_answers(home: Path) -> bool:
    try:
        with psycopg.connect(Server(home).url(PLAIN)) as db:
            return db.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
