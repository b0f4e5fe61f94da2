"""An invented incident, as far along as a test needs it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ayni.audit.api import Actor
from ayni.incidents import api as incidents
from ayni.lib import clock

SECRET = "A paper with a list lay in the waiting room."


def an_incident(by: Actor, *, hours_ago: float = 1, **told: Any) -> incidents.Incident:
    """Noticed so many hours ago."""
    usual: dict[str, Any] = {
        "kind": "read", "classes": ["contact", "identity"], "persons_at_most": 12, "what": SECRET,
        "noticed_at": clock.now() - timedelta(hours=hours_ago),
    }  # fmt: skip
    return incidents.record_incident(by=by, new=incidents.NewIncident(**{**usual, **told}))


def decided(by: Actor, *, notify: bool, tell_persons: bool = False, **told: Any) -> Any:
    """An incident on which was decided; its row as it stands."""
    row = an_incident(by, **told)
    incidents.decide(
        by=by, incident_id=row.id, version=row.version, notify=notify, tell_persons=tell_persons,
        reason="Invented.",
    )  # fmt: skip
    row.refresh_from_db()
    return row
