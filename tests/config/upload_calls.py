"""How the verbs of files of HTCDS records that officers give at a page are called
(test_every_verb.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.statistics import api as statistics
from tests.config.world import World
from tests.statistics.htcds_files import book, row, work_off

Told = dict[str, Any]


def _file() -> Told:
    raw = book([row(), row(Citizenship="145")])
    return {
        "file": statistics.HeldFile("c.xlsx", raw), "now": clock.now(), "partial": False,
        "sheet": "",
    }  # fmt: skip


def _refused(by: Actor) -> None:
    """A file whose second row has a problem was read."""
    statistics.upload_htcds(by=by, **_file())
    work_off(UUID(by.institution))


def _told(w: World, by: Actor) -> Told:
    _refused(by)
    return {"now": clock.now()}


def _forgets(w: World, by: Actor) -> Told:
    _refused(by)
    return {}


CALLS: dict[str, Callable[[World, Actor], Told]] = {
    "statistics.upload_htcds": lambda w, by: _file(),
    "statistics.open_htcds": _told,
    "statistics.take_htcds_rows": _told,
    "statistics.forget_htcds": _forgets,
}
