"""The door of watch: what is measured of the node, read now, and as monitoring reads it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DatabaseError

from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.watch.counted import count_request
from ayni.watch.exposition import CONTENT_TYPE, exposition
from ayni.watch.levels import ORDER, Bounds, Level
from ayni.watch.metrics import METRICS, Metric, Unit
from ayni.watch.readings import Reading, read_all, tables_behind
from ayni.watch.rules import rules

__all__ = [
    "CONTENT_TYPE",
    "METRICS",
    "ORDER",
    "Bounds",
    "Level",
    "Metric",
    "Own",
    "Reading",
    "Unit",
    "count_request",
    "for_monitoring",
    "tables_behind",
    "other_node",
    "rules",
    "status",
]


def status(*, by: Actor) -> list[Reading]:
    """Every value of this node, the worst first. Raises `NotAllowed`."""
    members.check_may(by, Permission.NODE_RUN)
    return sorted(read_all(clock.now()), key=lambda reading: ORDER.index(reading.level))


@dataclass(frozen=True, slots=True)
class Own:
    """Numbers of the directory in force here and of our latest key sheet; None before the first."""

    directory: int | None
    sheet: int | None


def other_node(*, by: Actor, code: str) -> tuple[exchange.PeerReport | None, Own]:
    """One other node as it is seen from here, None as long as this node has no directory, and what
    it should have of ours. Raises `NotAllowed`, `NotFound`."""
    members.check_may(by, Permission.NODE_RUN)
    if code not in members.node_codes():
        raise NotFound
    founded = exchange.directory_document() is not None
    report = exchange.peer_report(code, now=clock.now()) if founded else None
    numbers = [
        None if document is None else document["body"]["number"]
        for document in (exchange.directory_document(), exchange.key_sheet(members.this_node()))
    ]
    return report, Own(*numbers)


def for_monitoring() -> bytes:
    """All metrics in the exposition format of Prometheus; without the database's values, and with
    `ayni_database_up 0`, while that does not answer. Who may ask is the page's to decide."""
    try:
        now = clock.now()
        readings, counts = read_all(now), exchange.counted(now=now)
    except DatabaseError:
        readings, counts = None, []
    return exposition(members.this_node(), readings, counts)
