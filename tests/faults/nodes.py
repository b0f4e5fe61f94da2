"""Nodes as they run in a ministry: supervisor, web process with TLS, worker and PostgreSQL each,
and one driver beside it. They are founded as the demonstration is; then a directory of their own
votes leads every way between them through the proxy."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ayni.exchange.connection import pin_of
from ayni.node.demo.platform import Platform
from ayni.node.postgres import OWNER, PLAIN, Server
from tests.faults.plan import Kind

ROOT = Path(__file__).resolve().parent.parent.parent
SKEWED = Path(__file__).resolve().parent / "skewed"
_UP_WITHIN = 120.0
# Below this a node takes no messages (MB): its usual 500 would leave nothing of a small disk, which
# is to be really full (`tests.faults.dear`).
_FREE = "64"


class Failed(Exception):
    """The run cannot go on; the text says what did not happen."""


def certificate(folder: Path, host: str) -> str:
    """A self-signed certificate and its key in `folder`; the pin of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(made.public_bytes(Encoding.PEM))
    private = folder / "tls.key"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )  # fmt: skip
    return pin_of(made.public_bytes(Encoding.DER))


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        found: int = probe.getsockname()[1]
        return found


class Driver:
    """The process of a node's officers (`driver.py`)."""

    def __init__(self, code: str, environment: dict[str, str], log: Path) -> None:
        self.code, self.log = code, log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.faults.driver"],
                env={**environment, "PYTHONPATH": f"{environment['PYTHONPATH']}:{ROOT}"},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def ask(self, do: str, **request: Any) -> None:
        """Send a request; `answer` takes what it gives."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self.process.stdin.flush()
        except OSError:
            raise Failed(f"the driver of {self.code} has ended: {self._tail()}") from None

    def answer(self) -> Any:
        """The next answer. Raises `Failed` with the reason."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"the driver of {self.code} has ended: {self._tail()}")
        answer = json.loads(line)
        if not answer["ok"]:
            raise Failed(f"{self.code}: {answer['why']}")
        return answer.get("answer")

    def tell(self, do: str, **request: Any) -> Any:
        """Ask and wait for the answer."""
        self.ask(do, **request)
        return self.answer()

    def stop(self) -> None:
        """End it."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _tail(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-6:])


class Node:
    """One node and everything that belongs to it."""

    def __init__(self, code: str, platform: Platform) -> None:
        self.code, self.platform = code, platform
        self.home = platform.home(code)
        self.port: int = platform.plan["ports"][code]
        self.tls = platform.folder / f"tls-{code}"
        self.tls.mkdir(mode=0o700)
        self.pin = certificate(self.tls, f"{code}.localhost")
        self.log = platform.log(code)
        self._read = 0  # bytes of the log
        self.clock = platform.folder / f"clock-{code}"  # by how many seconds it is off
        self.clock.write_text("0")
        self.process: subprocess.Popen[bytes] | None = None
        self.driver: Driver | None = None

    def environment(self) -> dict[str, str]:
        """Of all of the node's processes."""
        return {
            **self.platform.settings(self.code),
            "AYNI_HOME": str(self.home),
            "AYNI_FREE_MEGABYTES": _FREE,
            "AYNI_TLS_CERTIFICATE": str(self.tls / "tls.crt"),
            "AYNI_TLS_KEY": str(self.tls / "tls.key"),
            "LANGUAGE": "en",
            "PYTHONPATH": str(SKEWED),
            "AYNI_FAULTS_CLOCK": str(self.clock),
        }

    def log_lines(self) -> list[str]:
        """Whole lines that it has logged since the last time."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            raw = file.read()
        whole = raw[: raw.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.decode(errors="replace").splitlines()

    def set_clock(self, hours: float) -> None:
        """Its clock is off by so much from now on."""
        half = self.clock.with_suffix(".half")
        half.write_text(str(hours * 3600))
        half.replace(self.clock)

    def move_to(self, home: Path) -> None:
        """Its folder is another one from now on."""
        self.home = home

    def begin(self) -> None:
        """Start the supervisor, which starts the rest."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ayni.node.command", "run"],
                env=self.environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_up(self) -> None:
        """Wait until the web process answers. Raises `Failed`."""
        deadline = time.monotonic() + _UP_WITHIN
        while not self.answers():
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace").splitlines()[-8:]
                raise Failed("\n".join([f"node {self.code} does not come up:", *tail]))
            time.sleep(0.2)

    def answers(self) -> bool:
        """Whether the web process and its database answer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5, context=context)
        try:
            line.request("GET", "/health", headers={"Host": f"{self.code}.localhost"})
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def begin_driver(self) -> None:
        """Start the officers; the node must run."""
        server = Server(self.home)
        environment = {
            **self.environment(),
            "DATABASE_URL": server.url(PLAIN),
            "AYNI_OWNER_DATABASE_URL": server.url(OWNER),
        }
        self.driver = Driver(self.code, environment, self.log.with_suffix(".driver.log"))

    def tell(self, do: str, **request: Any) -> Any:
        """What the driver answers."""
        assert self.driver is not None
        return self.driver.tell(do, **request)

    def end_driver(self) -> None:
        """End the officers' process."""
        if self.driver is not None:
            self.driver.stop()
            self.driver = None

    def stop(self) -> None:
        """Stop driver, web process, worker and PostgreSQL in order."""
        self.end_driver()
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(40)
                self.process = None
            except subprocess.TimeoutExpired:
                self.kill(Kind.KILL_NODE)

    # -- what is done to it

    def kill(self, kind: Kind, number: int = 0) -> int:
        """SIGKILL to what `kind` says; how many processes were hit. `number`: which of several."""
        hit = 0
        for pid in self._pids(kind, number):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                hit += 1
        if kind is Kind.KILL_NODE and self.process is not None:
            self.process.wait(10)
            self.process = None
        return hit

    def _pids(self, kind: Kind, number: int) -> list[int]:
        if self.process is None:
            return []
        family = list(_family(self.process.pid))
        postmaster = Server(self.home)._running()
        match kind:
            case Kind.KILL_WEB:
                return [pid for pid, line in family if "granian" in line]
            case Kind.KILL_WORKER:
                return [pid for pid, line in family if line.endswith("worker")]
            case Kind.KILL_DATABASE:
                return [] if postmaster is None else [postmaster]
            case Kind.KILL_BACKEND:
                own = [] if postmaster is None else [pid for pid, _line in _family(postmaster)]
                return own and [own[number % len(own)]]
            case _:
                own = [pid for pid, _line in family]
                return [self.process.pid, *own, *([] if postmaster is None else [postmaster])]


def _family(parent: int) -> Iterator[tuple[int, str]]:
    """Children of a process and theirs: (process id, command line)."""
    children: dict[int, list[tuple[int, str]]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            above = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(above, []).append((int(entry.name), line))
    left = [parent]
    while left:
        for pid, line in children.get(left.pop(), ()):
            yield pid, line
            left.append(pid)
