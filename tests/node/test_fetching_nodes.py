"""Two real nodes, one of which nobody can reach: it fetches all, and nothing is lost."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ayni.config import demonstration
from ayni.exchange import (
    chunk_fetching,
    chunk_tasks,
    courier,
    fetch_tasks,
    missing,
    resting,
    tasks,
)
from ayni.node.demo.platform import Platform
from tests.faults.court import Court
from tests.faults.invariants import check, read
from tests.faults.logs import errors
from tests.faults.nodes import Node, free_port
from tests.faults.office import FIELDS
from tests.faults.plan import Kind

pytestmark = pytest.mark.whole

SIZE = 40 * 262_144 + 11  # bytes of the file

# The longest that a step may take, from the intervals of the node itself: a worker was killed in
# its work; then the same attachment could not be fetched, or its peer told, three times in a row
# (whoever rests waits for the next round); all of it is here, and the first look at it failed; the
# word about it goes out, the number before it in its conversation being asked for.
KILLED = tasks.STALLED_AFTER + tasks.STALLED_EVERY
FETCHED = fetch_tasks.EVERY + chunk_fetching.SECONDS
RESTED = sum(1.25 * resting.FIRST_WAIT.total_seconds() * 2**n + FETCHED for n in range(3))
LOOKED_AT = chunk_tasks.LOOK_EVERY + 1.25 * resting.FIRST_WAIT.total_seconds()
HEARD = courier.LOOK_EVERY + missing.FIRST_ASK.total_seconds() + 60  # `apply_waiting`
WITHIN = KILLED + FETCHED + RESTED + LOOKED_AT + HEARD


class Behind(Node):
    """A node behind a firewall: its door listens where no directory says."""

    def environment(self) -> dict[str, str]:
        """Of all of its processes."""
        return {**super().environment(), "AYNI_FETCHES": "true"}


class Pair:
    """Argentina, and Bolivia that cannot be reached."""

    def __init__(self, folder: Path) -> None:
        self.platform = Platform(folder, ("ar", "bo"), any_port=True, persons=False)
        self.nodes: dict[str, Node] = {}
        self.accepted: dict[str, set[str]] = {"ar": set(), "bo": set()}

    def raise_up(self) -> None:
        """Found the platform, start both, and close the way to Bolivia by a next directory."""
        self.platform.make()
        self.nodes = {"ar": Node("ar", self.platform), "bo": Behind("bo", self.platform)}
        for node in self.nodes.values():
            node.begin()
        for node in self.nodes.values():
            self.goes_on(node)
            node.tell("rotate", pins=[node.pin])
        sheets = {code: node.tell("key_sheet") for code, node in self.nodes.items()}
        for code, node in self.nodes.items():
            node.tell("learn", sheets=[s for c, s in sheets.items() if c != code])
        self._close()

    def _close(self) -> None:
        ports = {"ar": self.nodes["ar"].port, "bo": free_port()}  # nobody listens there
        endpoints = {
            code: {"connect_to": f"127.0.0.1:{port}", "url": f"https://{code}.localhost:{port}"}
            for code, port in ports.items()
        }
        proposal = self.nodes["ar"].tell("propose", endpoints=endpoints)
        votes = [node.tell("vote", document=proposal) for node in self.nodes.values()]
        marked = demonstration.sign_directory(proposal["body"])
        votes.append({"body": proposal["body"], "signatures": [marked]})
        for node in self.nodes.values():
            node.tell("publish", votes=votes)

    def goes_on(self, node: Node) -> None:
        """Wait for a node that was started, and let its officers come."""
        node.wait_up()
        if node.driver is None:
            node.begin_driver()
            assert node.driver is not None
            node.driver.answer()

    def killed(self, code: str) -> None:
        """SIGKILL to everything of a node, PostgreSQL too; then it starts again."""
        node = self.nodes[code]
        assert node.kill(Kind.KILL_NODE) > 3
        node.begin()
        node.wait_up()

    def work(self, on: bool) -> None:
        """The officers of both work, or stop."""
        for node in self.nodes.values():
            node.tell("work", on=on, pause=0.5)

    def note(self) -> None:
        """Remember what was accepted, and let nobody rest for long."""
        for code, node in self.nodes.items():
            self.accepted[code].update(node.tell("accepted"))
            node.tell("wake")

    def wait(self, what: str, reached: Callable[[], bool], attachment: str = "") -> None:
        """Until it is so. Fails after a while, and says how an attachment stands on both sides."""
        until = time.monotonic() + WITHIN
        while not reached():
            self.note()
            told = {code: node.tell("under_way")[:5] for code, node in self.nodes.items()}
            stands = attachment and {
                code: node.tell("standing", attachment=attachment)
                for code, node in self.nodes.items()
            }
            assert time.monotonic() < until, f"{what}: {told} {stands}"
            time.sleep(0.5)

    def strike_down(self) -> None:
        """Stop both."""
        for node in self.nodes.values():
            node.stop()
        self.platform.remove()


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="ayni-p-") as name:
        found = Pair(Path(name))
        try:
            found.raise_up()
            yield found
        finally:
            found.strike_down()


def _nothing_under_way(pair: Pair) -> bool:
    return not any(node.tell("under_way") for node in pair.nodes.values())


@pytest.mark.nodes
def test_a_node_that_nobody_can_reach_loses_nothing_though_both_are_killed(
    pair: Pair, tmp_path: Path
) -> None:
    pair.work(on=True)
    for code in ("bo", "ar"):
        before = len(pair.nodes["bo"].tell("books", evidence_of=0, chain=False)["got"])
        pair.wait("something is fetched", lambda b=before: _got(pair) > b)  # type: ignore[misc]
        pair.killed(code)
        pair.note()
    pair.work(on=False)
    pair.wait("everything comes to its end", lambda: _nothing_under_way(pair))
    pair.note()

    books = {
        code: read(node.tell("books", evidence_of=1000, chain=True))
        for code, node in pair.nodes.items()
    }
    assert check(books, pair.accepted) == []
    assert len(books["bo"].got) > 4
    assert len(books["ar"].got) > 4
    assert [each for node in pair.nodes.values() for each in errors(node.log_lines())] == []

    both = sorted(set(books["ar"].records) & set(books["bo"].records))
    court = Court(tmp_path / "evidence")
    court.take(both[0], list(pair.nodes.values()))
    assert court.verdict() == ""
    sys.stderr.write(f"fetched: {len(books['bo'].got)} messages, {len(both)} referrals\n")


def _got(pair: Pair) -> int:
    return len(pair.nodes["bo"].tell("books", evidence_of=0, chain=False)["got"])


@pytest.mark.nodes
def test_a_file_for_it_is_fetched_from_where_it_was_cut_off(pair: Pair) -> None:
    ar, bo = pair.nodes["ar"], pair.nodes["bo"]
    sent = ar.tell(
        "attach", to="bo", institution="bo-consulate-ar", fields=sorted(FIELDS), size=SIZE
    )
    one = sent["attachment"]

    pair.wait("chunks come", lambda: bo.tell("standing", attachment=one)["have"] > 0, one)
    pair.killed("bo")
    pair.wait(
        "it was looked at", lambda: bo.tell("standing", attachment=one)["hold"] == "whole", one
    )
    pair.wait(
        "its sender knows",
        lambda: _pair_of(ar.tell("standing", attachment=one)) == ("arrived", "arrived"),
        one,
    )

    assert bo.tell("standing", attachment=one)["standing"] == "ready"
    assert bo.tell("open", attachment=one) == sent["sha256"]


def _pair_of(told: dict[str, str]) -> tuple[str, str]:
    return told["standing"], told["hold"]
