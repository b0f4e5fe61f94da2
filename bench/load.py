"""`make bench-load`: half an hour of steady work on a node of 100,000 cases, then a burst. Prints
JSON: failures, memory over time, how soon the node is itself again after the burst, and which
part of a case page audit, permission checks and row-level security take."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import pages
from bench.guards import guards
from bench.measuring import say, signed_in

EVERY = 5.0  # seconds between two looks at the memory
FLAT = 0.05
MOST_FAILED, NEAR, BACK_WITHIN = 0.01, 1.2, 60
MOST_FOR_GUARDS = 0.30


def _memory(root: int) -> int:
    """Bytes that a process and all below it hold for themselves (proportional set size: memory
    shared by several is divided among them)."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(") ")[2].split()[1])
    ours = {root}
    for _ in range(len(parents)):
        more = {child for child, parent in parents.items() if parent in ours} - ours
        if not more:
            break
        ours |= more
    total = 0
    for process in ours:
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(
            int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
        )
    return total * 1024


class Memory:
    """Looks at the memory of a node while something else goes on. `seen`: (seconds, bytes)."""

    def __init__(self, root: int, *, every: float) -> None:
        self.seen: list[tuple[float, int]] = []
        self._root, self._every = root, every
        self._over = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Until the block ends."""
        began = time.monotonic()

        def look() -> None:
            while not self._over.wait(self._every):
                self.seen.append((time.monotonic() - began, _memory(self._root)))

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def drift(self) -> float:
        """How far the last fifth lies above or below the first fifth, as a part of the first."""
        if len(self.seen) < 5:
            raise RuntimeError("too short: memory was seen fewer than five times")
        part = max(1, len(self.seen) // 5)
        first = statistics.median(held for _, held in self.seen[:part])
        last = statistics.median(held for _, held in self.seen[-part:])
        return round(last / first - 1, 4)

    def megabytes(self) -> list[tuple[int, int]]:
        """About thirty points: seconds since the beginning, megabytes."""
        step = max(1, len(self.seen) // 30)
        return [(int(at), held // 1024 // 1024) for at, held in self.seen[::step]]


def _steady(node: int, plan: pages.Plan, options: argparse.Namespace) -> dict[str, Any]:
    memory = Memory(node, every=min(EVERY, options.seconds / 10))
    with memory.watched():
        result = pages.load(plan, rate=options.rate, seconds=options.seconds, offset=100_000)
    return {**result, "memory_mb": memory.megabytes(), "memory_drift": memory.drift()}


def _back_after(plan: pages.Plan, options: argparse.Namespace, usual: float) -> dict[str, Any]:
    """Slices of ten seconds after the burst: in which the p95 is near the usual one again."""
    slices = []
    part = min(10.0, options.seconds)
    for number in range(int(BACK_WITHIN // 10)):
        found = pages.load(plan, rate=options.rate, seconds=part, offset=300_000 + number * 1000)
        slices.append(found["reads"]["p95"])
        if found["failed"] == 0 and found["reads"]["p95"] <= usual * NEAR:
            return {"seconds": round((number + 1) * part), "p95": slices}
    return {"seconds": None, "p95": slices}


def under_load(plan: pages.Plan, options: argparse.Namespace) -> dict[str, Any]:
    """Warm-up, steady work, burst, and the way back."""
    with pages.running(plan) as node:
        say("warming up")
        pages.load(plan, rate=options.rate, seconds=options.warm_up)
        say(f"{options.rate} arrivals a second for {options.seconds} s")
        steady = _steady(node, plan, options)
        say(f"a burst of {options.rate * 5} a second")
        burst = pages.load(plan, rate=options.rate * 5, seconds=options.burst, offset=200_000)
        burst["failed_part"] = round(burst["failed"] / (options.rate * 5 * options.burst), 4)
        say("the way back")
        back = _back_after(plan, options, steady["reads"]["p95"])
    return {"steady": steady, "burst": burst, "back": back}


def of_a_page(plan: pages.Plan, asks: int, bound: Callable[[bool], Any]) -> dict[str, Any]:
    """Milliseconds of a case page that audit, permission checks and row-level security take.

    `bound(False)` is a context in which the database does not apply row-level security.
    """
    get, cases = signed_in("ar.localhost", plan.sessions[0]), plan.cases[0]

    def case_page(number: int) -> None:
        get(f"/cases/{cases[number * 31 % len(cases)]}")

    return guards(case_page, asks, bound)


def holds(result: dict[str, Any]) -> bool:
    """Whether every limit was kept."""
    steady, burst = result["steady"], result["burst"]
    return bool(
        steady["failed"] == 0
        and abs(steady["memory_drift"]) <= FLAT
        and burst["failed_part"] < MOST_FAILED
        and result["back"]["seconds"] is not None
        and result["guards"]["part"] <= MOST_FOR_GUARDS
    )


def main() -> int:
    """Print the result as JSON; 0 if every limit held."""
    parser = argparse.ArgumentParser(prog="bench.load")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--burst", type=float, default=60)
    parser.add_argument("--warm-up", type=float, default=60)
    parser.add_argument("--asks", type=int, default=300, help="of a page, one at a time")
    parser.add_argument("--port", type=int, default=8791)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ayni-bench-"))
    os.environ.update(AYNI_NODE="ar", AYNI_HOME=str(home), AYNI_LISTEN=f"127.0.0.1:{options.port}")
    from ayni.node import home as homes

    try:
        with homes.ready(homes.resolve()) as server:
            plan = pages.filled(options)
            found = {
                "cases": options.cases,
                "guards": of_a_page(plan, options.asks, _bound(server)),
            }
            result = {**found, **under_load(plan, options)}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    result["ok"] = holds(result)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0 if result["ok"] else 1


def _bound(server: Any) -> Callable[[bool], Any]:
    """Asks the database as the plain role, or as one that row-level security does not bind."""
    from django.db import connection
    from psycopg.conninfo import conninfo_to_dict

    from ayni.node.postgres import SUPER

    unbound = conninfo_to_dict(server.url(SUPER))

    @contextmanager
    def asked(bound: bool) -> Iterator[None]:
        usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
        if not bound:
            connection.settings_dict.update(USER=unbound["user"], PASSWORD=unbound["password"])
        connection.close()
        try:
            yield
        finally:
            connection.settings_dict.update(usual)
            connection.close()

    return asked


if __name__ == "__main__":
    raise SystemExit(main())
