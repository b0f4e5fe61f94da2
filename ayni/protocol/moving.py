"""Which version and which adoption a subject follows, and moving an open one to what holds now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.protocol import recording, versions
from ayni.protocol.conditions import FactRefused, FactValue
from ayni.protocol.engine import Agenda, evaluate
from ayni.protocol.events import EventKind
from ayni.protocol.following import is_stuck
from ayni.protocol.model import Definition, Side, SubjectKind
from ayni.protocol.models import Run
from ayni.protocol.national import Changeable, effective, in_effect
from ayni.protocol.published import Adopted, Reservation, reservations_of
from ayni.protocol.refusals import NothingToMoveTo, WithoutNextStep

Facts = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Followed:
    """What a subject follows: the version, the adoption under which it was opened (`adopted_on`
    None: the reference text), and which limits are stricter for its side by a national act."""

    definition: Definition
    state: str
    adopted_on: date | None
    act: str
    stricter: tuple[Changeable, ...]
    reservations: tuple[Reservation, ...]
    latest: bool


def followed(subject: UUID) -> Followed:
    """What a subject follows; `latest`: the state has adopted nothing else since. Raises
    `NotFound`."""
    run = recording.run_of(subject)
    definition, kept = versions.definition_of_run(run), run.adoption
    return Followed(
        definition=definition,
        state="" if kept is None else kept.state,
        adopted_on=None if kept is None else kept.adopted_on,
        act="" if kept is None else kept.act,
        stricter=in_effect(definition),
        reservations=() if kept is None else reservations_of(kept.reservations),
        latest=_is_under(run, versions.adopted()),
    )


def behind(subjects: Iterable[UUID]) -> frozenset[UUID]:
    """Which of these cases follow something else than what the state has adopted; asked once."""
    held = versions.adopted()
    runs = Run.objects.filter(subject__in=list(subjects), kind=SubjectKind.CASE.value)
    under = Q(protocol__key=held.key, protocol__version=held.version)
    entry = Q(adoption__entry=held.entry)
    under &= entry if held.entry else entry | Q(adoption=None)
    return frozenset(runs.exclude(under).values_list("subject", flat=True))


def _is_under(run: Run, held: Adopted) -> bool:
    entry = "" if run.adoption is None else run.adoption.entry
    return (run.protocol.key, run.protocol.version, entry) == (held.key, held.version, held.entry)


def check_movable(*, subject: UUID, facts: Facts) -> Adopted:
    """What an open case would be moved to. Raises `NothingToMoveTo`, `WithoutNextStep` if a step
    that this side has to do now is not there, or nothing would lead on."""
    return _check(recording.run_of(subject), facts)


def _check(run: Run, facts: Facts) -> Adopted:
    held, now = versions.adopted(), clock.now()
    if run.kind != SubjectKind.CASE.value or _is_under(run, held):
        raise NothingToMoveTo
    before = recording.agenda_of(run, facts, now)
    there = effective(versions.definition(held.key, held.version), Side(run.side), held.parameters)
    lost = tuple(entry.step.id for entry in before.mine() if entry.step.id not in there.steps)
    if lost:
        raise WithoutNextStep(lost)
    events = [event for event, *_who in recording.recorded(run)]
    try:
        after = evaluate(
            there,
            facts=facts,
            events=events,
            now=now,
            side=Side(run.side),
            calendar=recording.calendar_of(run),
        )
    except FactRefused:
        raise WithoutNextStep from None
    if is_stuck(after):
        raise WithoutNextStep
    return held


def move_subject(*, by: Actor, subject: UUID, facts: Facts) -> Agenda:
    """Let an open case follow from now on what its state has adopted.

    What was done stays done, and a clock that runs keeps the end that was recorded. Raises as
    `check_movable`, and `NotFound`.
    """
    with audit.act(by=by, verb="protocol.move_subject", subject=subject) as act:
        run = recording.run_to_change(subject)
        held = _check(run, facts)
        run.protocol = versions.store(held.key, held.version)
        run.adoption = versions.keep(held)
        run.save(update_fields=["protocol", "adoption"])
        act.note(version=held.version)
        return recording.write_and_refresh(
            run,
            by,
            facts,
            kind=EventKind.MOVED,
            moment=f"{held.key} {held.version}"[:40],
        )
