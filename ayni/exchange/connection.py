"""Connections to a peer: TLS 1.3 with the peer's key pinned, no certificate authority, no redirect.

A member's certificate is its own; what counts is that its public key stands in the member's key
sheet. The connection may go to another address than the name says (`connect_to`), because
`*.localhost` does not resolve everywhere and members may meet over a private network.
"""

from __future__ import annotations

import hashlib
import math
import re
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ayni.lib.errors import AyniError

_TIMEOUT = {"connect": 3.0, "read": 8.0, "write": 8.0, "pool": 3.0}
_WHOLE_ANSWER = 20.0
LARGEST_ANSWER = 1_048_576
_KEPT_FOR = 30.0  # seconds that a line stays open without a request


_CODE = re.compile("[a-z0-9_]{1,40}")


class Unreachable(AyniError):
    """No answer, or none that a peer gives: try again later.

    `whole_line` tells whether the peer as a whole is concerned, or this message alone; `seconds`
    how long the peer asks to wait, if it does.
    """

    code = "unreachable"

    def __init__(self, why: str, *, whole_line: bool = True, seconds: int | None = None) -> None:
        super().__init__(why)
        self.code = why
        self.whole_line = whole_line
        self.seconds = seconds


def told_code(told: object) -> str:
    """What a peer gives as a code, if it has the form of one: it goes to logs and pages, and free
    text of another node goes to neither."""
    text = str(told)
    return text if _CODE.fullmatch(text) else "refused"


class Broke(Unreachable):
    """The peer's server ended with an error: at this message, or at whatever it is sent."""

    def __init__(self, why: str) -> None:
        super().__init__(why, whole_line=False)


class NewSheet(Unreachable):
    """The peer has signed its answer by a key sheet that is not known here yet: fetch it first."""

    code = "unknown_key_sheet"

    def __init__(self) -> None:
        super().__init__(self.code)


def pin_of(certificate: bytes) -> str:
    """SHA-256 of the public key (SubjectPublicKeyInfo) in a DER certificate, in hexadecimal."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


class _Until:
    """When a request is given up, however steadily its answer drops in: a peer that sends a byte
    now and then never lets a single read time out."""

    def __init__(self) -> None:
        self._at = math.inf

    def begin(self, seconds: float) -> None:
        """From now on so many seconds."""
        self._at = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """Seconds that one read or write may take. Raises `httpcore.ReadTimeout`."""
        rest = self._at - time.monotonic()
        if rest <= 0:
            raise httpcore.ReadTimeout
        return min(rest, rest if timeout is None else timeout)


class _Stream(httpcore.NetworkStream):
    """A stream that refuses a TLS peer whose key is not pinned, before a byte is sent to it, and
    that ends in time."""

    def __init__(
        self, inner: httpcore.NetworkStream, pins: frozenset[str] | None, until: _Until
    ) -> None:
        self._inner, self._pins, self._until = inner, pins, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the inner stream, within the time of the whole request."""
        return self._inner.read(max_bytes, self._until.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the inner stream, within the time of the whole request."""
        self._inner.write(buffer, self._until.left(timeout))

    def close(self) -> None:
        """As the inner stream."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """TLS, then the pin."""
        secured = self._inner.start_tls(ssl_context, server_hostname, timeout)
        if self._pins is not None:
            certificate = secured.get_extra_info("socket").getpeercert(binary_form=True)
            if not certificate or pin_of(certificate) not in self._pins:
                secured.close()
                raise httpcore.ConnectError("the peer's key is not pinned")
        return _Stream(secured, None, self._until)

    def get_extra_info(self, info: str) -> Any:
        """As the inner stream."""
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, connect_to: str, pins: frozenset[str] | None, until: _Until) -> None:
        self._inner, self._connect_to, self._pins = httpcore.SyncBackend(), connect_to, pins
        self._until = until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to where the directory says, whatever the name in the address."""
        if self._connect_to:
            place = urlsplit(f"//{self._connect_to}")
            host, port = place.hostname or host, place.port or port
        stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self._pins, self._until)


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The pin decides, not an authority: see `_Stream.start_tls`.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _seconds(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """What `Retry-After` says in seconds; None for anything else, a date too."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 6:
            return int(value)
    return None


class Connection:
    """An open line to one node; a context manager.

    `pins` None asks for public, self-signed documents only: then any TLS key will do, because the
    document is verified against the directory. Plain HTTP is for `*.localhost` (demonstration).
    `whole`: seconds that one request may take, whatever its single reads take.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_to: str,
        pins: frozenset[str] | None,
        whole: float = _WHOLE_ANSWER,
    ) -> None:
        parts = urlsplit(url)
        self._url, self._whole, self._until = url, whole, _Until()
        self.retry_after: int | None = None  # seconds that the last answer asked to wait
        if parts.scheme != "https" and not (parts.hostname or "").endswith("localhost"):
            raise Unreachable("no_tls")
        if parts.scheme == "https" and pins is not None and not pins:
            raise Unreachable("no_pins")
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls() if parts.scheme == "https" else None,
            network_backend=_Backend(connect_to, pins, self._until),
            max_connections=1,
            keepalive_expiry=_KEPT_FOR,
        )

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        largest: int = LARGEST_ANSWER,
        patience: float | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of the answer. `patience`: seconds until it begins, if not the usual
        ones. Raises `Unreachable`."""
        sent = {**(headers or {}), "Host": urlsplit(self._url).netloc}
        if content:
            sent["Content-Length"] = str(len(content))
        self._until.begin(self._whole + (patience or 0))
        body = b""
        try:
            with self._pool.stream(
                method,
                self._url + path,
                headers=[(name.encode(), value.encode()) for name, value in sent.items()],
                content=content or None,
                extensions={"timeout": {**_TIMEOUT, "read": patience or _TIMEOUT["read"]}},
            ) as response:
                for part in response.iter_stream():
                    body += part
                    if len(body) > largest:
                        raise Unreachable("endless_answer")
                self.retry_after = _seconds(response.headers)
                return response.status, body
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as wrong:
            raise Unreachable(type(wrong).__name__) from None


class Kept:
    """Lines that stay open between two rounds: one to each address. A handshake costs both sides
    more than a small message does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, tuple[str, frozenset[str], Connection]] = {}

    def take(self, url: str, *, connect_to: str, pins: frozenset[str]) -> Connection:
        """An open line, or a new one if none was kept to exactly this place under these pins."""
        with self._lock:
            found = self._lines.pop(url, None)
        if found is not None:
            if found[:2] == (connect_to, pins):
                return found[2]
            found[2].__exit__(None, None, None)
        return Connection(url, connect_to=connect_to, pins=pins)

    def give_back(
        self, url: str, line: Connection, *, connect_to: str, pins: frozenset[str]
    ) -> None:
        """Keep a line whose last answer came whole; one that was kept meanwhile is closed."""
        with self._lock:
            other = self._lines.pop(url, None)
            self._lines[url] = (connect_to, pins, line)
        if other is not None:
            other[2].__exit__(None, None, None)
