"""Nodes that are there already: made once in a run by `ayni node init`, then copied.

Making one takes eight seconds of processor time. What making does is tested in test_making.py and
test_command.py; other tests need a node of which nobody knows anything yet. Copies have the same
keys and are never shown to each other.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ayni.config import demonstration
from ayni.node import binaries
from ayni.node.demo.platform import Platform
from ayni.node.home import NODE_FILE
from ayni.node.postgres import Server

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("--name-es", "Inventado", "--name-pt", "Inventado", "--name-en", "Invented")
ZONES = {"bo": ("BO", "America/La_Paz"), "uy": ("UY", "America/Montevideo")}


def ayni(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with these settings only."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
    return subprocess.run(
        [sys.executable, "-m", "ayni.node.command", *arguments],
        env={**kept, **environment},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def place_of(code: str) -> tuple[str, ...]:
    """What `ayni institution add` is told of a state's programme, after its code."""
    country, zone = ZONES[code]
    return ("--kind", "programme", "--stands-in", country, "--time-zone", zone, *NAMES)


def made_home(code: str, home: Path, *, demo: bool = False, programme: bool = False) -> None:
    """`home`, a new folder, becomes a node of this state; of a demonstration, or with the state's
    programme as its institution, where that is asked."""

    def make(new: Path) -> None:
        if programme:
            made_home(code, new, demo=demo)
            words = ("institution", "add", f"{code}-programme", *place_of(code))
        else:
            words = ("node", "init")
        told = {"AYNI_NODE": code, "AYNI_HOME": str(new), "AYNI_DEMO": str(demo).lower()}
        done = ayni(*words, **told)
        assert done.returncode == 0, done.stderr

    _copied(f"{code}{'-demo' * demo}{'-programme' * programme}", home, make)


def initialised_home(home: Path) -> None:
    """`home`, a new folder, has a PostgreSQL that has run once; nothing else of a node."""

    def make(new: Path) -> None:
        server = Server(new)
        server.start()
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)

    _copied("initialised", home, make)


def _copied(name: str, home: Path, make: Callable[[Path], None]) -> None:
    if binaries.runner().private_base is not None:  # the data of PostgreSQL lie elsewhere
        make(home)
        return
    shelf = Path(os.environ["AYNI_TEST_MADE"])
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    pattern = shelf / name
    with (shelf / f"{name}.lock").open("w") as one:
        fcntl.flock(one, fcntl.LOCK_EX)
        if not pattern.exists():
            making = shelf / f"{name}.new"
            shutil.rmtree(making, ignore_errors=True)  # of a test that failed in its middle
            make(making)
            making.rename(pattern)
    shutil.copytree(pattern, home)


class Copied(Platform):
    """A demonstration that is founded on copies of one database, made before it has keys of its
    own: to its neighbours each is another node. With a database each: test_demo_check.py."""

    def _before_founding(self) -> None:
        for code in self.codes:
            _copied("founding", self.home(code), _without_identity)
            told = {"format": 1, "node": code}
            (self.home(code) / NODE_FILE).write_text(json.dumps(told) + "\n")
            demonstration.mark_home(self.home(code), code)


def _without_identity(new: Path) -> None:
    done = ayni("demo-node", AYNI_NODE="ar", AYNI_HOME=str(new), AYNI_DEMO="true")
    assert done.returncode == 0, done.stderr


@contextmanager
def database_of(home: Path) -> Iterator[Server]:
    """The PostgreSQL of a node runs meanwhile: a command finds it there, and starts and stops none
    of its own."""
    server = Server(home)
    with server.used():
        yield server
    shutil.rmtree(server.sockets, ignore_errors=True)
