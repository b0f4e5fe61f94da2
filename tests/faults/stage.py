"""A run on its nodes: found them, lead their ways through the proxy, play rounds, judge books."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from ayni.config import demonstration
from ayni.node.demo.platform import Platform
from ayni.node.postgres import Server
from tests.faults import dear
from tests.faults.court import Court
from tests.faults.dice import Dice
from tests.faults.invariants import Allowed, Books, Broken, check, leapt, read, talk_of, wounded
from tests.faults.logs import errors
from tests.faults.nodes import Failed, Node, free_port
from tests.faults.plan import RESTORES, Fault, Round
from tests.faults.proxy import Door, Proxy
from tests.faults.wire import HERE, THERE, Wire

CODES = ("ar", "bo", "secretariat")
STATES = ("ar", "bo")
_STRUCK_WITHIN = 240.0  # seconds until the faults of one round have found a request
_QUIET_WITHIN = 240.0
_ALL = 10_000  # conversations: more than a run has


class Stage:
    """The nodes of a run. `small`: those that get a small disk; `messages` counts what has arrived;
    `skipped`: kind -> why not here; `seconds`: where the time went; `no_space`: why there are no
    namespaces here, or ""."""

    def __init__(
        self,
        folder: Path,
        say: Callable[[str], None],
        *,
        seed: int,
        small: frozenset[str] = frozenset(),
        no_space: str = "",
    ) -> None:
        self.folder, self.say, self.small = folder, say, small
        self.platform = Platform(folder, CODES, any_port=True, persons=False)
        self.nodes: dict[str, Node] = {}
        self.doors: dict[str, Door] = {}
        self.struck: list[Fault] = []
        self._new = threading.Event()
        self.proxy = Proxy(self._strike)
        self.accepted: dict[str, set[str]] = {code: set() for code in CODES}
        self.allowed = Allowed()
        self.court = Court(folder / "evidence")
        self._seed, self._dice = seed, Dice(f"court {seed}")
        self.messages = 0
        self.skipped: dict[str, str] = {}
        self.seconds: Counter[str] = Counter()
        self.books: dict[str, Books] = {}
        self.no_disk = ""  # why nodes cannot lie on small disks here
        self.wire: Wire | None = None
        self.no_wire = no_space  # why nothing can be done to packets here
        if not no_space:
            try:
                self.wire = Wire(seed)
            except OSError as wrong:
                self.no_wire = f"no device for packets: {wrong}"
        self._behind: dict[str, int] = {}  # nodes that have to find a directory

    @contextlib.contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Count the seconds of this block under a name."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[what] += round(time.monotonic() - began, 1)

    def _strike(self, fault: Fault) -> None:
        self.struck.append(fault)
        self._new.set()

    # -- up and down

    def raise_up(self) -> None:
        """Found the platform and start everything. Raises `Failed`."""
        self.say("three nodes are made")
        self.platform.make()
        for code in CODES:
            self.nodes[code] = Node(code, self.platform, self.say, self._seed)
            if code in self.small:
                self._make_small(self.nodes[code])
        self._begin(list(self.nodes.values()))
        self._secure()
        for code in CODES:
            self._offer(code)
        self.move(CODES)

    def _begin(self, nodes: list[Node]) -> None:
        for node in nodes:
            if node.process is None:
                node.begin()
        for node in nodes:
            node.wait_up()
            node.begin_driver()
        for node in nodes:
            assert node.driver is not None
            node.driver.answer()

    def start_again(self, nodes: list[Node], *, work: bool = True) -> None:
        """Stop these nodes in order and start them with what has changed; their officers go on."""
        if all(node.driver is not None for node in nodes):
            self.tend()
        for node in nodes:
            node.stop()
        self._begin(nodes)
        for node in nodes:
            node.tell("work", on=work)

    def wait_for_directory(self) -> None:
        """Until everybody has found the newest: one that a machine takes down with it, before
        anybody else has it, is published again by people. Raises `Failed`."""
        deadline = time.monotonic() + _QUIET_WITHIN
        while self._behind:
            if time.monotonic() > deadline:
                raise Failed(f"{', '.join(self._behind)}: the newest directory is not found")
            self.tend()
            time.sleep(0.2)

    def wait_for_accounts(self, node: Node) -> None:
        """Until every peer has told a restored node what passed. Raises `Failed`."""
        deadline = time.monotonic() + _QUIET_WITHIN
        while any(each.startswith("account of") for each in node.tell("under_way")):
            if time.monotonic() > deadline:
                raise Failed(f"{node.code} has not learnt from its peers what it lost")
            time.sleep(0.5)
            self.tend()

    def _make_small(self, node: Node) -> None:
        """Move the node, which does not run, to a small disk mounted in its place."""
        aside = node.home.with_name(f"{node.code}.aside")
        node.home.rename(aside)
        node.home.mkdir(mode=0o700)
        self.no_disk = dear.small_disk(node.home)
        subprocess.run(["cp", "-a", f"{aside}/.", str(node.home)], check=True)
        shutil.rmtree(aside)

    def _secure(self) -> None:
        """Each node's TLS key stands in its key sheet, before anybody connects by it."""
        for node in self.nodes.values():
            node.tell("rotate", pins=[node.pin])
        sheets = {code: node.tell("key_sheet") for code, node in self.nodes.items()}
        for code, node in self.nodes.items():
            node.tell("learn", sheets=[s for c, s in sheets.items() if c != code])

    def _offer(self, code: str) -> None:
        node = self.nodes[code]
        host = "127.0.0.1" if self.wire is None else HERE
        pair = (node.tls / "tls.crt", node.tls / "tls.key")
        door = Door(code, free_port(host), node.port, *pair, host=host)
        self.proxy.open(door)
        self.doors[code] = door

    def move_away(self, code: str) -> None:
        """In the middle of the traffic a node's address changes by a next directory, which one
        state publishes and the others have to find; the old address is dead at once. A proposal
        follows from the newest directory, so whoever votes has found that."""
        self.wait_for_directory()
        old = self.doors[code]
        self._offer(code)
        self.proxy.arm(self.doors[code], list(old.armed))
        old.armed.clear()
        self.proxy.close(old.port)
        first = next(state for state in STATES if state != code)
        self.have_to_find(self.move((code,), at=[first]), but=first)

    def is_behind(self, restored: Node) -> None:
        """A restored node has to find the directory that the others have."""
        known = [node.tell("directory") for node in self.nodes.values() if node is not restored]
        self._behind[restored.code] = max(known)

    def move(self, codes: tuple[str, ...], at: Sequence[str] = CODES) -> int:
        """A next directory, by the votes of both states, with the addresses that these members
        have now, published at these nodes; its number."""
        host = "127.0.0.1" if self.wire is None else THERE
        endpoints = {
            code: {
                "connect_to": f"{host}:{self.doors[code].port}",
                "url": f"https://{code}.localhost:{self.doors[code].port}",
            }
            for code in codes
        }
        return self.publish(at=at, endpoints=endpoints)

    def publish(
        self, *, at: Sequence[str], by: str = STATES[0], voters: Sequence[str] = STATES, **new: Any
    ) -> int:
        """A next directory as one state proposes it, with these votes, published at these nodes;
        its number."""
        proposal = self.nodes[by].tell("propose", **new)
        marked = demonstration.sign_directory(proposal["body"])
        votes = [self.nodes[code].tell("vote", document=proposal) for code in voters]
        votes.append({"body": proposal["body"], "signatures": [marked]})
        return [int(self.nodes[code].tell("publish", votes=votes)) for code in at][0]

    def have_to_find(self, number: int, *, but: str) -> None:
        """All nodes but one have to find this directory."""
        self._behind = {code: number for code in CODES if code != but}

    def done(self) -> dict[str, int]:
        """What the officers of all nodes did, and what was refused to them, counted."""
        told: Counter[str] = Counter()
        for node in self.nodes.values():
            told.update(node.tell("done"))
        return dict(sorted(told.items()))

    def started_again(self) -> list[str]:
        """Which nodes gave up in their start, and why."""
        return [f"{code}: {why}" for code, node in self.nodes.items() for why in node.manager.told]

    def strike_down(self) -> None:
        """Stop everything; a second time does nothing."""
        self.proxy.stop()
        if self.wire is not None:
            self.wire.stop()
            self.wire = None
        for node in self.nodes.values():
            node.stop()

    def kept_logs(self) -> list[Path]:
        """The logs of the nodes, their officers and their databases, in a folder that outlives
        the nodes."""
        folder = self.folder / "told"
        folder.mkdir(exist_ok=True)
        for code, node in self.nodes.items():
            logs = {
                f"{code}.log": node.log,
                f"{code}.driver.log": node.log.with_suffix(".driver.log"),
                f"{code}.postgresql.log": Server(node.home).log,
            }
            for name, log in logs.items():
                if log.exists():
                    shutil.copyfile(log, folder / name)
        return sorted(folder.iterdir())

    def _remove_nodes(self) -> None:
        for node in self.nodes.values():
            dear.remove(node)
        self.platform.remove()

    def remove(self, *, but: Collection[str] = ()) -> None:
        """Remove the nodes' folders, wherever they lie, and the copies and the evidence but these
        ("copies", "evidence")."""
        self._remove_nodes()
        for part in {"copies", "evidence"} - set(but):
            shutil.rmtree(self.folder / part, ignore_errors=True)

    # -- a round

    def play(self, each: Round) -> None:
        """Arm the faults of the network, and do the dear ones when their time has come."""
        self.struck.clear()
        with self.timed("backups"):
            self._make_backups(each)
        self.begin_work()
        for code, door in self.doors.items():
            self.proxy.arm(door, [fault for fault in each.network if fault.node == code])
        left = list(each.dear)
        deadline = time.monotonic() + _STRUCK_WITHIN
        while left or len(self.struck) < len(each.network):
            while left and left[0][0] <= len(self.struck):
                _when, fault = left.pop(0)
                began = time.monotonic()
                with self.timed(fault.kind.value):
                    dear.do(self, fault)
                deadline += time.monotonic() - began  # of a restore, nobody works meanwhile
            self._new.clear()
            self._new.wait(0.5)
            self.tend()
            if time.monotonic() > deadline:
                missing = len(each.network) - len(self.struck)
                raise Failed(f"{missing} faults of the network found no request: nothing moves")

    def _make_backups(self, each: Round) -> None:
        """Nodes that will be lost in this round have a backup, made while officers work."""
        lost = {fault.node for _when, fault in each.dear if fault.kind in RESTORES}
        if not lost:
            return
        if not self.books:
            self.books = self._read_books(evidence_of=0, chain=False)
        self.begin_work()
        for code in sorted(lost):
            dear.back_up(self, self.nodes[code])

    def work_for(self, seconds: float) -> None:
        """Let the officers work and the faults strike."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.5)
            self.tend()

    def tend(self) -> None:
        """A node that gave up in its start is started again, peers that rest are asked again soon,
        who is behind looks for the directory, and what was accepted is remembered."""
        for node in self.nodes.values():
            node.tend()
        for code, number in list(self._behind.items()):
            self.nodes[code].tell("refresh")
            if self.nodes[code].tell("directory") >= number:
                del self._behind[code]
        there = [(code, node.driver) for code, node in self.nodes.items() if node.driver]
        for _code, driver in there:
            driver.ask("wake")
            driver.ask("accepted")
        for code, driver in there:
            driver.answer()
            self.accepted[code].update(driver.answer())

    # -- the books

    def judge(self, *, everything: bool) -> list[Broken]:
        """Wait until nothing is under way; what is broken then. With `everything` all conversations
        are judged by their evidence, in which most messages stand in a signed head."""
        if self.wire is not None:
            self.wire.calm()
        for door in self.doors.values():
            self.proxy.quiet(door)
        if everything:  # the day's heads, of which the evidence then tells
            for node in self.nodes.values():
                node.tell("sign_heads")
        with self.timed("rest"):
            self.rest()
        with self.timed("books"):
            found = self._read_books(evidence_of=_ALL if everything else 40, chain=True)
        self.books = found
        self.messages = sum(len(own.got) for own in found.values())
        with self.timed("evidence"):
            said = self.court.verdict()
            self.to_court()
            said = said or (self.court.verdict() if everything else "")
        broken = [Broken("evidence", "", said)] if said else []
        for code, node in self.nodes.items():
            broken += [Broken("software", code, each) for each in errors(node.log_lines())]
            if node.tell("deadlocks"):
                broken.append(Broken("deadlock", code, "two transactions waited for each other"))
        return broken + check(found, self.accepted, self.allowed)

    def begin_work(self) -> None:
        """The officers work."""
        for node in self.nodes.values():
            node.tell("work", on=True)

    def rest(self) -> None:
        """The officers stop, and everything that is under way comes to its end."""
        for node in self.nodes.values():
            node.tell("work", on=False)
        self._wait_quiet()
        self.tend()

    def _read_books(self, *, evidence_of: int, chain: bool) -> dict[str, Books]:
        folder = ""
        if evidence_of == _ALL:
            self.court.all.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = str(self.court.all)
        for node in self.nodes.values():
            assert node.driver is not None
            node.driver.ask("books", evidence_of=evidence_of, chain=chain, folder=folder)
        found: dict[str, Books] = {}
        for code, node in self.nodes.items():
            assert node.driver is not None
            found[code] = read(node.driver.answer())
        return found

    def _wait_quiet(self) -> None:
        deadline = time.monotonic() + _QUIET_WITHIN
        while True:
            told: dict[str, list[str]] = {}
            self.tend()
            for code, node in self.nodes.items():
                node.tell("wake")
                node.tell("apply_waiting")
                # Of a file whose conversation has lost a part: it may never come to its end.
                told[code] = [
                    each
                    for each in node.tell("under_way")
                    if each.partition(":")[0] not in self.allowed.wounded
                ]
            if not any(told.values()) and not self._behind:
                return
            if time.monotonic() > deadline:
                left = "; ".join(f"{c}: {', '.join(w[:4])}" for c, w in told.items() if w)
                raise Failed(f"after {_QUIET_WITHIN:.0f} s still under way: {left}")
            time.sleep(0.5)

    def summary(self) -> str:
        """How much has passed."""
        records = sum(len(own.records) for own in self.books.values())
        return f"{self.messages} messages, {records // 2} records on both sides"

    def to_court(self) -> None:
        """One conversation of which no restore or removal has left out a part is written down by
        both its nodes. Raises `Failed`."""
        whole = sorted(self._whole())
        if whole:
            self.court.take(self._dice.one_of(whole), [self.nodes[code] for code in STATES])

    def _whole(self) -> set[str]:
        both = set.intersection(
            *({talk_of(key) for key in self.books[code].records} for code in STATES)
        )
        return both - wounded(self.books, self.allowed) - leapt(self.books, self.allowed)

    def judge_afterwards(self) -> str:
        """Stop and remove every node with its database; then all evidence is judged once more. Why
        it does not hold, or ""."""
        self.kept_logs()
        self.strike_down()
        self._remove_nodes()
        with self.timed("afterwards"):
            before = {code: own.evidence for code, own in self.books.items()}
            return self.court.judge_afterwards(before, self._whole())
