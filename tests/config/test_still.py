"""Real sockets at a real server: whoever stands still with half a body holds a place for a bounded
time, and nobody else is cut."""

from __future__ import annotations

import http.client
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayni.config.patience import SMALL
from ayni.config.still import Lines
from tests.config.standing import STILL

ROOT = Path(__file__).resolve().parent.parent.parent
HEAD = "POST {} HTTP/1.1\r\nHost: ar.localhost\r\nContent-Length: {}\r\n\r\n"
SENT, FILE = "name=value", SMALL + 100
WITHIN = 60.0  # seconds: of a busy machine; it is still bounded


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where one process with four threads listens, as of a node."""
    number = _free_port()
    server = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(number), "--workers", "1", "--blocking-threads", "4", "--no-ws",
            "--log-level", "warning", "tests.config.standing:application",
        ],
        cwd=ROOT,
        env={**os.environ, "AYNI_TEST_STILL": str(STILL)},
    )  # fmt: skip
    try:
        _until(lambda: _asks(number, "/")[0] == 200)
        yield number
    finally:
        server.terminate()
        server.wait(20)


def _until(so: object) -> None:
    end = time.monotonic() + WITHIN
    while not so():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.1)


def _asks(port: int, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of one request; (0, b"") where there is no answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("GET" if body is None else "POST", path, body)
        answer = line.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        line.close()


def _half(port: int, path: str = "/form", size: int = 900) -> socket.socket:
    """A client that sends the head and half a body, and then nothing."""
    line = socket.create_connection(("127.0.0.1", port), timeout=WITHIN)
    line.sendall(HEAD.format(path, size).encode() + b"login=half")
    return line


def _ended(line: socket.socket) -> bool:
    """Whether the server has cut it; what it says before is read."""
    try:
        while line.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "size"), [("/form", 900), ("/form", FILE), ("/exchange/1/messages", 900)]
)
def test_two_that_stand_still_hold_their_places_for_a_bounded_time(
    port: int, path: str, size: int
) -> None:
    still = [_half(port, path, size) for _each in range(2)]
    try:
        assert _asks(port, "/") == (200, b"0"), "reading goes on"
        _until(lambda: _asks(port, path, bytes(size)) == (200, str(size).encode()))
        assert all(_ended(line) for line in still)
    finally:
        for line in still:
            line.close()


def test_more_than_there_are_threads_stand_still_and_reading_comes_back(port: int) -> None:
    still = [_half(port, "/exchange/1/messages") for _each in range(6)]
    try:
        _until(lambda: _asks(port, "/") == (200, b"0"))
        _until(lambda: _asks(port, "/form", SENT.encode()) == (200, b"10"))
    finally:
        for line in still:
            line.close()


def test_a_form_that_comes_slowly_but_comes_is_not_cut(port: int) -> None:
    still, slow = _half(port), _half(port, size=10 + 16)
    try:
        for byte in b"0123456789abcdef":
            time.sleep(STILL / 10)
            slow.sendall(bytes([byte]))
        assert b"200 OK" in slow.recv(4096)
        assert _ended(still)
    finally:
        slow.close()
        still.close()


def test_who_is_answered_slowly_is_not_cut_with_a_line_that_stands_still_beside(
    port: int,
) -> None:
    said: list[tuple[int, bytes]] = []
    asks = threading.Thread(target=lambda: said.append(_asks(port, "/slow", b"name=x")))
    asks.start()
    time.sleep(0.2)
    still = _half(port)
    try:
        asks.join()
        assert said == [(200, b"6")]
        assert _ended(still)
    finally:
        still.close()


def test_the_watch_goes_on_after_a_moment_without_free_descriptors() -> None:
    before = set(threading.enumerate())
    lines = Lines(still=0.05)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with lines.working("192.0.2.1") as work, lines.waiting(work):
        (watch,) = set(threading.enumerate()) - before
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            time.sleep(0.4)  # it has looked several times
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert work.cut
        assert watch.is_alive()
