"""How the verbs of `incidents` are called by test_every_verb.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ayni.audit.api import Actor
from ayni.incidents import api as incidents
from ayni.lib import clock
from ayni.members import api as members
from tests.config.world import World
from tests.incidents.stories import an_incident, decided


def _of(w: World, row: Any, **more: Any) -> dict[str, Any]:
    return {"by": members.actor_of(w.cast.dora), "incident_id": row.id, **more}


def _told(w: World, _by: Actor, **what: bool) -> dict[str, Any]:
    row = decided(members.actor_of(w.cast.dora), **what)
    return _of(w, row, at=clock.now(), how="Invented.")


def _decided(w: World) -> Any:
    return decided(members.actor_of(w.cast.dora), notify=False)


def _new(w: World) -> Any:
    return an_incident(members.actor_of(w.cast.dora))


CALLS: dict[str, Callable[[World, Actor], dict[str, Any]]] = {
    "incidents.add_note": lambda w, by: _of(w, _new(w), text="Invented."),
    "incidents.close_incident": lambda w, by: _of(w, _decided(w), version=2, learned="Invented."),
    "incidents.decide": lambda w, by: _of(
        w, _new(w), version=1, notify=True, tell_persons=False, reason="Invented."
    ),
    "incidents.open_incident": lambda w, by: _of(w, _new(w)),
    "incidents.record_incident": lambda w, by: {
        "by": members.actor_of(w.cast.dora),
        "new": incidents.NewIncident(
            "lost", clock.now() - timedelta(hours=1), ["none"], None, "Invented."
        ),
    },
    "incidents.register": lambda w, by: {"by": members.actor_of(w.cast.dora)},
    "incidents.tell_authority": lambda w, by: _told(w, by, notify=True, tell_persons=False),
    "incidents.tell_persons": lambda w, by: _told(w, by, notify=False, tell_persons=True),
}
