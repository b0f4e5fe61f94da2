"""How long the other side has, read from `data/limits.yaml`; every limit is marked a proposal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from ayni.cooperation.errors import NotADeadline
from ayni.lib import clock
from ayni.lib.errors import Misconfigured

FARTHEST = timedelta(days=366)  # until when an outcome may be agreed on; a proposal


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in hours. `status` D: a proposal, binding on nobody until the states adopt it."""

    kind: str
    wait: str
    situation: str
    hours: int
    status: str
    source: str


@cache
def limits() -> tuple[Limit, ...]:
    """All limits. Raises `Misconfigured` for one that is not a positive number of hours."""
    path = Path(__file__).parent / "data" / "limits.yaml"
    rows = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))["limits"]
    found = tuple(Limit(**row) for row in rows)
    for limit in found:
        if limit.hours <= 0:
            raise Misconfigured(f"limits.yaml: {limit.kind} {limit.wait}: hours must be positive")
    return found


def limit_for(kind: str, wait: str, situation: str) -> Limit:
    """The limit for this situation, else the usual one. Raises `Misconfigured` if none is set."""
    usual = None
    for limit in limits():
        if (limit.kind, limit.wait) == (kind, wait):
            if limit.situation == situation:
                return limit
            if limit.situation == "":
                usual = limit
    if usual is None:
        raise Misconfigured(f"limits.yaml has no limit for {kind}, {wait}")
    return usual


def due(kind: str, wait: str, situation: str, now: datetime) -> datetime:
    """The due time, rounded up to the full hour: both nodes and the secretariat see the same."""
    return clock.hour_up(now + timedelta(hours=limit_for(kind, wait, situation).hours))


def check_agreed(
    agreed_at: datetime, *, since: datetime, counted_from: datetime | None = None
) -> None:
    """Raise `NotADeadline` unless the agreed time is after `since`, and within one year of
    `counted_from` (usually the same)."""
    if not since < agreed_at <= (counted_from or since) + FARTHEST:
        raise NotADeadline
