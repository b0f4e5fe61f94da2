"""Running a node: PostgreSQL, one web process, one worker, under one small supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from types import FrameType

from ayni.node import home as homes

_STOP_AFTER = 10.0
_BLOCKING_THREADS = 8


@dataclass
class Child:
    """A process that is started again when it ends by itself."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_ends: int = field(default=0)

    def start(self) -> None:
        """Start it, in a session of its own so that Ctrl-C reaches only the supervisor."""
        self.process = subprocess.Popen(
            self.command, env=os.environ, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.started = time.monotonic()

    def watch(self) -> None:
        """Start it again if it ended; a second later each time it ends at once."""
        if self.process is None or self.process.poll() is None:
            return
        quick = time.monotonic() - self.started < 5
        self.quick_ends = self.quick_ends + 1 if quick else 0
        homes.say(f"{self.name} ended with {self.process.returncode}; it is started again")
        time.sleep(min(self.quick_ends, 10))
        self.start()

    def stop(self, until: float) -> None:
        """SIGTERM was sent; wait, then SIGKILL."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def web_command(port: int) -> list[str]:
    """The web process. No access log: addresses hold no personal data, and need not be kept."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--blocking-threads", str(_BLOCKING_THREADS),
        "--no-access-log", "--log-level", "warning", "--respawn-failed-workers",
        "ayni.config.wsgi:application",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The worker: jobs of all rooms."""
    return [
        sys.executable, "-W", "ignore", "-m", "django", "procrastinate", "worker",
        "--concurrency", "4", "--fetch-job-polling-interval", "1",
    ]  # fmt: skip


def run(*, port: int) -> int:
    """Run this node until SIGTERM or Ctrl-C; exit code 0 after an orderly stop."""
    ending = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    home = homes.node_home()
    homes.prepare_secrets(home)
    with homes.database(home) as server:
        homes.start_django(migrate=True)
        from django.db import connections

        connections.close_all()
        children = [Child("web", web_command(port)), Child("worker", worker_command())]
        for child in children:
            child.start()
        homes.say(f"running on port {port}")
        while not ending.wait(0.2):
            if server is not None:
                server.watch()
            for child in children:
                child.watch()
        for child in children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + _STOP_AFTER
        for child in children:
            child.stop(until)
    return 0
