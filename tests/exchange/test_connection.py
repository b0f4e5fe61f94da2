"""Lines to a peer: TLS 1.3 with a pinned key, no authority, no redirect, no endless answer."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from ayni.exchange.connection import Connection, Kept, Unreachable, pin_of
from ayni.lib import clock


class _Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    timeout = 5

    def do_GET(self) -> None:
        """The host asked for; a redirect; too much."""
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/host")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"x" * 5000 if self.path == "/much" else self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class _Keeping(_Handler):
    """Lines stay open."""

    protocol_version = "HTTP/1.1"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    lines = 0

    def process_request(self, request: object, client_address: object) -> None:
        """Count the lines."""
        self.lines += 1
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away during the handshake is expected here."""


def _certificate(folder: Path) -> tuple[Path, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bo.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "peer.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return file, certificate.public_bytes(Encoding.DER)


@contextmanager
def _serving(context: ssl.SSLContext | None = None) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), _Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _tls(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_pinned_key_is_enough_without_any_authority(tmp_path: Path) -> None:
    file, certificate = _certificate(tmp_path)
    pins = frozenset({pin_of(certificate)})

    with (
        _serving(_tls(file)) as address,
        Connection("https://bo.example", connect_to=address, pins=pins) as line,
    ):
        assert line.request("GET", "/host") == (200, b"bo.example")
        assert line.request("GET", "/host") == (200, b"bo.example")


def test_another_key_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    file, _ = _certificate(tmp_path)

    with (
        _serving(_tls(file)) as address,
        Connection("https://bo.example", connect_to=address, pins=frozenset({"0" * 64})) as line,
        pytest.raises(Unreachable, match="ConnectError"),
    ):
        line.request("GET", "/host")


def test_an_older_tls_is_refused(tmp_path: Path) -> None:
    file, certificate = _certificate(tmp_path)
    context = _tls(file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    with (
        _serving(context) as address,
        Connection(
            "https://bo.example", connect_to=address, pins=frozenset({pin_of(certificate)})
        ) as line,
        pytest.raises(Unreachable),
    ):
        line.request("GET", "/host")


def test_a_public_document_may_be_read_under_any_key(tmp_path: Path) -> None:
    file, _ = _certificate(tmp_path)

    with (
        _serving(_tls(file)) as address,
        Connection("https://bo.example", connect_to=address, pins=None) as line,
    ):
        assert line.request("GET", "/host")[0] == 200


def test_messages_go_over_tls_with_pins_only() -> None:
    with pytest.raises(Unreachable, match="no_tls"):
        Connection("http://bo.example", connect_to="127.0.0.1:9", pins=frozenset())
    with pytest.raises(Unreachable, match="no_pins"):
        Connection("https://bo.example", connect_to="127.0.0.1:9", pins=frozenset())


def test_a_redirect_is_not_followed() -> None:
    with (
        _serving() as address,
        Connection("http://bo.localhost", connect_to=address, pins=frozenset()) as line,
    ):
        assert line.request("GET", "/redirect")[0] == 302


def test_an_answer_that_is_too_long_is_cut_off() -> None:
    with (
        _serving() as address,
        Connection("http://bo.localhost:8801", connect_to=address, pins=frozenset()) as line,
    ):
        assert line.request("GET", "/host") == (200, b"bo.localhost:8801")
        with pytest.raises(Unreachable, match="endless"):
            line.request("GET", "/much", largest=1000)


def test_nobody_listening_is_unreachable() -> None:
    with _serving() as address:
        pass

    with (
        Connection("http://bo.localhost", connect_to=address, pins=frozenset()) as line,
        pytest.raises(Unreachable),
    ):
        line.request("GET", "/host")


def test_a_line_that_is_kept_is_used_again_and_to_the_same_pinned_place_only(
    tmp_path: Path,
) -> None:
    file, certificate = _certificate(tmp_path)
    pins = frozenset({pin_of(certificate)})
    server = _Server(("127.0.0.1", 0), _Keeping)
    server.socket = _tls(file).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    place = f"127.0.0.1:{server.server_address[1]}"
    kept, url = Kept(), "https://bo.example"
    try:
        for _ in range(3):
            line = kept.take(url, connect_to=place, pins=pins)
            assert line.request("GET", "/host") == (200, b"bo.example")
            kept.give_back(url, line, connect_to=place, pins=pins)
        assert server.lines == 1

        other = kept.take(url, connect_to=place, pins=frozenset({"0" * 64}))
        with pytest.raises(Unreachable, match="ConnectError"):
            other.request("GET", "/host")
        other.__exit__(None, None, None)
    finally:
        server.shutdown()
        server.server_close()
