"""What the proxy does to requests, before a server of the standard library that counts them."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.faults.nodes import certificate, free_port
from tests.faults.plan import Fault, Kind
from tests.faults.proxy import Door, Proxy


@dataclass
class Place:
    """A node that remembers what reached it, and the way to it."""

    door: Door
    proxy: Proxy
    heard: list[bytes]
    struck: list[Fault] = field(default_factory=list)

    def post(self, body: bytes) -> bytes:
        """The answer to one request; raises what a cut line raises."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection("127.0.0.1", self.door.port, timeout=10, context=context)
        try:
            line.request("POST", "/", body)
            return line.getresponse().read()
        finally:
            line.close()

    def under(self, kind: Kind, amount: float, body: bytes) -> bytes:
        """The answer to a request that this strikes."""
        self.proxy.arm(self.door, [Fault(1, kind, "ar", amount)])
        return self.post(body)

    def cut(self, kind: Kind, amount: float, body: bytes) -> None:
        """The same, and no whole answer comes."""
        with pytest.raises((OSError, http.client.HTTPException)):
            self.under(kind, amount, body)
        assert [fault.kind for fault in self.struck] == [kind]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A server behind a proxy, both with the same certificate."""
    heard: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):
                return
            heard.append(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) + 6))
            self.end_headers()
            self.wfile.write(b"heard " + body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    certificate(tmp_path, "ar.localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    struck: list[Fault] = []
    proxy = Proxy(struck.append)
    behind = int(server.server_address[1])
    door = Door("ar", free_port(), behind, tmp_path / "tls.crt", tmp_path / "tls.key")
    proxy.open(door)
    yield Place(door, proxy, heard, struck)
    proxy.stop()
    server.shutdown()
    server.server_close()


def test_without_a_fault_a_request_passes_once(place: Place) -> None:
    assert place.post(b"one") == b"heard one"
    assert place.heard == [b"one"]


@pytest.mark.parametrize("kind", [Kind.CUT_BEFORE, Kind.CUT_WITHIN])
def test_cut_before_its_end_a_request_is_not_heard(place: Place, kind: Kind) -> None:
    place.cut(kind, 0, b"x" * 50_000)
    time.sleep(0.1)
    assert place.heard == []
    assert place.post(b"next") == b"heard next"


@pytest.mark.parametrize("kind", [Kind.CUT_AFTER, Kind.CUT_ANSWER])
def test_cut_after_its_end_a_request_is_heard_and_its_answer_lost(place: Place, kind: Kind) -> None:
    place.cut(kind, 0, b"one")
    assert place.heard == [b"one"]


@pytest.mark.parametrize("kind", [Kind.TWICE, Kind.TWICE_AT_ONCE])
def test_a_request_is_heard_twice_and_answered_once(place: Place, kind: Kind) -> None:
    assert place.under(kind, 0, b"one") == b"heard one"
    assert place.heard == [b"one", b"one"]


def test_a_late_request_is_heard_after_the_next_one(place: Place) -> None:
    place.cut(Kind.LATE, 0.3, b"one")
    assert place.post(b"two") == b"heard two"
    place.proxy.quiet(place.door)
    assert place.heard == [b"two", b"one"]


def test_an_earlier_request_is_heard_again_before_the_next_one(place: Place) -> None:
    place.post(b"one")
    assert place.under(Kind.AGAIN, 0, b"two") == b"heard two"
    assert place.heard == [b"one", b"one", b"two"]


def test_a_request_is_overtaken_by_that_of_another_sender(place: Place) -> None:
    place.proxy.arm(place.door, [Fault(1, Kind.OVERTAKEN, "ar", 8.0)])
    first = threading.Thread(target=place.post, args=(b"one",))
    first.start()
    while not place.struck:
        time.sleep(0.01)
    place.post(b"two")
    first.join(10)
    assert place.heard == [b"two", b"one"]


@pytest.mark.parametrize("kind", [Kind.DELAY, Kind.DELAY_ANSWER])
def test_a_request_is_held_for_as_long_as_told(place: Place, kind: Kind) -> None:
    began = time.monotonic()
    assert place.under(kind, 0.3, b"one") == b"heard one"
    assert time.monotonic() - began >= 0.3


def test_while_the_way_is_closed_nobody_comes_through_and_then_everybody(place: Place) -> None:
    place.cut(Kind.OUTAGE, 0.5, b"one")
    with pytest.raises((OSError, http.client.HTTPException)):
        place.post(b"two")
    time.sleep(0.6)
    assert place.post(b"three") == b"heard three"
    assert place.heard == [b"three"]


def test_settled_is_a_way_when_what_was_on_it_is_delivered_although_its_sender_is_gone(
    place: Place,
) -> None:
    place.proxy.arm(place.door, [Fault(1, Kind.DELAY, "ar", 0.5)])
    gone = _line(place)
    gone.send(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\none")
    while not place.struck:
        time.sleep(0.01)
    gone.close()
    place.proxy.settle(place.door)
    assert place.heard == [b"one"]


def test_what_had_not_come_whole_when_its_sender_was_lost_never_does(place: Place) -> None:
    half = _line(place)
    half.send(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\non")
    place.post(b"two")
    place.proxy.abandon(place.door)
    with contextlib.suppress(OSError):  # the rest comes late, or finds no line
        half.send(b"e")
        assert half.recv(100) == b""
    half.close()
    assert place.heard == [b"two"]
    assert place.post(b"three") == b"heard three"


def _line(place: Place) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", place.door.port), timeout=10)
    return context.wrap_socket(plain)
