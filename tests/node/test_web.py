"""Where web processes listen: three doors at three addresses, and TLS without a proxy."""

from __future__ import annotations

import datetime
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
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

from ayni.lib.errors import Misconfigured
from ayni.node import web
from tests.node.made import ROOT, made_home
from tests.node.test_processes import wait_for

DOORS = ("public", "officers", "nodes")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No setting of where to listen."""
    for name in (web.LISTEN, *web.BINDINGS.values(), web.CERTIFICATE, web.KEY):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_a_word_one_process_serves_all_doors_on_this_machine(
    bare: pytest.MonkeyPatch,
) -> None:
    assert web.listening() == [web.Listening("127.0.0.1", 8000, DOORS)]


def test_doors_with_one_address_share_a_process_and_one_without_is_closed(
    bare: pytest.MonkeyPatch,
) -> None:
    bare.setenv("AYNI_BIND_OFFICERS", "10.0.0.1:8001")
    bare.setenv("AYNI_BIND_NODES", "10.0.0.1:8001")
    assert web.listening() == [web.Listening("10.0.0.1", 8001, ("officers", "nodes"))]
    bare.setenv("AYNI_BIND_PUBLIC", "127.0.0.1:8002")
    assert [each.doors for each in web.listening()] == [("public",), ("officers", "nodes")]
    assert web.environment(web.listening()[1])["AYNI_DOORS"] == "officers nodes"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"AYNI_BIND_PUBLIC": "everywhere"}, "AYNI_BIND_PUBLIC must be address:port"),
        ({"AYNI_BIND_PUBLIC": "127.0.0.1:99999"}, "AYNI_BIND_PUBLIC must be address:port"),
        (
            {"AYNI_BIND_PUBLIC": "127.0.0.1:1", "AYNI_LISTEN": "127.0.0.1:2"},
            "do not set it together with AYNI_BIND_PUBLIC",
        ),
    ],
)
def test_addresses_in_doubt_are_refused(
    bare: pytest.MonkeyPatch, settings: dict[str, str], sentence: str
) -> None:
    for name, value in settings.items():
        bare.setenv(name, value)
    with pytest.raises(Misconfigured, match=sentence):
        web.listening()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "uy.localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


def test_a_key_that_others_can_read_or_that_is_none_is_refused(
    bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate, key = _certificate(tmp_path)
    bare.setenv(web.CERTIFICATE, str(certificate))
    with pytest.raises(Misconfigured, match="or neither"):
        web.tls()
    bare.setenv(web.KEY, str(key))
    assert web.tls() == ["--ssl-certificate", str(certificate), "--ssl-keyfile", str(key)]
    key.chmod(0o640)
    with pytest.raises(Misconfigured, match="can be read by others"):
        web.tls()
    key.chmod(0o600)
    key.write_text("-----BEGIN EC PRIVATE KEY-----\n")
    with pytest.raises(Misconfigured, match="PKCS#8"):
        web.tls()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        """A redirect is an answer."""


def _asks(port: int, path: str) -> int:
    """The status of a page over TLS; 0 if nothing answers."""
    anything = ssl.create_default_context()
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=anything), _Stay())
    request = urllib.request.Request(
        f"https://127.0.0.1:{port}{path}", headers={"Host": "uy.localhost"}
    )
    try:
        with opener.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """A node whose three doors listen at three ports, with TLS."""
    with tempfile.TemporaryDirectory(prefix="ayni-w-") as name:
        home = Path(name) / "home"
        made_home("uy", home)
        certificate, key = _certificate(Path(name))
        found = {door: _free() for door in DOORS}
        lines = [f"{web.BINDINGS[door]}=127.0.0.1:{port}" for door, port in found.items()]
        lines += [f"{web.CERTIFICATE}={certificate}", f"{web.KEY}={key}", "AYNI_WEB_WORKERS=1"]
        with (home / "settings").open("a") as file:
            file.write("\n".join(lines) + "\n")
        with subprocess.Popen(
            [sys.executable, "-m", "ayni.node.command", "web"],
            env={"PATH": os.environ["PATH"], "AYNI_HOME": str(home)},
            cwd=ROOT, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                for port in found.values():
                    wait_for(lambda port=port: _asks(port, "/health") == 200)  # type: ignore[misc]
                yield found
            finally:
                process.terminate()
                process.wait(60)


@pytest.mark.nodes
@pytest.mark.xdist_group("doors")
def test_three_processes_serve_three_doors(ports: dict[str, int]) -> None:
    paths = {"public": "/help/es/", "officers": "/account/login/", "nodes": "/exchange/1/messages"}
    for door, path in paths.items():
        assert _asks(ports[door], path) in (200, 405), door
        for other in set(DOORS) - {door}:
            assert _asks(ports[other], path) == 404, (door, other)
    assert _asks(ports["public"], "/") == 302


@pytest.mark.nodes
@pytest.mark.xdist_group("doors")
def test_tls_older_than_1_3_is_refused(ports: dict[str, int]) -> None:
    old = ssl.create_default_context()
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", ports["nodes"]), timeout=10) as raw,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(raw).recv(1)
