"""A node's real web process under peers that mean harm: slow ones, liars, bombs, floods."""

from __future__ import annotations

import gzip
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ayni.node import web
from bench.ports import a_free_port
from tests.node.made import ROOT, made_home
from tests.node.test_processes import wait_for

pytestmark = pytest.mark.whole

MESSAGES = "/exchange/1/messages"
HEAD = f"POST {MESSAGES} HTTP/1.1\r\nHost: uy.localhost\r\nContent-Length: 4000\r\n"


@dataclass(frozen=True)
class Node:
    """The door for other nodes of a real web process."""

    port: int
    process: int

    def asks(
        self, path: str = "/exchange/1/seen", body: bytes | None = None, **headers: str
    ) -> int:
        """The status of one request; 0 if there is no answer within ten seconds."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            method = "GET" if body is None else "POST"
            line.request(method, path, body, {"Host": "uy.localhost", **headers})
            answer = line.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def memory(self) -> int:
        """Resident bytes of all its processes."""
        found = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                status = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                if os.getpgid(int(folder.name)) == self.process:
                    found += int(status[21]) * os.sysconf("SC_PAGE_SIZE")
            except (OSError, IndexError):
                continue
        return found


@contextmanager
def _serving(binding: str) -> Iterator[Node]:
    """A node with one web process, at an address that this setting names, without TLS."""
    with tempfile.TemporaryDirectory(prefix="ayni-h-") as name:
        home = Path(name) / "home"
        made_home("uy", home)
        port = a_free_port()
        with (home / "settings").open("a") as file:
            file.write(f"{binding}=127.0.0.1:{port}\nAYNI_WEB_WORKERS=1\n")
        with subprocess.Popen(
            [sys.executable, "-m", "ayni.node.command", "web"],
            env={"PATH": os.environ["PATH"], "AYNI_HOME": str(home)},
            cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                found = Node(port, process.pid)
                wait_for(lambda: found.asks("/health") == 200)
                yield found
            finally:
                process.terminate()
                process.wait(60)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Its door for other nodes alone, so that a test can send what it likes."""
    with _serving(web.BINDINGS["nodes"]) as found:
        yield found


def _open(node: Node, text: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", node.port), timeout=10)
    line.sendall(text.encode())
    return line


@pytest.mark.nodes
@pytest.mark.parametrize("begun", [HEAD, HEAD + "\r\n"], ids=["head", "body"])
def test_peers_that_send_one_byte_now_and_then_hold_up_nobody(node: Node, begun: str) -> None:
    slow = [_open(node, begun) for _ in range(40)]
    end = threading.Event()

    def drip() -> None:
        while not end.wait(0.5):
            for line in slow:
                try:
                    line.send(b"x")
                except OSError:
                    continue

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        for _ in range(6):
            begun_at = time.monotonic()
            assert node.asks() == 200
            assert time.monotonic() - begun_at < 5
            time.sleep(0.3)
    finally:
        end.set()
        thread.join()
        for line in slow:
            line.close()


@pytest.mark.nodes
def test_a_stream_that_ends_before_its_length_leaves_nothing_behind(node: Node) -> None:
    for _ in range(30):
        _open(node, HEAD + "\r\nAYNI").close()

    assert node.asks() == 200


@pytest.mark.nodes
@pytest.mark.parametrize(
    "headers",
    [{"Content-Length": "\u00b2"}, {"Content-Length": "-1"}, {"Content-Length": "1e3"},
     {"Content-Length": "99999999999999999999"}, {"Transfer-Encoding": "chunked"}],
    ids=str,
)  # fmt: skip
def test_a_length_that_is_none_is_refused(node: Node, headers: dict[str, str]) -> None:
    line = _open(
        node,
        f"POST {MESSAGES} HTTP/1.1\r\nHost: uy.localhost\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        + "\r\n0\r\n\r\n",
    )
    with line:
        answer = line.recv(200)

    assert b" 500 " not in answer
    assert answer.startswith((b"HTTP/1.1 4", b""))
    assert node.asks() == 200


@pytest.mark.nodes
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_a_body_that_would_unpack_to_a_gigabyte_is_never_unpacked(
    node: Node, encoding: str
) -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    node.asks(MESSAGES, bomb[:1000])
    before = node.memory()

    status = node.asks(MESSAGES, bomb, **{"Content-Encoding": encoding})

    assert status in (422, 503), "refused: no directory yet, and no envelope"
    assert node.memory() - before < 48_000_000
    assert node.asks() == 200


@pytest.mark.nodes
def test_ten_thousand_tiny_messages_from_one_place_are_turned_away_and_nobody_else_waits(
    node: Node,
) -> None:
    """What is beyond the pace of the door is answered with 429 before it is read or verified."""

    def many(_: int) -> Counter[int]:
        found: Counter[int] = Counter()
        line = http.client.HTTPConnection("127.0.0.1", node.port, timeout=20)
        for _each in range(1250):
            try:
                line.request("POST", MESSAGES, b"x", {"Host": "uy.localhost"})
                answer = line.getresponse()
                answer.read()
                found[answer.status] += 1
            except (OSError, http.client.HTTPException):  # refused unread: the line is closed
                found[0] += 1
                line.close()
        line.close()
        return found

    before = node.memory()
    with ThreadPoolExecutor(8) as pool:
        counts = sum(pool.map(many, range(8)), Counter[int]())

    assert sum(counts.values()) == 10_000
    assert set(counts) <= {0, 422, 429, 503}
    assert counts[429] + counts[0] > 5000
    assert counts[422] + counts[503] < 5000, "so many were verified at all"
    assert node.memory() - before < 64_000_000
    assert node.asks("/health") == 200


@pytest.fixture(scope="module")
def doors() -> Iterator[Node]:
    """All its doors at one address, as it is installed."""
    with _serving(web.LISTEN) as found:
        yield found


@pytest.mark.nodes
def test_three_hundred_clients_that_drip_stop_neither_officers_nor_nodes_nor_help(
    doors: Node,
) -> None:
    """A third send a head without an end, a third a form a byte at a time, a third half a form."""
    form = "POST /account/login/ HTTP/1.1\r\nHost: uy.localhost\r\n"
    form += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n"
    slow = [_open(doors, form + more) for more in ("", "\r\n", "\r\nlogin=half") * 100]
    end = threading.Event()

    def drip() -> None:
        while not end.wait(0.5):
            for line in slow[::3] + slow[1::3]:
                try:
                    line.send(b"x")
                except OSError:
                    continue

    thread = threading.Thread(target=drip)
    thread.start()
    longest = 0.0
    try:
        for _ in range(5):
            for path in ("/account/login/", "/exchange/1/seen", "/help/"):
                begun = time.monotonic()
                assert doors.asks(path) in (200, 302), path
                longest = max(longest, time.monotonic() - begun)
            time.sleep(0.3)
    finally:
        end.set()
        thread.join()
        for line in slow:
            line.close()
    sys.stdout.write(f"300 slow clients: the longest answer took {longest:.2f} s\n")
    assert longest < 8
    form_sent = {"Content-Type": "application/x-www-form-urlencoded"}
    wait_for(lambda: doors.asks("/account/login/", b"login=x", **form_sent) not in (0, 408, 503))
