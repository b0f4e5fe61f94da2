"""Faults of whole nodes: killed, moved, rotated, with a wrong clock, a full disk, or lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ayni.node import aging
from ayni.node.postgres import Server
from tests.faults import absence
from tests.faults.invariants import Books, excused, read
from tests.faults.nodes import ROOT, Failed, Node
from tests.faults.plan import DISKS, Fault, Kind
from tests.faults.wire import SEVERED, STORM

if TYPE_CHECKING:
    from tests.faults.stage import Stage

_DISK = 768  # MB, of which PostgreSQL asks for 128 before it starts
_FULL_FOR = 8.0  # seconds
_WRONG_FOR = 12.0
_RUNS_WITHIN = 60.0


def do(stage: Stage, fault: Fault) -> None:
    """Let one fault happen."""
    node = stage.nodes[fault.node]
    match fault.kind:
        case Kind.KILL_NODE:
            node.kill(fault.kind)
            node.begin()
        case Kind.ROTATE:
            _rotate(stage, node)
        case Kind.DIRECTORY:
            stage.move_away(fault.node)
        case Kind.CLOCK:
            _wrong_clocks(stage, {fault.node: fault.amount})
        case Kind.CLOCKS:
            _wrong_clocks(stage, two_clocks(fault, list(stage.nodes)))
        case Kind.DISK | Kind.DISK_SECRETARIAT:
            _full_disk(stage, node)
        case Kind.RESTORE | Kind.RESTORE_SECRETARIAT:
            _restore(stage, node)
        case Kind.AWAY:
            absence.away(stage, node)
        case Kind.REMOVED:
            absence.removed(stage, fault.node)
        case Kind.PACKETS | Kind.SEVERED:
            _weather(stage, fault)
        case _:
            _kill(node, fault)


def _kill(node: Node, fault: Fault) -> None:
    """What an earlier fault has killed is awaited: a kill that hits nothing is none."""
    until = time.monotonic() + _RUNS_WITHIN
    while not node.kill(fault.kind, fault.number):
        node.tend()
        if time.monotonic() > until:
            raise Failed(f"{node.code}: nothing runs that {fault.kind.value} could hit")
        time.sleep(0.1)


def _rotate(stage: Stage, node: Node) -> None:
    """A member that was removed makes no keys until it has found that it is taken in again."""
    if node.code not in {entry["node"] for entry in node.tell("members")}:
        stage.wait_for_directory()
    node.tell("rotate")


def _weather(stage: Stage, fault: Fault) -> None:
    """Packets to and from the node meet a storm, or nothing passes, for so long; the run goes on
    meanwhile."""
    if stage.wire is None:
        stage.skipped[fault.kind.value] = stage.no_wire
        return
    weather = STORM if fault.kind is Kind.PACKETS else SEVERED
    stage.wire.change(stage.doors[fault.node].port, weather, fault.amount)


# -- wrong clocks


def two_clocks(fault: Fault, nodes: Sequence[str]) -> dict[str, float]:
    """Which two clocks are off, and by how many hours: to one side or to both, as the fault's
    number says."""
    other = nodes[(nodes.index(fault.node) + 1 + fault.number % 2) % len(nodes)]
    return {fault.node: fault.amount, other: fault.amount * (0.6 if fault.number % 4 < 2 else -0.8)}


def _wrong_clocks(stage: Stage, hours: Mapping[str, float]) -> None:
    """These clocks are off for a while, in the middle of the traffic. What was sent ahead of time
    waits: on all nodes the time passes until then, and everything comes to its end; then the clocks
    are right again. What an earlier fault has killed is awaited: no node starts beside a database
    whose time is another."""
    for each in stage.nodes.values():
        each.wait_up()
    for code, off in hours.items():
        stage.nodes[code].set_clock(off)
    stage.work_for(_WRONG_FOR)
    latest = max(hours.values())
    if latest > 0:
        for each in stage.nodes.values():
            each.set_clock(latest)
        stage.rest()
    for each in stage.nodes.values():
        each.set_clock(0)
    time.sleep(0.5)
    stage.begin_work()


# -- a full disk


def small_disk(folder: Path) -> str:
    """Mount a small file system of its own at an empty folder; why that is impossible, or ""."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK}m,mode=0700", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "" if done.returncode == 0 else f"mount: {done.stderr.strip()}"


def unmount(folder: Path) -> None:
    """Take it away again."""
    if os.path.ismount(folder):
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)


@contextlib.contextmanager
def _filled(folder: Path) -> Iterator[None]:
    """No byte is free in the file system of this folder."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while file.write(b"\0" * 1_048_576):
                    pass
            with contextlib.suppress(OSError):
                while file.write(b"\0" * 4096):
                    pass
        yield
    finally:
        ballast.unlink(missing_ok=True)


def _full_disk(stage: Stage, node: Node) -> None:
    if not os.path.ismount(node.home):
        for kind in DISKS:
            stage.skipped[kind.value] = stage.no_disk or "the node lies on a large disk"
        return
    with _filled(node.home):
        time.sleep(_FULL_FOR)  # nobody asks the drivers: theirs cannot answer now
    node.wait_up()


# -- a backup, and the loss of the machine


def back_up(stage: Stage, node: Node) -> None:
    """Copies of database and keyring, as every night."""
    folder = stage.folder / "copies"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        secret, public = aging.new_identity()
        for name, text in (("secret", secret), ("public", public)):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text + "\n")
    _ayni(stage, node, "backup", "make", "--recipients", str(folder / "public"))


def _ayni(stage: Stage, node: Node, *line: str) -> None:
    folder = stage.folder / "copies"
    places = ("--folder", str(folder / f"{node.code}-data"))
    keys = ("--keyring-folder", str(folder / f"{node.code}-keys"))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ayni.node.command", *line, *places, *keys],
        env=node.environment(), cwd=ROOT, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{node.code}: ayni {' '.join(line)}: {done.stderr.strip()}")


def _restore(stage: Stage, node: Node) -> None:
    """The machine is lost, and another one comes back from the backup made in this round; what it
    missed it has to learn from the others."""
    known = stage.books[node.code]
    stage.wait_for_directory()
    stage.tend()
    node.kill(Kind.KILL_NODE)
    node.end_driver()
    # What a sender let go of long ago does not reach a machine that was made anew meanwhile; and
    # what the lost one had sent whole is in the others' books before these are read.
    for door in stage.doors.values():
        stage.proxy.abandon(door)
    for door in stage.doors.values():
        stage.proxy.settle(door)
    others = _books_of_others(stage, node)
    told = stage.accepted[node.code] - set(known.sent)
    remove(node)
    node.move_to(stage.folder / f"{node.code}-{time.monotonic_ns()}")
    if stage.small and not stage.no_disk:
        node.home.mkdir(mode=0o700)
        stage.no_disk = small_disk(node.home)
    _ayni(stage, node, "restore", "--identity", str(stage.folder / "copies" / "secret"))
    stage.start_again([node], work=False)
    stage.is_behind(node)
    # Its officers begin when the others have told what passed: until then numbers are left out in
    # conversations, and who follows them waits for two minutes.
    stage.wait_for_accounts(node)
    node.tell("work", on=True)
    stage.allowed = excused(stage.allowed, node.code, known, others, told)


def _books_of_others(stage: Stage, node: Node) -> dict[str, Books]:
    return {
        code: read(each.tell("books", evidence_of=0, chain=False))
        for code, each in stage.nodes.items()
        if each is not node
    }


def remove(node: Node) -> None:
    """Nothing is left of a node that does not run."""
    server = Server(node.home)
    for folder in (server.folder, server.sockets):
        shutil.rmtree(folder, ignore_errors=True)
    unmount(node.home)
    shutil.rmtree(node.home, ignore_errors=True)
