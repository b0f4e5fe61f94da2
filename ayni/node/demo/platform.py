"""Several nodes of a demonstration on one machine: founded once, then run until told to stop."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from ayni.config import demonstration
from ayni.lib import clock
from ayni.lib.errors import Misconfigured
from ayni.node import processes
from ayni.node.demo import root
from ayni.node.home import say
from ayni.node.postgres import Server
from ayni.node.words import gettext as _

_UP_WITHIN = 180.0
_STOP_WITHIN = 30.0


class Platform:
    """The nodes under `folder`; `codes` are asked for only when there is no platform yet."""

    def __init__(
        self, folder: Path, codes: Sequence[str], *, any_port: bool = False, persons: bool = True
    ) -> None:
        self.folder = folder.absolute()
        self.codes = tuple(codes)
        self.any_port = any_port
        self.persons = persons
        self.plan: dict[str, Any] = {}
        self.nodes: dict[str, processes.Child] = {}

    @property
    def _plan_file(self) -> Path:
        return self.folder / "platform.json"

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else runs or removes this platform meanwhile. Raises `Misconfigured`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".running").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Misconfigured(
                    _("the demonstration runs already; stop it there first")
                ) from None
            yield

    def home(self, code: str) -> Path:
        """AYNI_HOME of one node."""
        return self.folder / code

    def url(self, code: str) -> str:
        """The address of one node, as a browser opens it."""
        return f"http://{code}.localhost:{self.plan['ports'][code]}"

    def settings(self, code: str) -> dict[str, str]:
        """The environment of one node's processes."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AYNI_", "DATABASE_URL"))}
        return {
            **kept,
            "AYNI_NODE": code,
            "AYNI_HOME": str(self.home(code)),
            "AYNI_HOST": f"{code}.localhost",
            "AYNI_DEMO": "true",
            "AYNI_LISTEN": f"127.0.0.1:{self.plan['ports'][code]}",
            "AYNI_WEB_WORKERS": "1",
        }

    def load(self) -> bool:
        """Read the plan of a platform that was founded before; False if there is none."""
        if not self._plan_file.exists():
            return False
        self.plan = json.loads(self._plan_file.read_text())
        if set(self.plan["ports"]) < set(self.codes):
            raise Misconfigured(
                _(
                    "the demonstration in %(folder)s has %(count)s nodes; `make demo-reset` "
                    "removes it, then it can be made with more"
                )
                % {"folder": self.folder, "count": len(self.plan["ports"])}
            )
        self.codes = tuple(self.plan["ports"])
        return True

    def make(self) -> None:
        """Found the platform: nodes, keys, directory number 1, accounts. Resumes nothing: a
        half-made platform is removed first."""
        self._remove_homes()
        accounts = {
            code: {root.email(u, code): _password() for u in root.users(code)}
            for code in self.codes
        }
        self.plan = {"ports": self._ports(), "accounts": accounts}
        (self.folder / "logs").mkdir(exist_ok=True)
        say(_("making %(count)s nodes: databases, keys, accounts") % {"count": len(self.codes)})
        self._before_founding()
        with contextlib.ExitStack() as open_members:
            nodes = {
                code: open_members.enter_context(Member(code, self.settings(code), self.log(code)))
                for code in self.codes
            }
            self._found(nodes)
        half = self._plan_file.with_suffix(".half")
        half.touch(mode=0o600)
        half.write_text(json.dumps(self.plan))
        half.replace(self._plan_file)

    def _before_founding(self) -> None:
        """Nothing: each node makes a database of its own while it is founded."""

    def _found(self, nodes: Mapping[str, Member]) -> None:
        for node in nodes.values():
            node.answer()
        say(_("the databases are made"))
        for code, node in nodes.items():
            node.ask(
                do="prepare",
                passwords=self.plan["accounts"][code],
                absent=[] if code == "secretariat" else root.absent(self.codes),
            )
        identities = {code: node.answer()["identity"] for code, node in nodes.items()}
        states = [code for code in self.codes if code != "secretariat"]
        body = {
            "demo": True,
            "format": 1,
            "issued": clock.isoformat(clock.now().replace(microsecond=0)),
            "members": [
                {
                    "endpoint": {
                        "connect_to": f"127.0.0.1:{self.plan['ports'][code]}",
                        "url": self.url(code),
                    },
                    "identity_key": identities[code],
                    "node": code,
                }
                for code in self.codes
            ],
            "number": 1,
            "previous": "",
            "quorum": len(states) if len(states) < 4 else len(states) * 2 // 3 + 1,
        }
        signatures = [demonstration.sign_directory(body)]
        signatures += [nodes[c].request(do="sign", body=body)["signature"] for c in states]
        document = {"body": body, "signatures": signatures}
        for node in nodes.values():
            node.ask(do="accept", document=document)
        sheets = {code: node.answer()["sheet"] for code, node in nodes.items()}
        for code, node in nodes.items():
            node.ask(do="learn", sheets=[s for c, s in sheets.items() if c != code])
        for node in nodes.values():
            node.answer()
        say(_("directory number 1 is signed by every founding member"))
        for node in nodes.values():
            node.ask(do="fill", persons=self.persons)
        notices = sum(node.answer()["notices"] for node in nodes.values())
        if notices:
            say(_("%(notices)s notices about invented persons") % {"notices": notices})

    def log(self, code: str) -> Path:
        """The log of one node."""
        return self.folder / "logs" / f"{code}.log"

    def _ports(self) -> dict[str, int]:
        ports: dict[str, int] = {}
        wanted = 0 if self.any_port else root.FIRST_PORT
        for code in self.codes:
            while True:
                port = _free(wanted)
                if wanted:
                    wanted += 1
                if port and port not in ports.values():
                    ports[code] = port
                    break
        return ports

    def start(self) -> None:
        """Start every node and wait until each answers. Raises `Misconfigured`."""
        for code, port in self.plan["ports"].items():
            if not _free(port):
                raise Misconfigured(
                    _(
                        "port %(port)s of %(code)s.localhost is taken by another program; free it, "
                        "or make the demonstration anew with `make demo-reset`"
                    )
                    % {"port": port, "code": code}
                )
        say(_("starting the nodes"))
        command = [sys.executable, "-m", "ayni.node.command", "run"]
        for code in self.codes:
            self.nodes[code] = processes.Child(
                f"node {code}", command, environment=self.settings(code), log=self.log(code)
            )
            self.nodes[code].keep()
        deadline = time.monotonic() + _UP_WITHIN
        for code, child in self.nodes.items():
            while not self._answers(code):
                if child.ended() or time.monotonic() > deadline:
                    why = _("node %(code)s does not come up; the last lines of %(log)s:")
                    tail = self.log(code).read_text(errors="replace").splitlines()[-8:]
                    said = why % {"code": code, "log": self.log(code)}
                    raise Misconfigured("\n".join([said, *tail]))
                time.sleep(0.1)
            say(_("node %(code)s answers") % {"code": code})

    def _answers(self, code: str) -> bool:
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{self.plan['ports'][code]}/health",
                headers={"Host": f"{code}.localhost"},
                timeout=5,
                trust_env=False,
            )
            return bool(answer.status_code == 200 and answer.json()["node"] == code)
        except (httpx.HTTPError, ValueError):
            return False

    def watch(self) -> None:
        """Start again what ended."""
        for child in self.nodes.values():
            child.keep()

    def stop(self) -> None:
        """Stop every node in order; each stops its web process, worker and PostgreSQL."""
        for child in self.nodes.values():
            child.ask_to_stop()
        deadline = time.monotonic() + _STOP_WITHIN
        for child in self.nodes.values():
            child.wait(deadline)
        self.nodes.clear()

    def _remove_homes(self) -> None:
        for code in root.ALL:
            if self.home(code).exists():
                server = Server(self.home(code))
                server.stop()
                shutil.rmtree(server.folder, ignore_errors=True)
                shutil.rmtree(server.sockets, ignore_errors=True)
                shutil.rmtree(self.home(code))
        shutil.rmtree(self.folder / "logs", ignore_errors=True)

    def remove(self) -> None:
        """Remove every node's folder and the plan."""
        self._remove_homes()
        self._plan_file.unlink(missing_ok=True)


class Member:
    """The founding process of one node (`member.py`)."""

    def __init__(self, code: str, settings: Mapping[str, str], log: Path) -> None:
        self.code, self.log = code, log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ayni.node.command", "demo-node"],
                env=dict(settings),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def __enter__(self) -> Member:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def ask(self, **request: Any) -> None:
        """Send a request; `answer` takes what it gives."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The next answer. Raises `Misconfigured` with the reason."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            tail = self.log.read_text(errors="replace").splitlines()[-5:]
            why = _("node %(code)s could not be made:") % {"code": self.code}
            raise Misconfigured("\n".join([why, *tail]))
        answer: dict[str, Any] = json.loads(line)
        if not answer["ok"]:
            raise Misconfigured(f"{self.code}: {answer['why']}")
        return answer

    def request(self, **request: Any) -> dict[str, Any]:
        """Ask and wait for the answer."""
        self.ask(**request)
        return self.answer()


def _password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(4))


def _free(port: int) -> int:
    """`port`, or one of the system's choice for 0; 0 if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        found: int = probe.getsockname()[1]
        return found


def _options(name: str, arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--nodes", choices=["three", "all", "kept"], default="three")
    parser.add_argument("--folder", type=Path, default=root.FOLDER)
    return parser.parse_args(list(arguments))


def main(arguments: Sequence[str]) -> int:
    """`ayni demo`: found or continue, run until Ctrl-C."""
    options = _options("ayni demo", arguments)
    began = time.monotonic()
    wanted = {"three": root.THREE, "all": root.ALL, "kept": ()}[options.nodes]
    platform = Platform(options.folder, wanted)
    with platform.alone():
        known = platform.load()
        if not known:
            if not wanted:
                raise Misconfigured(_("there is no demonstration to continue"))
            platform.make()
        try:
            platform.start()
            if not known:
                _show(platform)
            until = processes.stopping()
            _tell(platform, time.monotonic() - began)
            _keep(platform, until)
        finally:
            say(_("stopping"))
            platform.stop()
            say(_("stopped"))
    return 0


def _show(platform: Platform) -> None:
    """What there is between the nodes; without it the demonstration is poorer, and runs."""
    from ayni.node.demo.officer import Unexpected
    from ayni.node.demo.showing import show

    try:
        show(platform)
        say(_("two referrals from Argentina to Bolivia, about invented persons"))
        say(_("an invented presidency, meetings, commitments, support and a protocol version"))
    except Unexpected as wrong:
        say(_("not everything could be made that there is to show: %(wrong)s") % {"wrong": wrong})


def _keep(platform: Platform, until: threading.Event) -> None:
    while not until.wait(0.5):
        platform.watch()


def _tell(platform: Platform, seconds: float) -> None:
    lines = [
        "",
        _("Ayni, demonstration with invented persons (ready after %(seconds)s s)")
        % {"seconds": round(seconds)},
    ]
    for code in platform.codes:
        lines += ["", f"  {platform.url(code)}"]
        roles = {root.email(user, code): user for user in root.users(code)}
        for email, password in platform.plan["accounts"][code].items():
            user = roles[email]
            place = f", {user.institution}" if user.institution else ""
            lines.append(f"    {email:28} {password}   {user.role}{place}")
    lines += ["", _("Ctrl-C stops it; the data stay for the next time."), ""]
    sys.stdout.write("\n".join(lines))
    sys.stdout.flush()


def reset(arguments: Sequence[str]) -> int:
    """`ayni demo-reset`: remove the demonstration."""
    options = _options("ayni demo-reset", arguments)
    platform = Platform(options.folder, ())
    if not platform.folder.exists():
        say(_("there is no demonstration"))
        return 0
    with platform.alone():
        platform.remove()
    say(_("the demonstration is removed"))
    return 0
