"""The door of incidents: the register of one institution, its verbs, what its clock asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.incidents import duty
from ayni.incidents.duty import Facts, Standing
from ayni.incidents.errors import Conflict, NoClasses, NotNow, NotYetNoticed, ToldBefore
from ayni.incidents.keeping import (
    NewIncident,
    add_note,
    check_classes,
    close_incident,
    decide,
    record_incident,
    tell_authority,
    tell_persons,
)
from ayni.incidents.models import Incident, Step
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.vault import api as vault

__all__ = [
    "Conflict",
    "Facts",
    "Incident",
    "NewIncident",
    "NoClasses",
    "NotNow",
    "NotYetNoticed",
    "Opened",
    "Standing",
    "ToldBefore",
    "add_note",
    "check_classes",
    "close_incident",
    "decide",
    "incidents_waiting",
    "open_incident",
    "record_incident",
    "register",
    "tell_authority",
    "tell_persons",
]


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident with its texts: what happened, and what was written since, oldest first."""

    incident: Incident
    what: str
    steps: list[tuple[Step, str]]


def register(*, by: Actor) -> list[Incident]:
    """Every incident of the institution: those whose clock runs first, then the latest noticed.

    Raises `NotAllowed`.
    """
    members.check_may(by, Permission.INCIDENT_KEEP)
    audit.read(by=by, verb="incidents.register", subject=by.institution)
    found = Incident.objects.filter(institution_id=by.institution).order_by("-noticed_at")
    return sorted(
        found, key=lambda row: (not duty.runs(row.facts), row.closed_at is not None)
    )  # stable: the latest first within each


def open_incident(*, by: Actor, incident_id: UUID) -> Opened:
    """One incident with its texts; the opening is recorded. Raises `NotAllowed`, `NotFound`."""
    members.check_may(by, Permission.INCIDENT_KEEP)
    found = Incident.objects.filter(id=incident_id, institution_id=by.institution).first()
    if found is None:
        raise NotFound
    audit.read(by=by, verb="incidents.open_incident", subject=found.id)
    sealer = vault.sealer(found.subject)
    steps = [(step, str(step.unseal(sealer)["text"] or "")) for step in found.steps.all()]
    return Opened(found, str(found.unseal(sealer)["what"] or ""), steps)


def incidents_waiting(*, by: Actor, now: datetime) -> int:
    """How many incidents of the institution have 24 hours or less of their 72 left, or are late; 0
    for who neither keeps the register nor reminds of it."""
    if not any(
        members.may(by, one) for one in (Permission.INCIDENT_KEEP, Permission.REMINDER_SEND)
    ):
        return 0
    open_ = Incident.objects.filter(institution_id=by.institution, closed_at__isnull=True)
    return sum(duty.to_remind(row.facts, now) for row in open_)
