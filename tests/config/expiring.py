"""Blocking and erasing as test_every_verb.py calls them: by the data protection officer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cases.stories import a_case, worked_through
from tests.config.world import World
from tests.cooperation.untaken import an_untaken_request

Told = dict[str, Any]


def _dora(w: World) -> Told:
    return {"by": members.actor_of(w.cast.dora)}


def _closed(by: Actor) -> UUID:
    row = worked_through(by, a_case(by))
    closed = cases.close_case(
        by=by, case_id=row.id, version=row.version, reason="goals_met", note="Invented."
    )
    return closed.id


def _held(w: World, by: Actor) -> Told:
    told = {**_dora(w), "kind": "case", "ident": _closed(by)}
    return {**told, "until": _soon(), "reason": "Invented."}


def _soon() -> Any:
    return (clock.now() + timedelta(days=30)).date()


def _applied(w: World, by: Actor) -> Told:
    _closed(by)
    return {**_dora(w), "now": clock.now() + timedelta(days=3650)}


def _gone(w: World, by: Actor) -> Told:
    """A case whose key was removed after the backup."""
    case = a_case(by)
    vault.erase_subject(case.subject)
    return {**_dora(w), "erased": {case.subject}, "now": clock.now()}


def _blocked(w: World, by: Actor) -> Told:
    told = _held(w, by)
    dora = told["by"]
    cases.apply_retention(by=dora, now=clock.now() + timedelta(days=1200))
    cases.hold(**told)
    return {"by": dora, "case_id": told["ident"]}


def _untaken(w: World, by: Actor) -> Told:
    return {**_dora(w), "kind": "request", "ident": an_untaken_request(by).id}


def _untaken_over(w: World, by: Actor) -> Told:
    an_untaken_request(by)
    return {**_dora(w), "now": clock.now() + timedelta(days=3650)}


CALLS: dict[str, Callable[[World, Actor], Told]] = {
    "cases.apply_retention": _applied,
    "cases.end_hold": lambda w, by: {**_dora(w), "kind": "case", "ident": _closed(by)},
    "cases.erase_case": lambda w, by: {**_dora(w), "case_id": _closed(by), "reason": "Invented."},
    "cases.erase_again": _gone,
    "cases.hold": _held,
    "cases.retention_due": lambda w, by: {**_dora(w), "until": _soon()},
    "cases.retention_of": lambda w, by: {**_dora(w), "kind": "case", "ident": w.ids["case_id"]},
    "cases.unblock": _blocked,
    "cooperation.apply_untaken": _untaken_over,
    "cooperation.end_hold_untaken": _untaken,
    "cooperation.hold_untaken": lambda w, by: {
        **_untaken(w, by),
        "until": _soon(),
        "reason": "Invented.",
    },
    "cooperation.untaken_due": lambda w, by: {**_dora(w), "until": _soon()},
    "cooperation.untaken_of": _untaken,
}
