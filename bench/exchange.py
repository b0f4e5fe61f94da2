"""`make bench-exchange`: what a message between two nodes costs, how many pass and how soon. Prints
JSON.

Two nodes with their web processes, worker and PostgreSQL, over TLS on this machine. Cost is
user and system time of all of these processes for a message, from the commit that queued it to the
receipt kept by the sender; beside it, in the same run, a bare request to the same server with the
same insert. What the nodes do while nothing passes is taken off single messages only.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.load import Memory
from bench.measuring import say
from bench.ports import a_free_port

ROOT = Path(__file__).resolve().parent.parent
FULL, SINGLE, RATE, P95_MS = 3.0, 8.0, 150.0, 250.0
OFFERED = 1.1  # times the rate that is required: what is offered at it arrives a little later
NOISE = 1.15  # the dearest run as a part of the cheapest: where it is more, growth cannot be told
RESTS, IDLE = 2.0, 0.15  # seconds looked at; processor seconds a second of two nodes that only idle
DRIFT = 0.10
_TICKS = os.sysconf("SC_CLK_TCK")


def _processes() -> dict[int, tuple[int, float]]:
    """Parent and processor seconds, ended children included, of every process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it ended meanwhile
        found[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / _TICKS)
    return found


def certificate(folder: Path, host: str) -> str:
    """A certificate of the node's own in `folder`; the pin of its key."""
    from ayni.exchange.connection import pin_of

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "tls.key").touch(mode=0o600)
    (folder / "tls.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return pin_of(made.public_bytes(Encoding.DER))


class Node:
    """One node: its own processes, and the one beside it (`exchange_node.py`)."""

    def __init__(self, code: str, folder: Path, options: argparse.Namespace) -> None:
        self.code, self.home = code, (options.homes or folder) / code
        self.port = a_free_port()
        tls = folder / f"tls-{code}"
        tls.mkdir(mode=0o700)
        self.pin = certificate(tls, f"{code}.localhost")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AYNI_", "DATABASE_URL"))}
        self._environment = {
            **kept,
            "AYNI_NODE": code,
            "AYNI_HOME": str(self.home),
            "AYNI_WEB_WORKERS": str(options.web_workers),
            "AYNI_LISTEN": self.place,
            "AYNI_TLS_CERTIFICATE": str(tls / "tls.crt"),
            "AYNI_TLS_KEY": str(tls / "tls.key"),
            "DJANGO_SETTINGS_MODULE": "bench.exchange_settings",
        }
        self.beside = self._start("bench.exchange_node", stdin=subprocess.PIPE)
        self.itself: subprocess.Popen[str] | None = None

    @property
    def place(self) -> str:
        """Where its web process listens."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """As its directory entry says."""
        return f"https://{self.code}.localhost:{self.port}"

    def _start(self, module: str, *words: str, stdin: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, *words],
            env=self._environment,
            cwd=ROOT,
            stdin=stdin,
            stdout=subprocess.PIPE if stdin == subprocess.PIPE else subprocess.DEVNULL,
            stderr=None if os.environ.get("BENCH_LOUD") else subprocess.DEVNULL,
            text=True,
        )

    def answer(self) -> Any:
        """The next answer of the process beside. Raises RuntimeError if it has ended."""
        assert self.beside.stdout is not None
        line = self.beside.stdout.readline()
        if not line:
            raise RuntimeError(f"the process beside {self.code} has ended; set BENCH_LOUD=1")
        return json.loads(line).get("answer")

    def tell(self, do: str, **request: Any) -> Any:
        """Ask the process beside."""
        assert self.beside.stdin is not None
        self.beside.stdin.write(json.dumps({"do": do, **request}) + "\n")
        self.beside.stdin.flush()
        return self.answer()

    def run(self) -> None:
        """Start web processes and worker; returns when they answer."""
        self.itself = self._start("ayni.node.command", "run", stdin=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                if time.monotonic() > end or self.itself.poll() is not None:
                    raise RuntimeError(f"{self.code} does not come up") from None
                time.sleep(0.2)

    def seconds(self) -> float:
        """Processor time so far of web, worker and PostgreSQL, without what works for the process
        beside."""
        from ayni.node.postgres import Server

        assert self.itself is not None
        seen = _processes()
        server = int((Server(self.home).data / "postmaster.pid").read_text().split("\n")[0])
        ours = {self.itself.pid, server}
        for _ in range(6):
            ours |= {pid for pid, (parent, _) in seen.items() if parent in ours}
        ours -= set(self.tell("backends"))
        return sum(seen[pid][1] for pid in ours if pid in seen)

    def stop(self) -> None:
        """End everything."""
        if self.itself is not None:
            self.itself.terminate()
            self.itself.wait()
        assert self.beside.stdin is not None
        assert self.beside.stdout is not None
        self.beside.stdin.close()
        self.beside.wait()
        self.beside.stdout.close()


def found(nodes: Sequence[Node]) -> None:
    """The platform of these nodes: directory number 1 and each other's key sheets."""
    for node in nodes:
        node.answer()
    keys = {node.code: node.tell("prepare") for node in nodes}
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    members = [
        {
            "endpoint": {"connect_to": node.place, "url": node.url},
            "identity_key": keys[node.code],
            "node": node.code,
        }
        for node in nodes
    ]
    body = {
        "demo": False, "format": 1, "issued": now, "members": members, "number": 1,
        "previous": "", "quorum": 2,
    }  # fmt: skip
    votes = [node.tell("sign", body=body) for node in nodes]
    document = {"body": body, "signatures": votes}
    sheets = {node.code: node.tell("accept", document=document, pin=node.pin) for node in nodes}
    for node in nodes:
        for code, sheet in sheets.items():
            if code != node.code:
                node.tell("learn", sheet=sheet)


def _p(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))], 1)


def grown(few: Sequence[float], many: Sequence[float]) -> dict[str, float]:
    """`growth`: the median cost behind many stored messages as a part of that behind few. `noise`:
    the dearest run behind few as a part of the cheapest: what differs where nothing has grown."""
    return {
        "growth": round(statistics.median(many) / statistics.median(few), 3),
        "noise": round(max(few) / min(few), 3),
    }


def does_not_grow(found: dict[str, Any]) -> bool:
    """Whether the growth is within the noise, and the noise small enough to show growth."""
    return bool(found["growth"] <= found["noise"] <= NOISE)


def is_sustained(found: dict[str, Any]) -> bool:
    """Whether as many a second passed from end to end as are required."""
    return bool(found["delivered_a_second"] >= found["required_a_second"])


class Bench:
    """The first node sends, the second receives."""

    def __init__(self, nodes: Sequence[Node], options: argparse.Namespace) -> None:
        self.nodes = nodes
        self.sender, self.receiver = nodes
        self.to = self.receiver.code
        self.options = options

    def _spent(self, during: Callable[[], Any]) -> tuple[float, Any]:
        before = self.sender.seconds() + self.receiver.seconds()
        answer = during()
        return self.sender.seconds() + self.receiver.seconds() - before, answer

    def rest(self, within: float = 120.0) -> None:
        """Wait until the nodes only idle: their port answers while workers still start, and what
        that costs would be counted as the first requests'. Raises RuntimeError if they never do."""
        end = time.monotonic() + within
        while self._spent(lambda: time.sleep(RESTS))[0] > RESTS * IDLE:
            if time.monotonic() > end:
                raise RuntimeError("the nodes do not come to rest")

    def _bare(self, count: int, pause: float = 0.0) -> tuple[float, dict[str, Any]]:
        words = {
            "url": self.receiver.url,
            "connect_to": self.receiver.place,
            "pin": self.receiver.pin,
            "size": self.options.size,
        }
        self.sender.tell("bare", count=20, **words)
        spent, said = self._spent(
            lambda: self.sender.tell("bare", count=count, pause=pause, **words)
        )
        return spent + said["client_seconds"], said

    def bare(self) -> dict[str, Any]:
        """Milliseconds of a bare request, the client's included."""
        self.rest()
        count = self.options.bare
        spent, said = self._bare(count)
        return {
            "processor_ms": round(spent / count * 1000, 3),
            "median_ms": round(statistics.median(said["latencies"]), 2),
            "bytes": said["bytes"],
        }

    def bare_singly(self) -> dict[str, Any]:
        """The same on idle nodes, one at a time as in `single`: an idle machine runs whatever it is
        given slower. No limit refers to it."""
        count, pause = self.options.single, self.options.pause
        began = time.monotonic()
        spent, said = self._bare(count, pause)
        took = time.monotonic() - began
        idle, _ = self._spent(lambda: time.sleep(took))
        return {
            "processor_ms": round((spent - idle) / count * 1000, 3),
            "median_ms": round(statistics.median(said["latencies"]), 2),
        }

    def _through(self, count: int, size: int) -> tuple[float, float]:
        """Processor seconds and seconds for so many messages that wait together."""
        self.sender.tell("hold", peer=self.to)
        self.sender.tell("queue", peer=self.to, count=count, size=size)

        def leave() -> Any:
            self.sender.tell("release", peer=self.to)
            return self.sender.tell("wait", peer=self.to)

        spent, said = self._spent(leave)
        return spent, said["seconds"]

    def full(self) -> dict[str, Any]:
        """A full outbox: the median of several times so many messages."""
        self._through(60, self.options.size)
        count = self.options.full
        runs = [self._through(count, self.options.size) for _ in range(self.options.times)]
        return {
            "messages": count,
            "processor_ms": round(statistics.median(s for s, _ in runs) / count * 1000, 3),
            "each_run_ms": [round(s / count * 1000, 3) for s, _ in runs],
            "a_second": round(count / statistics.median(t for _, t in runs), 1),
        }

    def single(self) -> dict[str, Any]:
        """One message at a time on idle nodes; what they use idly in the same time is taken off."""
        count, pause = self.options.single, self.options.pause
        began = time.monotonic()
        words = {"peer": self.to, "size": self.options.size, "count": count, "pause": pause}
        spent, said = self._spent(lambda: self.sender.tell("singly", **words))
        took = time.monotonic() - began
        idle, _ = self._spent(lambda: time.sleep(took))
        return {
            "messages": count,
            "processor_ms": round((spent - idle) / count * 1000, 3),
            "with_idle_ms": round(spent / count * 1000, 3),
            "p50_ms": _p(said["latencies"], 0.5),
            "p95_ms": _p(said["latencies"], 0.95),
        }

    def steady(self, rate: float) -> dict[str, Any]:
        """Arrivals at a rate: latency from queueing to receipt, and whether all kept pace."""
        seconds = self.options.seconds
        words = {"peer": self.to, "size": self.options.size, "rate": rate, "seconds": seconds}
        said = self.sender.tell("steadily", threads=4, **words)
        count = len(said["latencies"])
        return {
            "offered_a_second": rate,
            "messages": count,
            "queued_a_second": round(count / max(seconds, said["queued_in"]), 1),
            "delivered_a_second": round(count / said["all_in"], 1),
            "left_at_the_end": said["left_at_the_end"],
            "p50_ms": _p(said["latencies"], 0.5),
            "p95_ms": _p(said["latencies"], 0.95),
        }

    def sustained(self) -> dict[str, Any]:
        """More is offered than is required. From the first that is queued to the receipt of the
        last as many a second must have passed as are required."""
        required = self.options.rate
        return {"required_a_second": required, **self.steady(OFFERED * required)}

    def backlog(self) -> dict[str, Any]:
        """Many that wait drain; memory of web and worker of both meanwhile."""
        count = self.options.backlog
        self.sender.tell("hold", peer=self.to)
        self.sender.tell("queue", peer=self.to, count=count, size=self.options.backlog_size)
        found: dict[str, Any] = {"messages": count, "bytes": self.options.backlog_size}
        looks = {}
        for node in self.nodes:
            assert node.itself is not None
            looks[node.code] = Memory(node.itself.pid, every=self.options.look)
        with contextlib.ExitStack() as watched:
            for look in looks.values():
                watched.enter_context(look.watched())
            self.sender.tell("release", peer=self.to)
            said = self.sender.tell("wait", peer=self.to, within=3600)
        found["a_second"] = round(count / said["seconds"], 1)
        for code, look in looks.items():
            found[f"memory_mb_{code}"] = look.megabytes()
            found[f"memory_drift_{code}"] = look.drift()
        return found

    def stored(self) -> dict[str, Any]:
        """Cost of a message behind few and behind many that are stored: twice as many runs of each
        as elsewhere, so that those behind few show how much differs without anything growing."""
        few, many = self.options.few, self.options.stored
        self._through(1, self.options.backlog_size)  # one that is small enough to be copied
        costs: list[list[float]] = []
        for first, last in ((1, few), (few + 1, many)):
            say(f"stored: {last}")
            self.sender.tell("store", way="out", first=first, last=last, peer=self.to)
            self.receiver.tell("store", way="in", first=first, last=last, peer=self.sender.code)
            count = self.options.full
            self._through(60, self.options.size)
            times = 2 * self.options.times
            runs = [self._through(count, self.options.size)[0] for _ in range(times)]
            costs.append([round(spent / count * 1000, 3) for spent in runs])
        return {
            "messages": [few, many],
            "processor_ms": [round(statistics.median(runs), 3) for runs in costs],
            "each_run_ms": costs,
            "most_noise": NOISE,
            **grown(*costs),
        }

    def all(self) -> dict[str, Any]:
        """Every figure, and the ratios of this run."""
        result: dict[str, Any] = {}
        parts: dict[str, Callable[[], Any]] = {
            "bare": self.bare,
            "bare_singly": self.bare_singly,
            "full": self.full,
            "single": self.single,
            "half": lambda: self.steady(self.options.rate / 2),
            "sustained": self.sustained,
            "backlog": self.backlog,
            "stored": self.stored,
        }
        for name, part in parts.items():
            if name in self.options.without:
                continue
            say(name)
            result[name] = part()
            say(f"{name}: {json.dumps(result[name])}")
        bare = result["bare"]["processor_ms"]
        for name in ("full", "single"):
            if name in result:
                result[name]["ratio"] = round(result[name]["processor_ms"] / bare, 2)
        if {"single", "bare_singly"} <= set(result):
            alike = result["single"]["processor_ms"] / result["bare_singly"]["processor_ms"]
            result["single"]["ratio_to_bare_singly"] = round(alike, 2)
        result["ok"] = self._holds(result)
        return result

    def _holds(self, result: dict[str, Any]) -> dict[str, bool]:
        """Which of the limits were kept, of those that were measured."""
        ask: dict[str, Callable[[Any], bool]] = {
            "full": lambda r: r["ratio"] <= FULL,
            "single": lambda r: r["ratio"] <= SINGLE,
            "half": lambda r: r["p95_ms"] <= P95_MS,
            "sustained": is_sustained,
            "backlog": lambda r: all(
                abs(r[f"memory_drift_{node.code}"]) <= DRIFT for node in self.nodes
            ),
            "stored": does_not_grow,
        }
        return {name: held(result[name]) for name, held in ask.items() if name in result}


def main() -> int:
    """Print the result as JSON; 0 if every limit that was measured held."""
    parser = argparse.ArgumentParser(prog="bench.exchange")
    parser.add_argument("--size", type=int, default=20_000, help="bytes of a payload")
    parser.add_argument("--bare", type=int, default=600, help="bare requests")
    parser.add_argument("--full", type=int, default=1000, help="messages in a full outbox")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--single", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.2)
    parser.add_argument("--rate", type=float, default=RATE, help="messages a second required")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--backlog", type=int, default=50_000)
    parser.add_argument("--backlog-size", type=int, default=2000)
    parser.add_argument("--look", type=float, default=2.0, help="seconds between looks at memory")
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--nodes", nargs=2, default=["ar", "bo"])
    parser.add_argument("--homes", type=Path, help="folder of nodes that are made already")
    parser.add_argument("--web-workers", type=int, default=2)
    parser.add_argument("--without", nargs="*", default=[], help="parts that are left out")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ayni-bench-"))
    nodes: list[Node] = []
    try:
        nodes.extend(Node(code, folder, options) for code in options.nodes)
        found(nodes)
        for node in nodes:
            node.run()
        result = Bench(nodes, options).all()
    finally:
        for node in nodes:
            node.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0 if all(result["ok"].values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
