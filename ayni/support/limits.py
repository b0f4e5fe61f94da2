"""How long a state has for its move, read from `data/limits.yaml`. Each value has a source and a
status: `norm`, `practice` or `platform-proposed`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from ayni.lib import clock
from ayni.lib.errors import Misconfigured

STATUSES = ("norm", "practice", "platform-proposed")
WAITS = ("offer", "answer", "delivery", "confirmation")


@dataclass(frozen=True, slots=True)
class Limit:
    """What is waited for, for which kind of need (empty: every other), how many hours, and why."""

    wait: str
    what: str
    hours: int
    status: str
    source: str


@cache
def limits() -> tuple[Limit, ...]:
    """All limits. Raises `Misconfigured` for one that cannot be, or if a usual one is missing."""
    path = Path(__file__).parent / "data" / "limits.yaml"
    rows = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))["limits"]
    found = tuple(Limit(**row) for row in rows)
    for each in found:
        if each.hours <= 0 or each.status not in STATUSES or each.wait not in WAITS:
            raise Misconfigured(f"limits.yaml: {each.wait} {each.what}")
    if {each.wait for each in found if not each.what} != set(WAITS):
        raise Misconfigured("limits.yaml: a usual limit is missing")
    return found


def limit_for(wait: str, what: str) -> Limit:
    """The limit for this kind of need, else the usual one."""
    told = {each.what: each for each in limits() if each.wait == wait}
    return told.get(what) or told[""]


def due(wait: str, what: str, now: datetime) -> datetime:
    """The due time, rounded up to the full hour; set once, by whoever waits or acts."""
    return clock.hour_up(now + timedelta(hours=limit_for(wait, what).hours))
