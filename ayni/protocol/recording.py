"""Recording what happened: check, write the event, start clocks, refresh what is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.lib.identifiers import new_id
from ayni.members import api as members
from ayni.protocol import versions
from ayni.protocol.calendar import PostCalendar, post_calendar
from ayni.protocol.conditions import FactValue, check_facts
from ayni.protocol.engine import Agenda, StepAgenda, StepState, closed_gates, evaluate
from ayni.protocol.events import ABOUT_STEP, NEEDS_REASON, SETTLING, Event, EventKind
from ayni.protocol.model import Definition, Side, SubjectKind, Text
from ayni.protocol.models import Due, Run, StepEvent
from ayni.protocol.refusals import AlreadyOpen, ReasonRefused, StepRefused, TimeRefused

Facts = Mapping[str, FactValue]

SKEW = timedelta(minutes=10)  # how far ahead the clock of whoever tells us may be
KEPT = (StepState.DUE, StepState.OVERDUE, StepState.PAUSED, StepState.BLOCKED)
_EVENT = (
    *("id", "kind", "step", "side", "occurrence", "at", "due_at", "reason", "moment"),
    "corrects_id",
)
_FIELDS = ("occurrence", "side", "mine", "actor", "role", "state", "due_at")


def open_subject(
    *,
    by: Actor,
    subject: UUID,
    institution: UUID | str,
    side: str,
    opened_at: datetime,
    kind: str = SubjectKind.CASE,
    definition: str = "",
    version: str = "",
    after_notice: UUID | None = None,
    facts: Facts | None = None,
) -> Agenda:
    """Let the protocol run for a post, a notice or a case, and start its first clocks.

    Without `definition` and `version` the one that this node's state adopted is used; the subject
    keeps it, with the national parameters of that day. A case that comes `after_notice` takes over
    the notice's steps. Country and time zone are those of the institution. Raises
    `AlreadyOpen`, `UnknownVersion`, `TimeRefused`.
    """
    held = versions.adopted()
    if not definition:
        definition, version = held.key, held.version
    follows = (definition, version) == (held.key, held.version)
    _check_time(opened_at)
    with audit.act(by=by, verb="protocol.open_subject", subject=subject, kind=str(kind)):
        if Run.objects.filter(subject=subject).exists():
            raise AlreadyOpen(subject=subject)
        place = members.institution(institution)
        before = Run.objects.filter(subject=after_notice).first() if after_notice else None
        run = Run.objects.create(
            subject=subject,
            institution=place,
            kind=SubjectKind(kind).value,
            side=Side(side).value,
            protocol=versions.store(definition, version),
            adoption=versions.keep(held) if follows else None,
            continues=before,
            country=place.stands_in,
            time_zone=place.time_zone,
            opened_at=opened_at,
        )
        _write(run, by, kind=EventKind.OPENED, at=opened_at, side=run.side)
        if before is not None:
            Due.objects.filter(run=before).delete()
        return _refresh(run, by, facts or {})


def record_event(
    *,
    by: Actor,
    subject: UUID,
    kind: str,
    step: str = "",
    at: datetime | None = None,
    side: str = "",
    reason: str = "",
    due_at: datetime | None = None,
    moment: str = "",
    corrects: UUID | None = None,
    event_id: UUID | None = None,
    facts: Facts | None = None,
    institution: UUID | str = "",
) -> Agenda:
    """Record one thing that happened, and refresh what is due, in one transaction.

    `kind` is an `EventKind`; `side` the side that acted (this node's if empty); `reason` a code of
    the definition; `facts` all that is known now, the answers of this very form included;
    `event_id` makes a second call with the same id do nothing. A notice that does not run yet is
    opened by its first step (for that `institution` is needed). Raises `StepRefused` with the
    protocol's sentence, `ReasonRefused`, `TimeRefused`, `NotFound`, `FactRefused`.
    """
    now = clock.now()
    what = EventKind(kind)
    with audit.act(by=by, verb="protocol.record", subject=subject, step=step, kind=what.value):
        run = _run_to_change(subject, by, step, institution, at or now, side)
        if event_id is not None and StepEvent.objects.filter(id=event_id).exists():
            return agenda_of(run, facts or {}, now)
        acting = Side(side) if side else Side(run.side)
        _check_time(at or now)
        _check(run, what, step, acting, reason, due_at, moment, facts or {}, now)
        _write(
            run,
            by,
            kind=what,
            at=at or now,
            side=acting.value,
            id=event_id or new_id(),
            step=step,
            reason=reason,
            due_at=due_at,
            moment=moment,
            corrects_id=_corrected(run, what, corrects),
        )
        return _refresh(run, by, facts or {})


def refresh(*, by: Actor, subject: UUID, facts: Facts) -> Agenda:
    """Work out anew what is due after facts changed, and start the clocks that begin now."""
    with audit.act(by=by, verb="protocol.refresh", subject=subject):
        return _refresh(_run_to_change(subject, by, "", "", clock.now(), ""), by, facts)


def run_of(subject: UUID) -> Run:
    """The run of a subject. Raises `NotFound`."""
    try:
        return (
            Run.objects.select_related("protocol", "adoption")
            .defer("protocol__document")
            .get(subject=subject)
        )
    except Run.DoesNotExist:
        raise NotFound(subject=subject) from None


def agenda_of(run: Run, facts: Facts, now: datetime) -> Agenda:
    """The agenda of a run; `facts` is what is known now."""
    return evaluate(
        versions.definition_of_run(run),
        facts=facts,
        events=[as_event(row) for row in _rows_of(run).values_list(*_EVENT)],
        now=now,
        side=Side(run.side),
        calendar=calendar_of(run),
    )


def recorded(run: Run) -> list[tuple[Event, datetime, str, str]]:
    """Each event with when it was recorded and the kind and id of who did, oldest first."""
    rows = _rows_of(run).values_list(*_EVENT, "recorded_at", "by_kind", "by_id")
    return [(as_event(row[: len(_EVENT)]), *row[len(_EVENT) :]) for row in rows]


def _rows_of(run: Run) -> QuerySet[StepEvent]:
    """Events of a run and of the notice that it continues. Tuples: models cost ten times more."""
    runs = [run.pk] if run.continues_id is None else [run.pk, run.continues_id]
    return StepEvent.objects.filter(run__in=runs).order_by("at", "recorded_at")


def calendar_of(run: Run) -> PostCalendar:
    """Working days and zone of the post that is responsible."""
    return post_calendar(run.country, run.time_zone)


def as_event(row: tuple[Any, ...]) -> Event:
    """A stored event, as the columns of `_EVENT`, for the engine."""
    id_, kind, step, side, occurrence, at, due_at, reason, moment, corrects = row
    opened = kind == EventKind.OPENED
    return Event(
        kind=EventKind(kind),
        at=at,
        id=str(id_),
        step=step,
        subject=SubjectKind(moment) if opened else None,
        side=Side(side),
        due_at=due_at,
        occurrence=occurrence,
        reason=reason,
        moment="" if opened else moment,
        corrects=str(corrects or ""),
    )


def _check_time(at: datetime) -> None:
    if at.tzinfo is None or at > clock.now() + SKEW:
        raise TimeRefused


def run_to_change(subject: UUID) -> Run:
    """The run of a subject, locked. Raises `NotFound`."""
    found = _locked(subject)
    if found is None:
        raise NotFound(subject=subject)
    return found


def write_and_refresh(run: Run, by: Actor, facts: Facts, *, kind: EventKind, moment: str) -> Agenda:
    """Record that something happened to a subject as a whole now, and what is due since."""
    _write(run, by, kind=kind, at=clock.now(), side=run.side, moment=moment)
    return _refresh(run, by, facts)


def _locked(subject: UUID) -> Run | None:
    return (
        Run.objects.select_for_update(of=("self",))
        .select_related("protocol", "adoption")
        .defer("protocol__document")
        .filter(subject=subject)
        .first()
    )


def _run_to_change(
    subject: UUID, by: Actor, step: str, institution: UUID | str, at: datetime, side: str
) -> Run:
    found = _locked(subject)
    if found is not None:
        return found
    held = versions.adopted()
    first = versions.definition(held.key, held.version).steps.get(step)
    notice = {
        phase.id
        for phase in versions.definition(held.key, held.version).phases
        if phase.subject is SubjectKind.NOTICE
    }
    if first is None or first.phase not in notice or not institution:
        raise NotFound(subject=subject)
    open_subject(
        by=by,
        subject=subject,
        institution=institution,
        side=side or Side.HOST,
        opened_at=at,
        kind=SubjectKind.NOTICE,
    )
    return run_of(subject)


def _check(
    run: Run,
    kind: EventKind,
    step: str,
    side: Side,
    reason: str,
    due_at: datetime | None,
    moment: str,
    facts: Facts,
    now: datetime,
) -> None:
    definition = versions.definition_of_run(run)
    check_facts(facts, definition.facts)
    if kind in (EventKind.OPENED, EventKind.STARTED, EventKind.MOVED):
        raise StepRefused(kind=kind.value)
    if (kind in NEEDS_REASON or reason) and reason not in definition.reasons:
        raise ReasonRefused(kind=kind.value)
    if kind is EventKind.PLANNED and (moment not in definition.moments or due_at is None):
        raise StepRefused(moment=moment)
    if kind not in ABOUT_STEP:
        if step:
            raise StepRefused(step=step)
        return
    if step not in definition.steps:
        raise NotFound(step=step)
    if side.value != run.side:
        return  # another side says what it did; its own node has checked it
    check_step(definition, agenda_of(run, facts, now), step, kind, facts)


def check_step(
    definition: Definition, agenda: Agenda, name: str, kind: EventKind, facts: Facts
) -> None:
    """Raise `StepRefused` with the protocol's sentence if this side cannot record this now.

    What was done out of order is recorded all the same; a closed gate is never passed.
    """
    entry = agenda.steps.get(name)
    if entry is None or entry.state is StepState.NOT_APPLICABLE:
        raise StepRefused(step=name)
    if kind is EventKind.PAUSED or kind is EventKind.RESUMED:
        return  # also of a step that the other side owes: a pause needs both
    if not entry.mine:
        raise StepRefused(step=name)
    if kind is EventKind.WAIVED and not entry.step.waivable:
        raise StepRefused(step=name)
    if kind is EventKind.DECLINED and not entry.step.declinable:
        raise StepRefused(step=name)
    if kind in SETTLING and entry.state in (StepState.DONE, StepState.STANDING):
        raise StepRefused(step=name)
    if entry.state is StepState.CANNOT_TELL:
        raise StepRefused(sentence(entry), step=name)
    if kind is EventKind.DONE:
        stopped = closed_gates(definition, entry.step.gates, facts)
        if entry.step.closes:
            stopped = stopped + agenda.closing.reasons
        if stopped:
            raise StepRefused(_in_language(stopped[0].sentence), step=name)


def check_gates(definition: Definition, step: str, facts: Facts) -> None:
    """Raise `StepRefused` with the protocol's sentence if a gate of the step is closed now."""
    stopped = closed_gates(definition, definition.steps[step].gates, facts)
    if stopped:
        raise StepRefused(_in_language(stopped[0].sentence), step=step)


def sentence(entry: StepAgenda) -> str:
    """Why a step is stopped, in the reader's language; empty if it is not."""
    return _in_language(entry.why[0].sentence) if entry.why else ""


def _in_language(text: Text) -> str:
    return text.in_language(get_language() or "es")


def _corrected(run: Run, kind: EventKind, corrects: UUID | None) -> UUID | None:
    if kind is not EventKind.CORRECTED:
        return None
    if corrects is None:
        raise NotFound
    fixed = (EventKind.OPENED, EventKind.MOVED)
    known = StepEvent.objects.filter(id=corrects, run=run).exclude(kind__in=fixed)
    if not known.exists():
        raise NotFound(event=corrects)
    return corrects


def _write(run: Run, by: Actor, *, kind: EventKind, at: datetime, side: str, **more: Any) -> None:
    if kind is EventKind.OPENED:
        more["moment"] = run.kind
    StepEvent.objects.create(
        institution_id=run.institution_id,
        run=run,
        kind=kind.value,
        at=at,
        side=side,
        recorded_at=clock.now(),
        by_kind=by.kind.value,
        by_id=by.id[:64],
        **more,
    )


def _refresh(run: Run, by: Actor, facts: Facts) -> Agenda:
    now = clock.now()
    agenda = agenda_of(run, facts, now)
    StepEvent.objects.bulk_create(
        StepEvent(
            institution_id=run.institution_id,
            run=run,
            kind=EventKind.STARTED.value,
            step=start.step,
            side=run.side,
            occurrence=start.occurrence,
            at=now,
            recorded_at=now,
            due_at=start.due_at,
            by_kind=by.kind.value,
            by_id=by.id[:64],
        )
        for start in agenda.starts
    )
    _keep_due(run, agenda)
    return agenda


def _keep_due(run: Run, agenda: Agenda) -> None:
    """Bring the rows of one run in line with its agenda; untouched rows are not written."""
    definition = versions.definition_of_run(run)
    wanted = {}
    for name, entry in agenda.steps.items():
        if entry.state in KEPT and not agenda.closed:
            state = StepState.DUE if entry.state is StepState.OVERDUE else entry.state
            owing = run.side if entry.mine else entry.step.sides[0].value
            actor = definition.actors[entry.actor]
            wanted[name] = (
                *(entry.occurrence, owing, entry.mine, actor.code, actor.role),
                *(state.value, entry.due_at),
            )
    there = {row.step: row for row in Due.objects.filter(run=run)}
    gone = [row.pk for name, row in there.items() if name not in wanted]
    if gone:
        Due.objects.filter(pk__in=gone).delete()
    changed, new = [], []
    for name, values in wanted.items():
        row = there.get(name)
        if row is None:
            row = Due(institution_id=run.institution_id, run=run, kind=run.kind, step=name)
            new.append(row)
        elif tuple(getattr(row, field) for field in _FIELDS) == values:
            continue
        else:
            changed.append(row)
        for field, value in zip(_FIELDS, values, strict=True):
            setattr(row, field, value)
    Due.objects.bulk_create(new)
    if changed:
        Due.objects.bulk_update(changed, _FIELDS)
