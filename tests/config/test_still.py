"""Real sockets at a real server: whoever stands still with half a body holds a place for a bounded
time, and nobody else is cut."""

from __future__ import annotations

import http.client
import os
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


def _asks(
    port: int, path: str, body: bytes | None = None, *, from_: str = "127.0.0.1"
) -> tuple[int, bytes]:
    """Status and body of one request; (0, b"") where there is no answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(from_, 0))
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


def _said(line: socket.socket) -> bytes:
    """All that the server says before it ends a line."""
    found = b""
    try:
        while part := line.recv(4096):
            found += part
    except OSError:
        pass
    return found


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


@pytest.mark.parametrize(
    ("path", "body", "answer"), [("/", None, b"0"), ("/slow", SENT.encode(), b"10")]
)
def test_who_waits_for_a_thread_is_not_cut_with_a_line_that_stands_still_beside(
    port: int, path: str, body: bytes | None, answer: bytes
) -> None:
    still = [_half(port, size=FILE) for _each in range(2)]
    said: list[tuple[int, bytes]] = []
    busy = [
        threading.Thread(target=_asks, args=(port, "/slow"), kwargs={"from_": "127.0.0.2"})
        for _each in range(2)
    ]
    asks = threading.Thread(target=lambda: said.append(_asks(port, path, body)))
    try:
        for each in (*busy, asks):
            each.start()
            time.sleep(0.2)
        asks.join()
        assert said == [(200, answer)]
        assert all(_ended(line) for line in still)
    finally:
        for line in still:
            line.close()
        for thread in busy:
            thread.join()


def _refused_at_once(port: int) -> int:
    """How many of six bodies that stand still are told to come again."""
    places = [("/form", 900), ("/form", FILE), *[("/exchange/1/messages", 900)] * 4]
    still = [_half(port, path, size) for path, size in places]
    try:
        assert _asks(port, "/", from_="127.0.0.2") == (200, b"0")
        return sum(b" 503 " in _said(line) for line in still)
    finally:
        for line in still:
            line.close()


def test_no_more_than_three_bodies_are_waited_for_whatever_they_are(port: int) -> None:
    # A machine so busy that the first are cut before the last have come tries again.
    _until(lambda: _refused_at_once(port) == 3)


def test_after_a_long_time_the_next_requests_from_there_come_again_later() -> None:
    lines = Lines(still=0.05, worked=0.2, threads=2)
    with lines.working("192.0.2.1") as stands, lines.waiting(stands):
        with lines.working("192.0.2.2") as other:
            assert not lines.turns_away(other)
            time.sleep(0.3)
            assert not stands.cut, "nobody knows whether one waits for a thread"
            assert lines.turns_away(other), "until one is free"
        with lines.working("192.0.2.1") as next_one:
            assert lines.turns_away(next_one)
        _until(lambda: stands.cut)


def test_nothing_is_cut_while_something_from_there_is_worked_at() -> None:
    lines = Lines(still=0.05, worked=0.2)
    with lines.working("192.0.2.1") as stands, lines.waiting(stands):
        with lines.working("192.0.2.1"):
            time.sleep(0.5)
            assert not stands.cut
        _until(lambda: stands.cut)


WITHOUT_DESCRIPTORS = """
import resource, threading, time
from ayni.config.still import Lines

before = set(threading.enumerate())
lines = Lines(still=0.05)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
with lines.working("192.0.2.1") as work, lines.waiting(work):
    (watch,) = set(threading.enumerate()) - before
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    time.sleep(0.5)  # it has looked several times
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(work.cut, watch.is_alive())
"""


def test_the_watch_goes_on_after_a_moment_without_free_descriptors() -> None:
    # Of a process of its own: servers of other tests may be running in this one.
    alone = subprocess.run(
        [sys.executable, "-c", WITHOUT_DESCRIPTORS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN,
    )
    assert alone.stdout.split() == ["True", "True"], alone.stderr
