"""A member of the platform offers ten thousand tiny messages a second and means harm: real
processes on both sides, real keys, every request signed. What others need goes on meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ayni.node import web
from ayni.node.postgres import OWNER, Server
from bench.attachment import Watch
from bench.ports import a_free_port
from tests.node import flooded
from tests.node.made import ROOT, made_home
from tests.node.test_processes import wait_for

pytestmark = pytest.mark.whole

RATE, LEAST = 15_000, 60_000  # messages a second that are aimed at, and messages in all
PROCESSES = 3
OTHER, OFFICER = "127.0.0.2", "127.0.0.3"  # where others ask from
MEGABYTE = 1_048_576


@dataclass
class Node:
    """Argentina's node with its web process, worker and PostgreSQL. `folder`: what peers send."""

    home: Path
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    told: list[dict[str, Any]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """Of each of its processes."""
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "TMPDIR"}}
        return {
            **kept, "AYNI_HOME": str(self.home), "PYTHONWARNINGS": "ignore",
            "DJANGO_SETTINGS_MODULE": "bench.exchange_settings",
        }  # fmt: skip

    def send(self, raw: bytes, place: str) -> tuple[int, bytes]:
        """Status and answer of a request as it lies here; (0, b"") if the line broke."""
        line = socket.socket()
        try:
            with closing(line):
                line.settimeout(30)
                line.bind((place, 0))
                line.connect(("127.0.0.1", self.port))
                line.sendall(raw)
                answer = http.client.HTTPResponse(line)
                answer.begin()
                return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""

    def page(self) -> int:
        """The status of an officer's page."""
        head = "GET /account/login/ HTTP/1.1\r\nHost: ar.localhost\r\nConnection: close\r\n\r\n"
        status, said = self.send(head.encode(), OFFICER)
        return status if b"csrfmiddlewaretoken" in said else 0

    def row(self, query: str) -> list[tuple[Any, ...]]:
        """What its database answers."""
        with psycopg.connect(Server(self.home).url(OWNER)) as database:
            return database.execute(query).fetchall()  # type: ignore[arg-type]

    def bytes_kept(self) -> int:
        """Of the database; what PostgreSQL writes ahead is of a size that it bounds itself."""
        return int(self.row("select pg_database_size(current_database())")[0][0])

    def bytes_beside(self) -> int:
        """Of everything else in its folder."""
        files = [path for path in self.home.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files if "data" not in path.parts)


@pytest.fixture
def node() -> Iterator[Node]:
    """It runs, and no limit is other than it is installed with."""
    with tempfile.TemporaryDirectory(prefix="ayni-f-") as name:
        node = Node(Path(name) / "home", Path(name) / "sent")
        made_home("ar", node.home)
        node.folder.mkdir()
        node.port = a_free_port()
        with (node.home / "settings").open("a") as file:
            file.write(f"{web.LISTEN}=127.0.0.1:{node.port}\nAYNI_WEB_WORKERS=1\n")
        making = [sys.executable, "-m", "tests.node.flooded", str(node.folder)]
        made = subprocess.run(
            making, env=node.environment(), cwd=ROOT, check=False, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        with subprocess.Popen(
            [sys.executable, "-m", "ayni.node.command", "run"],
            env=node.environment(), cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as process:  # fmt: skip
            node.process = process
            try:
                wait_for(lambda: node.page() == 200)
                yield node
            finally:
                process.terminate()
                process.wait(60)


def _begin(node: Node) -> list[subprocess.Popen[str]]:
    """The processes of the peer that floods; each has begun."""
    words = [str(node.port), str(node.folder)]
    share = [str(RATE / PROCESSES), str(LEAST // PROCESSES)]
    flood = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.node.flooding", *words, str(n), str(PROCESSES), *share],
            env=node.environment(), cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for n in range(PROCESSES)
    ]  # fmt: skip
    wait_for(lambda: len(list(node.folder.glob("begun-*"))) == PROCESSES)
    return flood


def _end(node: Node, flood: list[subprocess.Popen[str]]) -> None:
    (node.folder / "over").touch()
    for one in flood:
        node.told.append(json.loads(one.communicate(timeout=200)[0]))


def _taken(node: Node, raw: bytes, place: str) -> tuple[float, str]:
    """Seconds until a message has its receipt, tried again as a courier does; its id."""
    found: list[tuple[int, bytes]] = []

    def sent() -> bool:
        found.append(node.send(raw, place))
        assert found[-1][0] in (0, 200, 429, 503), found[-1]
        return found[-1][0] == 200

    seconds = wait_for(sent, 120)
    receipt = json.loads(found[-1][1])["body"]
    assert receipt["state"] == "applied"
    return seconds, receipt["message"]


def _everything_once(node: Node, receipted: set[str]) -> int:
    """Whatever has a receipt was applied; whatever came was applied, once; how many those are."""
    numbers = json.loads((node.folder / "messages.json").read_text())
    came = node.row("select id, state from exchange_incomingmessage")
    assert {state for _, state in came} == {"applied"}
    ids = [message for message, _ in came]
    assert len(ids) == len(set(ids))
    assert receipted <= set(ids)
    effects = node.row("select convert_from(content, 'UTF8') from bench_taken")
    had = [int(json.loads(content)["data"]["narrative"]) for (content,) in effects]
    assert sorted(had) == sorted(numbers[message] for message in ids)
    return len(ids)


@pytest.mark.nodes
def test_a_member_that_offers_ten_thousand_tiny_messages_a_second_keeps_nobody_out(
    node: Node, record_property: Callable[..., None]
) -> None:
    assert node.process is not None
    others = flooded.read(node.folder / "others")
    first, *rest = others
    receipted = {_taken(node, first, OTHER)[1]}  # a node that has worked, not one just begun
    before = node.bytes_kept(), node.bytes_beside()
    memory = Watch({"ar": node.process.pid})
    waited: list[float] = []
    pages: list[float] = []

    with memory.watched():
        flood = _begin(node)
        try:
            for raw in rest:
                seconds, message = _taken(node, raw, OTHER)
                waited.append(seconds)
                receipted.add(message)
                pages.append(wait_for(lambda: node.page() == 200, 60))
        finally:
            _end(node, flood)
    said: Counter[str] = sum((Counter(one["said"]) for one in node.told), Counter())
    theirs = {message for one in node.told for message in one["receipted"]}
    rate = sum(one["offered"] / one["seconds"] for one in node.told)
    above = memory.above["ar"]

    later = flooded.read(node.folder / "later")
    again = [_taken(node, raw, "127.0.0.1") for raw in later]
    theirs |= {message for _, message in again}
    count = _everything_once(node, receipted | theirs)
    database = (node.bytes_kept() - before[0]) / MEGABYTE
    beside = (node.bytes_beside() - before[1]) / MEGABYTE
    record_property(
        "flood",
        f"aimed at {RATE} messages a second; "
        f"offered {sum(one['offered'] for one in node.told)} messages, {rate:.0f} a second; "
        f"applied {count}; answers {dict(said)}; another peer waited {max(waited):.2f} s at most, "
        f"a page {max(pages):.2f} s; the peer itself {again[0][0]:.2f} s afterwards; "
        f"{above:.0f} MB above idle, {database:.0f} MB of database, {beside:.1f} MB beside",
    )
    assert sum(one["offered"] for one in node.told) >= LEAST
    assert any(re.match("429|503", told) for told in said), "nothing was turned away"
    assert count <= flooded.MESSAGES + flooded.OTHERS + flooded.LATER
    assert above < 256
    assert database < 64 + count * 0.1
    assert beside < 16
