"""What the guards of a page cost: audit, permission checks, row-level security. Each is counted
without the others; row-level security by asking the same pages without it, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from bench.split import Parts, replaced

GUARDS = ("audit", "permissions")
_TURNS = 6


def _medians(ask: Callable[[int], Any], count: int) -> float:
    times = []
    for number in range(count):
        began = time.perf_counter()
        ask(number)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def _security(
    ask: Callable[[int], Any], count: int, bound: Callable[[bool], AbstractContextManager[None]]
) -> tuple[float, float]:
    """Median milliseconds with and without row-level security, asked in turns of both."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(_TURNS):
        for is_bound in (True, False) if turn % 2 else (False, True):
            with bound(is_bound):
                for number in range(5):
                    ask(number)
                found[is_bound].append(_medians(ask, max(1, count // _TURNS)))
    return statistics.median(found[True]), statistics.median(found[False])


def guards(
    ask: Callable[[int], Any], count: int, bound: Callable[[bool], AbstractContextManager[None]]
) -> dict[str, Any]:
    """Milliseconds of one page and of each guard, and their part of the page."""
    from ayni.audit import api as audit
    from ayni.config.doors import Doors
    from ayni.members import api as members

    with_it, without = _security(ask, count, bound)
    with ExitStack() as measured:
        parts = Parts(GUARDS)
        for owner, name, part in (
            (audit, "read", "audit"),
            (members, "check_may", "permissions"),
            (members, "may", "permissions"),
            (Doors, "process_view", "permissions"),
        ):
            measured.enter_context(replaced(owner, name, parts, part))
        for number in range(count):
            ask(number)
        spent = parts.milliseconds(count)
    security = max(0.0, with_it - without)
    together = spent["audit"] + spent["permissions"] + security
    return {
        "page_ms": round(with_it, 2),
        "audit_ms": spent["audit"],
        "permissions_ms": spent["permissions"],
        "row_security_ms": round(security, 2),
        "part": round(together / with_it, 3),
    }
