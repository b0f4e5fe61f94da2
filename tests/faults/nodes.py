"""Nodes as they run in a ministry: supervisor, web process with TLS, worker and PostgreSQL each,
and one driver beside it. They are founded as the demonstration is; then a directory of their own
votes leads every way between them through the proxy."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import os
import queue
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ayni.exchange.connection import pin_of
from ayni.node.demo.platform import Platform
from ayni.node.postgres import OWNER, PLAIN, Server
from tests.faults.failed import Failed
from tests.faults.manager import Manager
from tests.faults.plan import ALL, Kind

__all__ = ["ROOT", "Driver", "Failed", "Node", "certificate", "free_port"]
ROOT = Path(__file__).resolve().parent.parent.parent
SKEWED = Path(__file__).resolve().parent / "skewed"
_UP_WITHIN = 120.0
_LOOK_EACH = 0.5
# Below this a node takes no messages (MB): its usual 500 would leave nothing of a small disk, which
# is to be really full (`tests.faults.dear`).
_FREE = "64"


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
    """The process of a node's officers (`driver.py`). `meanwhile` is called again and again while
    an answer is awaited: it may need the node to be started again."""

    def __init__(
        self,
        code: str,
        environment: dict[str, str],
        log: Path,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self.code, self.log, self._meanwhile = code, log, meanwhile
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
        self._lines: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def ask(self, do: str, **request: Any) -> None:
        """Send a request; `answer` takes what it gives."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self.process.stdin.flush()
        except OSError:
            raise Failed(f"the driver of {self.code} has ended: {self._last_words()}") from None

    def answer(self) -> Any:
        """The next answer. Raises `Failed` with the reason."""
        while True:
            self._meanwhile()
            with contextlib.suppress(queue.Empty):
                line = self._lines.get(timeout=_LOOK_EACH)
                break
        if not line:
            raise Failed(f"the driver of {self.code} has ended: {self._last_words()}")
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
        self._listener.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _last_words(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-6:])


class Node:
    """One node and everything that belongs to it. `say` hears when it had to be started again;
    what its officers begin follows from `seed`."""

    up_within = _UP_WITHIN  # seconds

    def __init__(
        self,
        code: str,
        platform: Platform,
        say: Callable[[str], None] = lambda _: None,
        seed: int = 0,
    ) -> None:
        self.code, self.platform, self.say, self.seed = code, platform, say, seed
        self.home = platform.home(code)
        self.port: int = platform.plan["ports"][code]
        self.tls = platform.folder / f"tls-{code}"
        self.tls.mkdir(mode=0o700)
        self.pin = certificate(self.tls, f"{code}.localhost")
        self.log = platform.log(code)
        self._read = 0  # bytes of the log
        self._begun = 0  # where the log of the supervisor that runs begins
        self.clock = platform.folder / f"clock-{code}"  # by how many seconds it is off
        self.clock.write_text("0")
        self.process: subprocess.Popen[bytes] | None = None
        self.driver: Driver | None = None
        self.manager = Manager()

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
        self._begun = self.log.stat().st_size if self.log.exists() else 0
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

    def tend(self) -> None:
        """What the service manager of its machine does: a supervisor that ended by itself while it
        started is started again. Raises `Failed` where that is too often, or no start was it."""
        if self.process is None:
            return
        # The folder in which web processes count is made when they are about to be started.
        served = (self.home / "counts" / str(self.process.pid)).exists()
        code = self.process.poll()
        if code is None:
            if served:
                self.manager.serves()
            return
        again = self.manager.ended(
            self.process.pid, code=code, served=served, now=time.monotonic(), why=self._tail()
        )
        if again:
            self.say(f"{self.code}: {self.manager.told[-1]}; it is started again")
            self.begin()

    def _tail(self) -> str:
        """The last lines that the supervisor has written since it was started."""
        with self.log.open("rb") as file:
            file.seek(self._begun)
            lines = file.read().decode(errors="replace").splitlines()
        return " / ".join(line for line in lines[-8:] if not line.startswith("{"))

    def wait_up(self) -> None:
        """Wait until the web process answers. Raises `Failed`."""
        deadline = time.monotonic() + self.up_within
        while not self.answers():
            self.tend()
            if time.monotonic() > deadline:
                raise Failed(f"node {self.code} does not come up: {self._tail()}")
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
            "AYNI_FAULTS_SEED": str(self.seed),
            "AYNI_FAULTS_TRAFFIC": os.environ.get("AYNI_FAULTS_TRAFFIC", ALL),
        }
        log = self.log.with_suffix(".driver.log")
        self.driver = Driver(self.code, environment, log, meanwhile=self.tend)

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
        if kind is Kind.KILL_NODE and self.process is not None and self.process.poll() is None:
            _hold(self.process.pid)
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
        runs = self.process.poll() is None
        family = list(_family(self.process.pid)) if runs else []
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
                own = [self.process.pid] if runs else []
                own += [pid for pid, _line in family]
                return [*own, *([] if postmaster is None else [postmaster])]


def _hold(parent: int) -> None:
    """Stop a process and all that it has started, before they are killed: a machine that loses its
    power leaves no child behind that was born while the others were counted."""
    held: set[int] = set()
    while new := {parent, *(pid for pid, _line in _family(parent))} - held:
        for pid in new:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        held |= new
        time.sleep(0.01)


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
