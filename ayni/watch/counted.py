"""Requests of this web process: how many, with which answer, how long. Counted by the route's
name, never by an address as it was typed. Several processes of one web server add up their counts
in the folder that PROMETHEUS_MULTIPROC_DIR names (`ayni/node/processes.py` sets it)."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

_ANSWERED = Counter(
    "ayni_requests", "Requests answered, by route and class of the answer", ["route", "answer"]
)
_TOOK = Histogram(
    "ayni_request_seconds",
    "Seconds from a request to its answer, by method",
    ["method"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


# Asked every few seconds by machines: among them a slow page or a failed one would not show.
MACHINES = ("health", "watch:metrics", "watch:ready")


def count_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer. `route`: its name in `doors.py` or `none`; `seconds`: to the answer.
    How long is not counted for `MACHINES`."""
    _ANSWERED.labels(route=route, answer=f"{status // 100}xx").inc()
    if route not in MACHINES:
        _TOOK.labels(method=method).observe(seconds)


def registry() -> CollectorRegistry:
    """The counts of all processes of this web server, or of this one if it is alone."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
