"""Web process, worker and PostgreSQL of one node under one supervisor."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ayni.lib.errors import AyniError
from ayni.node.home import say
from ayni.node.postgres import Server
from ayni.node.words import gettext as _
from ayni.vault.master import make_private_folder

STOP_AFTER = 10.0
_LIBC = ctypes.CDLL(None, use_errno=True)
_LONGEST_NAP = 30.0


def count_in(home: Path) -> None:
    """Name the folder in which the web processes started from here add up their counts.

    A web server has one of its own; those of servers that have ended are removed.
    """
    together = home / "counts"
    make_private_folder(together)
    for left in together.iterdir():
        if left.name.isdecimal() and not Path("/proc", left.name).exists():
            shutil.rmtree(left, ignore_errors=True)
    own = together / str(os.getpid())
    shutil.rmtree(own, ignore_errors=True)
    make_private_folder(own)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(own)


def worker_command() -> list[str]:
    """The command line of the worker."""
    return [sys.executable, "-m", "ayni.node.command", "worker"]


def _end_with_parent() -> None:
    """A supervisor that is killed takes its children along: they get SIGTERM (prctl(2))."""
    _LIBC.prctl(1, signal.SIGTERM)


@dataclass
class Child:
    """A process that is started again when it ends, with growing naps between."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    not_before: float = field(default=0.0)
    started: float = field(default=0.0)

    def keep(self) -> None:
        """Start the process, or start it again if it ended."""
        if self.process is not None:
            if self.process.poll() is None:
                return
            say(
                _("%(name)s ended with %(code)s; it is started again")
                % {"name": self.name, "code": self.process.returncode}
            )
            self._end_session()
            stayed = time.monotonic() - self.started > 60
            self.failures = 1 if stayed else self.failures + 1
            self.not_before = time.monotonic() + min(2.0 ** (self.failures - 1) - 0.8, _LONGEST_NAP)
            self.process = None
        if time.monotonic() < self.not_before:
            return
        # A session of its own: Ctrl-C reaches the supervisor, which stops all in order.
        with contextlib.ExitStack() as files:
            output = None if self.log is None else files.enter_context(self.log.open("ab"))
            self.process = subprocess.Popen(
                list(self.command),
                env=None if self.environment is None else dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self.started = time.monotonic()

    def ended(self) -> bool:
        """Whether the process ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then SIGKILL the whole session."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(_("%(name)s does not stop; it is ended") % {"name": self.name})
        self._end_session()
        self.process.wait()

    def _end_session(self) -> None:
        """Whatever the process left behind in its session goes too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def stopping() -> threading.Event:
    """An event that SIGTERM, SIGINT and SIGHUP set."""
    event = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: event.set())
    return event


def supervise(children: Sequence[Child], server: Server | None, until: threading.Event) -> int:
    """Keep PostgreSQL and the children alive until told to stop; 0."""
    try:
        while not until.is_set():
            if server is not None:
                _watch(server)
            for child in children:
                child.keep()
            until.wait(0.2)
    finally:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_AFTER
        for child in children:
            child.wait(deadline)
    return 0


def _watch(server: Server) -> None:
    try:
        server.watch()
    except AyniError as wrong:
        # A full disk may be freed: the node waits for it rather than ending.
        say(str(wrong))
        time.sleep(2)
