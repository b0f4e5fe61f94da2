"""Where the web processes of a node listen: at one address, or each door at its own."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from ayni.lib.errors import Misconfigured
from ayni.node.words import gettext as _
from ayni.vault.master import read_private

LISTEN = "AYNI_LISTEN"
BINDINGS = {
    "public": "AYNI_BIND_PUBLIC",
    "officers": "AYNI_BIND_OFFICERS",
    "nodes": "AYNI_BIND_NODES",
}
CERTIFICATE, KEY = "AYNI_TLS_CERTIFICATE", "AYNI_TLS_KEY"


@dataclass(frozen=True, slots=True)
class Listening:
    """One web process: its address, and the doors that it serves."""

    host: str
    port: int
    doors: tuple[str, ...]

    @property
    def place(self) -> str:
        """As people write it."""
        return f"{self.host}:{self.port}"


def _address(name: str, text: str) -> tuple[str, int]:
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Misconfigured(
            _("%(name)s must be address:port, and is %(text)s") % {"name": name, "text": text}
        )
    return host, int(port)


def listening() -> list[Listening]:
    """The web processes of this node. Without AYNI_BIND_… one serves all doors at AYNI_LISTEN.
    Doors with the same address share a process; a door without one is served nowhere.

    Raises `Misconfigured`.
    """
    given = {
        door: os.environ[name].strip()
        for door, name in BINDINGS.items()
        if os.environ.get(name, "").strip()
    }
    text = os.environ.get(LISTEN, "").strip()
    if not given:
        return [Listening(*_address(LISTEN, text or "127.0.0.1:8000"), tuple(BINDINGS))]
    if text:
        raise Misconfigured(
            _("%(listen)s serves all doors: do not set it together with %(names)s")
            % {"listen": LISTEN, "names": ", ".join(BINDINGS[door] for door in given)}
        )
    shared: dict[tuple[str, int], list[str]] = {}
    for door, place in given.items():
        shared.setdefault(_address(BINDINGS[door], place), []).append(door)
    return [Listening(host, port, tuple(doors)) for (host, port), doors in shared.items()]


def check_ports_free() -> None:
    """Raise `Misconfigured` if another program listens where a web process shall."""
    for each in listening():
        try:
            with socket.create_server((each.host, each.port)):
                pass
        except OSError as wrong:
            raise Misconfigured(
                _(
                    "the web process cannot listen at %(place)s: %(why)s; free the port or set "
                    "another address"
                )
                % {"place": each.place, "why": wrong.strerror}
            ) from None


def tls() -> list[str]:
    """Arguments with which a web process ends TLS itself; none if something before it does.

    Raises `Misconfigured` for a certificate without its key, and for a key that others can read.
    """
    found = [os.environ.get(name, "").strip() for name in (CERTIFICATE, KEY)]
    if not any(found):
        return []
    if not all(found):
        raise Misconfigured(
            _("set %(certificate)s and %(key)s, or neither")
            % {"certificate": CERTIFICATE, "key": KEY}
        )
    certificate, key = map(Path, found)
    if not certificate.is_file() or b"BEGIN PRIVATE KEY" not in read_private(key):
        raise Misconfigured(
            _("%(certificate)s must be a PEM file, and %(key)s a key in PKCS#8 (PEM)")
            % {"certificate": CERTIFICATE, "key": KEY}
        )
    return ["--ssl-certificate", str(certificate), "--ssl-keyfile", str(key)]


# Of each line, however much is sent at once: granian's own 400 KB, for all the lines that a flood
# opens, would be most of what a node has.
_BUFFER = "65536"


def command(each: Listening) -> list[str]:
    """The command line of one web process."""
    workers = os.environ.get("AYNI_WEB_WORKERS", "").strip() or "2"
    if not workers.isdigit() or int(workers) < 1:
        raise Misconfigured(_("AYNI_WEB_WORKERS must be a number from 1 on"))
    # No access log of granian's: it would hold addresses as they were typed. Ours
    # (`config/access.py`) names the route.
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi",
        "--host", each.host, "--port", str(each.port), *tls(),
        "--workers", workers, "--blocking-threads", "4",
        "--http1-header-read-timeout", "10000", "--http1-buffer-size", _BUFFER,
        "--no-ws", "--no-access-log",
        "--log-level", "warning", "--respawn-failed-workers", "ayni.config.wsgi:application",
    ]  # fmt: skip


def environment(each: Listening) -> dict[str, str]:
    """What a web process finds in its environment: ours, and which doors it serves."""
    return {**os.environ, "AYNI_DOORS": " ".join(each.doors)}
