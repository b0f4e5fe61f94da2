"""Two web servers and two workers on one PostgreSQL: one of each is killed under load, and nothing
that somebody was told is kept is lost or done twice."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from ayni.node.postgres import OWNER, SUPER, Server
from tests.node.made import ROOT, ayni, made_home
from tests.node.test_processes import wait_for

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("scale")]
WRITERS, EACH = 4, 12
_FORM = re.compile(r'name="form_id" value="([0-9a-f-]{36})"')
_CODE = re.compile(r"<strong[^>]*>\s*([A-Z0-9-]+)\s*</strong>")
_ASK_FOR_WORK = """
from ayni.node import home
with home.ready(home.existing()):
    from ayni.cases.tasks import drop_expired
    print(drop_expired.defer(timestamp=0))
"""


@dataclass
class Machines:
    """Processes of one node as they run on several machines; one folder that they share."""

    server: Server
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def start(self, word: str, **settings: str) -> subprocess.Popen[bytes]:
        """`ayni web` or `ayni worker`, as on a machine of its own."""
        process = subprocess.Popen(
            [sys.executable, "-m", "ayni.node.command", word],
            env={"PATH": os.environ["PATH"], "AYNI_HOME": str(self.server.home),
                 "AYNI_WEB_WORKERS": "1", **settings},
            cwd=ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.running.append(process)
        return process

    def web(self) -> subprocess.Popen[bytes]:
        """A web server at a port of its own, once it answers."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        process = self.start("web", AYNI_LISTEN=f"127.0.0.1:{port}")
        self.ports.append(port)
        wait_for(lambda: _answers(port))
        return process

    def worker(self) -> tuple[object, subprocess.Popen[bytes]]:
        """A worker once it says that it lives: the number by which it takes work, its process."""
        before = self.workers()
        process = self.start("worker")
        wait_for(lambda: self.workers() > before)
        (number,) = self.workers() - before
        return number, process

    def workers(self) -> set[object]:
        """The numbers of the workers that have said that they live."""
        return {number for (number,) in self.ask("select id from procrastinate_workers")}

    def ask(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """What the database says, without the eyes of an institution."""
        with psycopg.connect(self.server.url(SUPER)) as db:
            return db.execute(question, values).fetchall()  # type: ignore[arg-type]

    def count(self, table: str) -> int:
        """Rows of a table."""
        (count,) = self.ask(f"select count(*) from {table}")[0]  # noqa: S608 - names of this file
        return int(str(count))


def _answers(port: int) -> bool:
    try:
        with _browser(port, 0) as browser:
            return browser.get("/health").status_code == 200
    except httpx.TransportError:
        return False


def _browser(port: int, who: int) -> httpx.Client:
    """Somebody behind the proxy that shares the work out between the web servers."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Host": "bo.localhost", "X-Forwarded-For": f"198.51.100.{who + 1}"},
        timeout=20,
        trust_env=False,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process and all that it has started, as when a machine loses its power."""
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()  # fmt: skip
    os.killpg(process.pid, signal.SIGKILL)
    for child in children:
        os.killpg(int(child), signal.SIGKILL)
    process.wait()


@pytest.fixture
def machines() -> Iterator[Machines]:
    """A node of Bolivia whose PostgreSQL runs, and nothing else yet."""
    with tempfile.TemporaryDirectory(prefix="ayni-s-") as name:
        home = Path(name) / "home"
        made_home("bo", home, programme=True)
        one = Server(home)
        with one.used():
            made = Machines(one)
            yield made
            for process in made.running:
                if process.poll() is None:
                    process.terminate()
            for process in made.running:
                process.wait(30)
        shutil.rmtree(one.sockets, ignore_errors=True)


def _write(machines: Machines, who: int, told: list[str], wrong: list[str]) -> None:
    """Somebody writes again and again; where one server is gone, the proxy asks the other one."""
    for number in range(EACH):
        text, form, deadline = f"Invented {who}-{number}", "", time.monotonic() + 60
        turn = who + number
        while time.monotonic() < deadline:
            port = machines.ports[turn % len(machines.ports)]
            turn += 1
            try:
                with _browser(port, who) as browser:
                    if not form:
                        form = _FORM.search(browser.get("/help/es/write/").text).group(1)  # type: ignore[union-attr]
                    sent = {"form_id": form, "narrative": text}
                    answer = browser.post("/help/es/write/", data=sent)
            except httpx.TransportError:
                continue
            if answer.status_code == 429:
                # All from one place by the one server that is left: it asks for a pause.
                time.sleep(min(5, int(answer.headers.get("Retry-After", "1"))))
                continue
            if answer.status_code == 200:
                told.append(text)
            else:
                wrong.append(f"{text}: {answer.status_code}")
            break
        else:
            wrong.append(f"{text}: nobody answered")


def test_one_web_server_killed_under_load_loses_no_notice(machines: Machines) -> None:
    first, _second = machines.web(), machines.web()
    told: list[str] = []
    wrong: list[str] = []
    writers = [
        threading.Thread(target=_write, args=(machines, who, told, wrong)) for who in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    wait_for(lambda: len(told) >= WRITERS * EACH // 3)
    assert any(writer.is_alive() for writer in writers), "killed while they write"
    _kill(first)
    for writer in writers:
        writer.join()
    assert wrong == []
    assert sorted(told) == sorted(f"Invented {w}-{n}" for w in range(WRITERS) for n in range(EACH))
    # Every one of them once, and the audit trail with an entry for each.
    assert machines.count("cases_notice") == WRITERS * EACH
    entries = machines.ask("select count(distinct subject) from audit_entry where verb = %s",
                           "cases.take_notice")  # fmt: skip
    assert entries == [(WRITERS * EACH,)]
    verified = ayni("audit", "verify", "--json", AYNI_HOME=str(machines.server.home))
    assert json.loads(verified.stdout)["ok"] is True


def test_the_work_of_a_killed_worker_is_taken_up_by_another(machines: Machines) -> None:
    both = dict([machines.worker(), machines.worker()])
    with psycopg.connect(machines.server.url(OWNER)) as holding:
        # The work cannot end while somebody holds its table; after ten seconds of that it fails
        # (lock_timeout of the embedded PostgreSQL), so nothing slow is done meanwhile.
        holding.execute("lock table cases_draft in access exclusive mode")
        asked = subprocess.run(
            [sys.executable, "-c", _ASK_FOR_WORK],
            env={"PATH": os.environ["PATH"], "AYNI_HOME": str(machines.server.home)},
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert asked.stdout.split()[-1].isdecimal()
        wait_for(lambda: "doing" in _states(machines))
        (taken_by,) = machines.ask(
            "select worker_id from procrastinate_jobs where task_name = %s and status = 'doing' "
            "order by id limit 1",
            "cases.drop_expired",
        )[0]
        _kill(both[taken_by])
        holding.rollback()
    assert "doing" in _states(machines), "nobody has said that it failed"
    # Of the same work queued twice (the clock may have asked for it as well) one is done.
    wait_for(lambda: not {"doing", "todo"} & set(_states(machines)), 75)
    assert "succeeded" in _states(machines)
    (times,) = machines.ask(
        "select max(attempts) from procrastinate_jobs where task_name = %s", "cases.drop_expired"
    )[0]
    assert times == 2, "begun by the one, done by the other"


def _states(machines: Machines) -> list[object]:
    question = "select status::text from procrastinate_jobs where task_name = %s"
    return [state for (state,) in machines.ask(question, "cases.drop_expired")]
