"""`make bench-pages`: officers' pages under load, and one at a time. Prints JSON.

Open-loop: requests arrive at their times whether or not the ones before have been answered, and a
latency counts from the arrival, so that a stall is seen by everyone who would have waited.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.measuring import each_page, one_at_a_time, say, sessions, signed_in
from bench.split import split

LIMITS = {"reads": (50, 150, 300), "writes": (100, 300, 500)}
READS = 85  # of a hundred
CSRF = "b" * 32
# Pages that look over every case of an institution.
OTHERS = ("/", "/cases/", "/hand-over", "/cooperation/")


@dataclass(frozen=True, slots=True)
class Plan:
    """Who asks for what, and where. `cases`: of each session those that are open to its officer."""

    port: int
    sessions: list[str]
    cases: list[list[str]]
    session_cookie: str
    csrf_cookie: str


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)

    def at(part: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000, 1)

    return {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99), "n": len(ordered)}


def _ask(plan: Plan, number: int) -> tuple[str, bool]:
    """One request of one of the users: (kind, whether it was answered as it should be)."""
    who = number * 7 % len(plan.sessions)
    session, cases = plan.sessions[who], plan.cases[who]
    headers = {
        "Host": f"ar.localhost:{plan.port}",
        "Cookie": f"{plan.session_cookie}={session}; {plan.csrf_cookie}={CSRF}",
        "Accept-Language": "es",
    }
    line = http.client.HTTPConnection("127.0.0.1", plan.port, timeout=30)
    try:
        if number * 37 % 100 < READS:
            what = number % 10
            path = "/" if what == 0 else "/cases/" if what < 3 else None
            path = path or (f"/cases/{cases[number * 7919 % len(cases)]}" if cases else "/cases/")
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            answer.read()
            return "reads", answer.status == 200
        body = urlencode(
            {
                "csrfmiddlewaretoken": CSRF,
                "safe_to_talk": "yes",
                "channel": "phone",
                "informant": "citizen",
                "language": "es",
                "track": "trafficking",
                "about_name": f"Invented Person {number % 977}",
                # Each is a page of its own: the same twice would be a double click.
                "narrative": f"Invented narrative {number}. " * 10,
            }
        )
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Origin"] = f"http://ar.localhost:{plan.port}"
        line.request("POST", "/notices/new", body=body, headers=headers)
        answer = line.getresponse()
        answer.read()
        return "writes", answer.status == 302
    finally:
        line.close()


def load(plan: Plan, *, rate: float, seconds: float, offset: int = 0) -> dict[str, Any]:
    """Arrivals at a steady rate for some seconds: latencies in milliseconds and failures."""
    taken: dict[str, list[float]] = {"reads": [], "writes": []}
    failed = 0
    lock = threading.Lock()
    began = time.perf_counter() + 0.2

    def one(number: int) -> None:
        nonlocal failed
        due = began + number / rate
        try:
            kind, ok = _ask(plan, number + offset)
        except OSError:
            kind, ok = "reads", False
        spent = time.perf_counter() - due
        with lock:
            taken[kind].append(spent)
            failed += not ok

    with ThreadPoolExecutor(200) as pool:
        for number in range(int(rate * seconds)):
            pause = began + number / rate - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            pool.submit(one, number)
    found = {kind: _percentiles(values) for kind, values in taken.items() if values}
    return {"rate": rate, "seconds": seconds, "failed": failed, **found}


def holds(result: dict[str, Any]) -> bool:
    """Whether a load stayed within the limits."""
    return result["failed"] == 0 and all(
        result[kind][name] <= limit
        for kind, limits in LIMITS.items()
        if kind in result
        for name, limit in zip(("p50", "p95", "p99"), limits, strict=True)
    )


def in_process(plan: Plan, asks: int) -> dict[str, Any]:
    """The case page against a bare signed-in page with one query, same middleware and template."""
    from django.test import override_settings

    get, cases = signed_in("ar.localhost", plan.sessions[0]), plan.cases[0]

    def case_page(number: int) -> None:
        get(f"/cases/{cases[number * 31 % len(cases)]}")

    page = one_at_a_time(case_page, asks)
    with override_settings(ROOT_URLCONF="bench.bare"):
        bare = one_at_a_time(lambda _: get("/bare"), asks)
    return {
        "case_page": page,
        "bare_page": bare,
        "split_ms": split(case_page, max(1, asks // 3)),
        "ratio": round(page["median_ms"] / bare["median_ms"], 2),
        "others": each_page(get, {path: path for path in OTHERS}, max(1, asks // 6)),
    }


def _plan(model: Any, officers: list[Any], keys: list[str], port: int) -> Plan:
    from django.conf import settings

    rows = type(model).objects.all()
    each = max(1, 5000 // len(officers))
    theirs = [
        [str(i) for i in rows.filter(assigned_to=officer).values_list("id", flat=True)[:each]]
        for officer in officers
    ]
    return Plan(
        port, keys, theirs,
        settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME,
    )  # fmt: skip


def _grown(options: argparse.Namespace, sizes: Sequence[int]) -> Iterator[tuple[int, Plan, Any]]:
    """A node that grows to each number of cases in turn: how many, who asks, one of its cases."""
    from django.db import connections

    from ayni.members import api as members
    from bench import filling

    officers = filling.officers(options.users)
    ids = [officer.id for officer in officers]
    with members.acting(officers[0].institution_id):
        model = filling.story(officers[0])
        keys = sessions(officers)
        before = 0
        for size in sizes:
            filling.copies(model, ids, first=before + 1, count=size - before)
            with connections["owner"].cursor() as cursor:
                cursor.execute("analyze")
            before = size
            yield size, _plan(model, officers, keys, options.port), model
    connections.close_all()


def filled(options: argparse.Namespace) -> Plan:
    """A node with as many cases as `options` say; who asks for what."""
    ((_, plan, _model),) = _grown(options, [options.cases])
    return plan


def _fill_and_measure(options: argparse.Namespace) -> tuple[Plan, dict[str, Any]]:
    from bench import filling

    small = max(1, options.cases // 10)
    found: dict[str, Any] = {}
    grown = _grown(options, [small, options.cases])
    for name, (size, plan, model) in zip(("small", "all"), grown, strict=True):
        found[name] = {"cases": size, **in_process(plan, options.asks)}
        rows = type(model).objects.exclude(id=model.id)
        found["events_of_a_case"] = filling.events_of(rows[0])
    slower = found["all"]["case_page"]["median_ms"] / found["small"]["case_page"]["median_ms"]
    found["growth"] = round(slower, 2)
    return plan, found


def main() -> int:
    """Print the result as JSON; 0 if every limit held."""
    parser = argparse.ArgumentParser(prog="bench.pages")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm-up", type=float, default=15)
    parser.add_argument("--asks", type=int, default=300, help="of a page, one at a time")
    parser.add_argument("--port", type=int, default=8790)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ayni-bench-"))
    os.environ.update(AYNI_NODE="ar", AYNI_HOME=str(home), AYNI_LISTEN=f"127.0.0.1:{options.port}")
    from ayni.node import home as homes

    try:
        with homes.ready(homes.resolve()):
            plan, found = _fill_and_measure(options)
            result = {"one_at_a_time": found, **_under_load(plan, options)}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    result["ok"] = bool(
        holds(result["load"])
        and found["growth"] <= 1.3
        and found["all"]["ratio"] <= 8
        and found["all"]["case_page"]["processor_ms"] <= 25
    )
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0 if result["ok"] else 1


@contextmanager
def running(plan: Plan) -> Iterator[int]:
    """The node of AYNI_HOME with its web processes and worker; the number of its process."""
    kept = {k: v for k, v in os.environ.items() if "DATABASE_URL" not in k}
    node = subprocess.Popen(
        [sys.executable, "-m", "ayni.node.command", "run"], env=kept, stderr=subprocess.DEVNULL
    )
    try:
        _wait(plan)
        yield node.pid
    finally:
        node.terminate()
        node.wait()


def _under_load(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    with running(plan):
        say("warming up")
        load(plan, rate=options.rate, seconds=options.warm_up)
        say(f"{options.rate} arrivals a second for {options.seconds} s")
        result = {"load": load(plan, rate=options.rate, seconds=options.seconds, offset=10_000)}
        return {**result, **_highest(plan, options, result["load"])}


def _highest(plan: Plan, options: argparse.Namespace, first: dict[str, Any]) -> dict[str, Any]:
    """The highest rate at which every limit held, and the first at which one did not."""
    highest, rate, tried = 0.0, options.rate, first
    while holds(tried):
        highest, rate = rate, rate * 1.25
        say(f"{rate:.0f} arrivals a second")
        # Numbers go on where the rates before ended, so that no user asks twice at once.
        tried = load(plan, rate=rate, seconds=min(15.0, options.seconds), offset=int(rate * 1000))
    return {"highest_rate": round(highest, 1), "first_too_high": tried}


def _wait(plan: Plan) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if _ask(plan, 0)[1]:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the node does not come up")


if __name__ == "__main__":
    raise SystemExit(main())
