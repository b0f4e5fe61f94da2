"""The door of protocol: versions, what is due for a subject, recording, and lists of what is due.

Facts about a person are given with each call and never kept here; what is stored is a random
subject id, codes and times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ayni.lib import clock
from ayni.protocol import recording, versions
from ayni.protocol.calendar import post_calendar
from ayni.protocol.conditions import FactRefused, FactValue
from ayni.protocol.deadlines import Calendar, runs_out
from ayni.protocol.engine import (
    Agenda,
    Closing,
    Reason,
    ReasonKind,
    StepAgenda,
    StepState,
    evaluate,
)
from ayni.protocol.events import Event, EventKind
from ayni.protocol.following import next_steps
from ayni.protocol.lists import (
    DueRow,
    agenda_for_many,
    any_due,
    counts,
    due_for,
    next_due,
    overdue_subjects,
)
from ayni.protocol.model import (
    Definition,
    FormField,
    Limit,
    Mark,
    Side,
    Start,
    Step,
    SubjectKind,
    Text,
)
from ayni.protocol.moving import Followed, behind, check_movable, followed, move_subject
from ayni.protocol.national import Stricter, in_effect
from ayni.protocol.posts import begin_post, post_agenda, post_entries, record_post
from ayni.protocol.published import PublishedVersion, Reservation, published_versions
from ayni.protocol.publishing import (
    Adopting,
    Publishing,
    adopt_version,
    may_adopt,
    may_publish,
    publish_version,
    take_back_adoption,
    take_back_version,
)
from ayni.protocol.recording import check_gates, open_subject, record_event, refresh
from ayni.protocol.refusals import (
    AlreadyOpen,
    NothingToMoveTo,
    ReasonRefused,
    StepRefused,
    TimeRefused,
    UnknownVersion,
    VersionChanged,
    WithoutNextStep,
)
from ayni.protocol.versions import Adopted, adopted, adoptions, definition
from ayni.protocol.wording import national_words

__all__ = [
    "Adopted",
    "Adopting",
    "Agenda",
    "AlreadyOpen",
    "Calendar",
    "Closing",
    "Definition",
    "DueRow",
    "Event",
    "EventKind",
    "FactRefused",
    "Followed",
    "FormField",
    "Limit",
    "Mark",
    "Publishing",
    "PublishedVersion",
    "NothingToMoveTo",
    "Reason",
    "ReasonKind",
    "ReasonRefused",
    "Reservation",
    "RecordedEvent",
    "Side",
    "Step",
    "StepAgenda",
    "StepRefused",
    "StepState",
    "Stricter",
    "SubjectKind",
    "Text",
    "TimeRefused",
    "UnknownVersion",
    "VersionChanged",
    "WithoutNextStep",
    "adopt_version",
    "adopted",
    "adoptions",
    "agenda",
    "agenda_for_many",
    "any_due",
    "begin_post",
    "behind",
    "check_gates",
    "check_movable",
    "counts",
    "definition",
    "definition_for",
    "due_after",
    "due_for",
    "move_subject",
    "national_words",
    "may_publish",
    "may_adopt",
    "evaluate",
    "events_of",
    "facts_from_answers",
    "in_effect",
    "followed",
    "next_due",
    "next_steps",
    "open_subject",
    "overdue_subjects",
    "published_versions",
    "publish_version",
    "post_calendar",
    "post_agenda",
    "post_entries",
    "record_event",
    "record_post",
    "refresh",
    "standing",
    "take_back_version",
    "take_back_adoption",
]


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A stored event with who recorded it (kind and id of the actor) and when."""

    event: Event
    recorded_at: datetime
    by_kind: str
    by_id: str


def agenda(*, subject: UUID, facts: Mapping[str, FactValue], now: datetime | None = None) -> Agenda:
    """What the protocol says about a subject; two queries. Raises `NotFound`, `FactRefused`."""
    return recording.agenda_of(recording.run_of(subject), facts, now or clock.now())


def standing(
    *, subject: UUID, facts: Mapping[str, FactValue], now: datetime | None = None
) -> tuple[Agenda, Definition]:
    """The agenda of a subject and the version that it keeps; two queries. Raises as `agenda`."""
    run = recording.run_of(subject)
    agenda = recording.agenda_of(run, facts, now or clock.now())
    return agenda, versions.definition_of_run(run)


def definition_for(subject: UUID) -> Definition:
    """The version that a subject keeps. Raises `NotFound`."""
    return versions.definition_of_run(recording.run_of(subject))


def due_after(step: Step, *, after: str, subject: UUID, since: datetime) -> datetime | None:
    """When this step's limit from the moment another one (`after`) was settled would run out, by
    the calendar of the subject's post; None if the definition gives no such limit without a
    condition. Raises `NotFound`."""
    for limit in step.limits:
        if limit.start is Start.STEP and limit.step == after and not limit.when and limit.value:
            calendar = recording.calendar_of(recording.run_of(subject))
            return runs_out(since, limit.value, limit.unit, calendar)
    return None


def events_of(subject: UUID) -> list[RecordedEvent]:
    """Everything recorded for a subject and the notice it continues, oldest first."""
    return [RecordedEvent(*row) for row in recording.recorded(recording.run_of(subject))]


def facts_from_answers(
    definition: Definition, answers: Mapping[str, Mapping[str, object]]
) -> dict[str, FactValue]:
    """The facts that forms establish: {step: {field: answer}} → {fact: value}.

    Later steps win where two ask for the same. An answer outside a fact's domain, such as an empty
    one, establishes nothing.
    """
    found: dict[str, FactValue] = {}
    for step in definition.steps:
        for field, value in answers.get(step, {}).items():
            name = definition.answered_by.get((step, field))
            if name is None or not isinstance(value, bool | str):
                continue
            fact = definition.facts[name]
            if isinstance(value, bool) == fact.is_boolean and value in fact.domain:
                found[name] = value
    return found
