"""The verbs of the register. Check, write and audit entry stand in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.incidents import duty
from ayni.incidents.errors import Conflict, NoClasses, NotNow, NotYetNoticed, ToldBefore
from ayni.incidents.models import Incident, Step
from ayni.incidents.vocabulary import CLASSES, KINDS
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.vault import api as vault


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is known when it is written down. `persons_at_most`: None, nobody knows yet. `what` and
    `done` are plain text without names."""

    kind: str
    noticed_at: datetime
    classes: Sequence[str]
    persons_at_most: int | None
    what: str
    done: str = ""


def check_classes(classes: Sequence[str]) -> None:
    """Raise `NoClasses` unless it is known kinds of data, or "none" alone."""
    if not classes or not set(classes) <= set(CLASSES) or ("none" in classes and len(classes) > 1):
        raise NoClasses


def check_step(incident: Incident, step: str) -> None:
    """Raise `NotNow` unless the step follows from how the incident stands."""
    if step not in duty.steps(incident.facts):
        raise NotNow


def record_incident(*, by: Actor, new: NewIncident) -> Incident:
    """Write an incident down; the 72 hours run from when it was noticed.

    Raises `NotAllowed`, `NotYetNoticed`, `NoClasses`, KeyError for a kind that there is not.
    """
    members.check_may(by, Permission.INCIDENT_KEEP)
    now = clock.now()
    if new.noticed_at > now:
        raise NotYetNoticed
    check_classes(new.classes)
    KINDS[new.kind]
    subject = vault.new_subject()
    incident = Incident(
        institution_id=UUID(by.institution), subject=subject, kind=new.kind,
        noticed_at=new.noticed_at, recorded_at=now, classes=sorted(new.classes),
        persons_at_most=new.persons_at_most,
    )  # fmt: skip
    incident.seal(vault.sealer(subject), what=new.what)
    with audit.act(by=by, verb="incidents.record_incident", subject=incident.id, kind=new.kind):
        incident.save(force_insert=True)
        _add(incident, by, "recorded", new.done, now)
    return incident


def add_note(*, by: Actor, incident_id: UUID, text: str) -> None:
    """Write down what was done. Raises `NotAllowed`, `NotFound`, `NotNow` for a closed one."""
    with audit.act(by=by, verb="incidents.add_note", subject=incident_id):
        incident = _locked(by, incident_id)
        check_step(incident, "note")
        _add(incident, by, "note", text, clock.now())
        _touch(incident)


def decide(
    *, by: Actor, incident_id: UUID, version: int, notify: bool, tell_persons: bool, reason: str
) -> None:
    """Decide whether the authority and whether the persons are told; the reason stands for good.
    A later decision takes the place of this one as long as nobody was told.

    Raises `NotAllowed`, `NotFound`, `NotNow`, `Conflict`.
    """
    with audit.act(
        by=by, verb="incidents.decide", subject=incident_id, notify=notify, persons=tell_persons
    ):
        incident = _locked(by, incident_id)
        if incident.version != version:
            raise Conflict
        check_step(incident, "decide")
        incident.notify, incident.tell_persons = notify, tell_persons
        _add(incident, by, "decided", reason, clock.now())
        _touch(incident, "notify", "tell_persons")


def tell_authority(*, by: Actor, incident_id: UUID, at: datetime, how: str) -> None:
    """Mark when and how the authority was told; the 72 hours stand still from then on.

    Raises `NotAllowed`, `NotFound`, `NotNow`, `NotYetNoticed`, `ToldBefore`.
    """
    _told(by, incident_id, at, how, "authority")


def tell_persons(*, by: Actor, incident_id: UUID, at: datetime, how: str) -> None:
    """Mark when and how the persons were told. Raises as `tell_authority`."""
    _told(by, incident_id, at, how, "persons")


def close_incident(*, by: Actor, incident_id: UUID, version: int, learned: str) -> None:
    """Close it with what was learned. Raises `NotAllowed`, `NotFound`, `NotNow` while somebody is
    still to be told, `Conflict`."""
    with audit.act(by=by, verb="incidents.close_incident", subject=incident_id):
        incident = _locked(by, incident_id)
        if incident.version != version:
            raise Conflict
        check_step(incident, "close")
        incident.closed_at = clock.now()
        _add(incident, by, "closed", learned, incident.closed_at)
        _touch(incident, "closed_at")


def _told(by: Actor, incident_id: UUID, at: datetime, how: str, whom: str) -> None:
    with audit.act(by=by, verb=f"incidents.tell_{whom}", subject=incident_id):
        incident = _locked(by, incident_id)
        check_step(incident, f"tell_{whom}")
        if at > clock.now():
            raise NotYetNoticed
        if at < incident.noticed_at:
            raise ToldBefore
        setattr(incident, f"{whom}_told_at", at)
        _add(incident, by, f"{whom}_told", how, clock.now())
        _touch(incident, f"{whom}_told_at")


def _locked(by: Actor, incident_id: UUID) -> Incident:
    members.check_may(by, Permission.INCIDENT_KEEP)
    found = (
        Incident.objects.select_for_update()
        .filter(id=incident_id, institution_id=by.institution)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def _touch(incident: Incident, *fields: str) -> None:
    incident.version += 1
    incident.save(update_fields=["version", *fields])


def _add(incident: Incident, by: Actor, kind: str, text: str, at: datetime) -> None:
    step = Step(
        institution_id=incident.institution_id, incident=incident, at=at, by=by.id, kind=kind
    )
    step.seal(vault.sealer(incident.subject), text=text)
    step.save(force_insert=True)
