"""The door of watch: what is measured of the node, read now, and as monitoring reads it."""

from __future__ import annotations

from django.db import DatabaseError

from ayni.audit.api import Actor
from ayni.lib import clock
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
    "Reading",
    "Unit",
    "count_request",
    "for_monitoring",
    "lacking",
    "rules",
    "status",
]


def status(*, by: Actor) -> list[Reading]:
    """Every value of this node, the worst first. Raises `NotAllowed`."""
    members.check_may(by, Permission.NODE_RUN)
    return sorted(read_all(clock.now()), key=lambda reading: ORDER.index(reading.level))


def for_monitoring() -> bytes:
    """All metrics in the exposition format of Prometheus; without the database's values, and with
    `ayni_database_up 0`, while that does not answer. Who may ask is the page's to decide."""
    try:
        readings = read_all(clock.now())
    except DatabaseError:
        readings = None
    return exposition(members.this_node(), readings)


def lacking() -> str:
    """The code of what keeps this process from working: `tables` while they are older than the
    program; empty if nothing does. Raises Django's `DatabaseError` while that does not answer."""
    return "tables" if tables_behind() else ""
