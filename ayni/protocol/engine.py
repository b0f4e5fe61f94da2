"""What is due, for whom, and why not: definition + what happened + now → agenda.

Pure: no clock, no database, no Django. Whoever calls records the clocks named in
`Agenda.starts`; a due time that was recorded is never worked out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ayni.protocol.conditions import FactValue, check_facts
from ayni.protocol.deadlines import Calendar, runs_out
from ayni.protocol.events import Event, EventKind, History, Story, history, tell
from ayni.protocol.model import (
    Definition,
    Gate,
    Limit,
    RepeatKind,
    Side,
    Start,
    Step,
    SubjectKind,
    Text,
)


class StepState(StrEnum):
    """Where a step stands. STANDING is a duty without an end, such as secrecy."""

    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"
    WAITING = "waiting"
    PAUSED = "paused"
    BLOCKED = "blocked"
    STANDING = "standing"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    DECLINED = "declined"
    WAIVED = "waived"


_SETTLED = {
    EventKind.DONE: StepState.DONE,
    EventKind.DECLINED: StepState.DECLINED,
    EventKind.WAIVED: StepState.WAIVED,
}
_ASKED_FOR = frozenset({StepState.DUE, StepState.OVERDUE, StepState.PAUSED})
_HOLDS_CLOSING = _ASKED_FOR | {StepState.CANNOT_TELL}
_REACHED = _ASKED_FOR | {StepState.BLOCKED}
_LATER_STARTS = frozenset({Start.CHANGED, Start.LAST_DONE})


class ReasonKind(StrEnum):
    GATE = "gate"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    OPEN_DUTY = "open_duty"
    OTHER_SIDE = "other_side"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step is stopped or a case cannot be closed: a sentence, and what it is about."""

    kind: ReasonKind
    sentence: Text
    condition: str = ""
    facts: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepAgenda:
    """One step for one subject at one time. `due_at` is UTC; None where nothing gives a date."""

    step: Step
    state: StepState
    mine: bool
    occurrence: int
    due_at: datetime | None
    limit: Limit | None
    why: tuple[Reason, ...]
    unknown: tuple[str, ...]
    presumed: bool
    settled_at: datetime | None
    ever_done: bool
    settled_reason: str
    period_until: datetime | None
    pause_asked_by: Side | None

    @property
    def sides(self) -> tuple[Side, ...]:
        return self.step.sides

    @property
    def actor(self) -> str:
        return self.step.actor

    @property
    def asked_for(self) -> bool:
        """Somebody has to act: due, overdue, or paused by agreement."""
        return self.state in _ASKED_FOR

    @property
    def settled(self) -> bool:
        return self.state in (StepState.DONE, StepState.DECLINED, StepState.WAIVED)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that started and is not recorded yet."""

    step: str
    occurrence: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    allowed: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """Every step of the phases that run, in the order of the definition.

    `closed`: the closing step was done, or the subject was closed, and not reopened since.
    """

    steps: Mapping[str, StepAgenda]
    closing: Closing
    starts: tuple[Clock, ...]
    side: Side
    closed: bool

    def mine(self) -> tuple[StepAgenda, ...]:
        """What this side has to do now, earliest first; without a date last."""
        return tuple(
            sorted((e for e in self.steps.values() if e.mine and e.asked_for), key=_by_due)
        )

    def owed_by_others(self) -> tuple[StepAgenda, ...]:
        """What the other sides have to do now, earliest first."""
        return tuple(
            sorted((e for e in self.steps.values() if not e.mine and e.asked_for), key=_by_due)
        )

    def overdue(self) -> tuple[StepAgenda, ...]:
        return tuple(e for e in self.steps.values() if e.state is StepState.OVERDUE)


def _by_due(entry: StepAgenda) -> tuple[bool, float]:
    return entry.due_at is None, entry.due_at.timestamp() if entry.due_at else 0.0


@dataclass(slots=True)
class _Run:
    """What one evaluation works with."""

    definition: Definition
    facts: Mapping[str, FactValue]
    story: Story
    histories: dict[str, History]
    opened: dict[str, datetime]
    now: datetime
    side: Side
    calendar: Calendar
    satisfied: dict[str, bool]


def evaluate(
    definition: Definition,
    *,
    facts: Mapping[str, FactValue],
    events: Iterable[Event],
    now: datetime,
    side: Side,
    calendar: Calendar,
) -> Agenda:
    """Work out the agenda of one subject for one side.

    `facts` holds what is known and nothing else; `now` is aware. Raises FactRefused for a fact
    that the definition does not declare and ValueError for a time without zone.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    check_facts(facts, definition.facts)
    story = tell(events, now)
    opened: dict[str, datetime] = {}
    histories: dict[str, History] = {}
    for phase in definition.phases:
        at = story.opened.get(phase.subject)
        if at is not None:
            for name in phase.steps:
                opened[name] = at
                histories[name] = history(
                    definition.steps[name], story.by_step.get(name), story, side
                )
    run = _Run(definition, facts, story, histories, opened, now, side, calendar, {})
    entries = {
        name: _entry(run, definition.steps[name])
        for name in histories
        if not definition.steps[name].closes
    }
    closing = _closing(run, entries)
    for name in histories:
        if definition.steps[name].closes:
            entries[name] = _entry(run, definition.steps[name], closing)
    closed = story.closed or any(
        past.settled is not None and definition.steps[name].closes
        for name, past in histories.items()
    )
    return Agenda(
        steps={name: entries[name] for name in histories},
        closing=closing,
        starts=() if closed else _starts(run, entries.values()),
        side=side,
        closed=closed,
    )


def _entry(run: _Run, step: Step, closing: Closing | None = None) -> StepAgenda:
    past = run.histories[step.id]
    applies: bool | None = True
    unknown: tuple[str, ...] = ()
    if step.applies_when:
        condition = run.definition.conditions[step.applies_when]
        applies = condition.value(run.facts)
        if applies is None:
            unknown = condition.missing(run.facts)
    presumed = applies is None and step.presumed
    state, why = _state(run, step, past, applies or presumed or None, closing, applies)
    due_at, limit = None, None
    if past.settled is None and state not in (StepState.NOT_APPLICABLE, StepState.CANNOT_TELL):
        limit = _limit(run, step, past)
        due_at = _due(run, step, past, limit, state)
        if state is StepState.DUE and due_at is not None and run.now > due_at:
            state = StepState.OVERDUE
    return StepAgenda(
        step=step,
        state=state,
        mine=run.side in step.sides,
        occurrence=past.occurrence,
        due_at=due_at,
        limit=limit,
        why=why,
        unknown=unknown,
        presumed=presumed,
        settled_at=past.since,
        ever_done=past.ever,
        settled_reason=past.reason,
        period_until=_period(run, step, past) if step.period and past.since else None,
        pause_asked_by=past.pause.asked_by,
    )


def _state(
    run: _Run,
    step: Step,
    past: History,
    counts: bool | None,
    closing: Closing | None,
    applies: bool | None,
) -> tuple[StepState, tuple[Reason, ...]]:
    if past.settled is not None:
        return _SETTLED[past.settled], ()
    if applies is False:
        return StepState.NOT_APPLICABLE, ()
    if counts is None:
        return StepState.CANNOT_TELL, (_cannot_tell(run, step.applies_when),)
    earlier = tuple([name for name in step.after if not _satisfied(run, name)])
    if earlier:
        phrase = run.definition.phrases["waiting"]
        return StepState.WAITING, (Reason(ReasonKind.WAITING, phrase, steps=earlier),)
    if past.pause.running:
        return StepState.PAUSED, ()
    stopped = _stopped(run, step.gates)
    if closing is not None:
        stopped = stopped + closing.reasons
    if stopped:
        return StepState.BLOCKED, stopped
    return (StepState.STANDING if step.continuous else StepState.DUE), ()


def _satisfied(run: _Run, name: str) -> bool:
    """An earlier step stands in the way no longer: settled once, or not called for at all."""
    try:
        return run.satisfied[name]
    except KeyError:
        pass
    past = run.histories.get(name)
    answer = past is None or past.ever or past.settled is not None
    if past is not None and not answer:
        needed = run.definition.steps[name].applies_when
        answer = bool(needed) and run.definition.conditions[needed].value(run.facts) is False
    run.satisfied[name] = answer
    return answer


def _stopped(run: _Run, gates: tuple[Gate, ...]) -> tuple[Reason, ...]:
    return closed_gates(run.definition, gates, run.facts)


def closed_gates(
    definition: Definition, gates: tuple[Gate, ...], facts: Mapping[str, FactValue]
) -> tuple[Reason, ...]:
    """The gates that are not open, each with its sentence. Unknown closes a gate."""
    stopped = []
    for gate in gates:
        condition = definition.conditions[gate.condition]
        value = condition.value(facts)
        if value is not True:
            missing = condition.missing(facts) if value is None else ()
            stopped.append(Reason(ReasonKind.GATE, gate.why, gate.condition, missing))
    return tuple(stopped)


def _cannot_tell(run: _Run, name: str) -> Reason:
    missing = run.definition.conditions[name].missing(run.facts)
    names = [run.definition.fact_names[fact] for fact in missing]
    phrase = run.definition.phrases["cannot_tell"]
    sentence = Text(
        es=phrase.es.replace("{facts}", ", ".join(each.es for each in names)),
        pt=phrase.pt.replace("{facts}", ", ".join(each.pt for each in names)),
        en=phrase.en.replace("{facts}", ", ".join(each.en for each in names)),
    )
    return Reason(ReasonKind.UNKNOWN, sentence, name, missing)


def _limit(run: _Run, step: Step, past: History) -> Limit | None:
    """The first limit that certainly holds for the occurrence that is open."""
    later = past.occurrence > 1 and (
        step.repeat is not None and step.repeat.kind is not RepeatKind.SCHEDULE
    )
    for limit in step.limits:
        if (limit.start in _LATER_STARTS) is not later:
            continue
        if not limit.when or run.definition.conditions[limit.when].value(run.facts) is True:
            return limit
    return None


def _due(
    run: _Run, step: Step, past: History, limit: Limit | None, state: StepState
) -> datetime | None:
    due_at, begun = _recorded(past, limit), None
    if due_at is not None:
        begun = past.started[past.occurrence].at
    else:
        if limit is None or limit.value is None:
            return None
        base = _base(run, step, past, limit, state)
        if base is None:
            return None
        value = limit.value
        if step.repeat is not None and step.repeat.kind is RepeatKind.SCHEDULE:
            value = step.repeat.values[past.occurrence - 1]
        if limit.start is Start.BEFORE:
            value = -value
        else:
            begun = base
        due_at = runs_out(base, value, limit.unit, run.calendar)
    for paused_at, resumed_at, renewed in past.pause.resumed:
        # A clock that began in a pause stands still for the rest of it only.
        still = resumed_at - (paused_at if begun is None else max(paused_at, begun))
        due_at = renewed or due_at + max(still, timedelta())
    return due_at


def _recorded(past: History, limit: Limit | None) -> datetime | None:
    """The due time written down when this clock started.

    A limit that counts back from a planned moment has none: what is recorded is the moment.
    """
    started = past.started.get(past.occurrence)
    if started is None or (limit is not None and limit.start is Start.BEFORE):
        return None
    return started.due_at


def _base(run: _Run, step: Step, past: History, limit: Limit, state: StepState) -> datetime | None:
    if limit.start is Start.OPENED:
        return run.opened[step.id]
    if limit.start is Start.READY:
        return run.now if state is StepState.DUE else None
    if limit.start is Start.CHANGED:
        return past.changed_at
    if limit.start is Start.LAST_DONE:
        return past.since
    if limit.start is Start.STEP:
        other = run.histories.get(limit.step)
        return other.since if other is not None else None
    return run.story.planned.get(limit.moment)


def _period(run: _Run, step: Step, past: History) -> datetime | None:
    """Until when something that was granted runs, such as a recovery period."""
    if past.settled is not EventKind.DONE or past.since is None:
        return None
    for limit in step.period:
        if limit.value is not None and (
            not limit.when or run.definition.conditions[limit.when].value(run.facts) is True
        ):
            return runs_out(past.since, limit.value, limit.unit, run.calendar)
    return None


def _closing(run: _Run, entries: Mapping[str, StepAgenda]) -> Closing:
    reasons: list[Reason] = []
    if SubjectKind.CASE in run.story.opened:
        reasons += _stopped(run, run.definition.closing_gates)
    mine = [e.step.id for e in entries.values() if e.mine and _holds(e)]
    if mine:
        phrase = run.definition.phrases["open_duties"]
        reasons.append(Reason(ReasonKind.OPEN_DUTY, phrase, steps=tuple(mine)))
    theirs = [e.step.id for e in entries.values() if not e.mine and e.step.answers and _holds(e)]
    if theirs:
        phrase = run.definition.phrases["other_side_owes"]
        reasons.append(Reason(ReasonKind.OTHER_SIDE, phrase, steps=tuple(theirs)))
    return Closing(not reasons, tuple(reasons))


def _holds(entry: StepAgenda) -> bool:
    """A later occurrence of a step that comes back for ever does not keep a case open."""
    if not entry.step.holds_closing or entry.state not in _HOLDS_CLOSING:
        return False
    repeat = entry.step.repeat
    return not (repeat is not None and repeat.kind is RepeatKind.EVERY and entry.ever_done)


def _starts(run: _Run, entries: Iterable[StepAgenda]) -> tuple[Clock, ...]:
    starts = []
    for entry in entries:
        if entry.due_at is None or entry.state not in (*_REACHED, StepState.WAITING):
            continue
        if entry.limit is not None and entry.limit.start is Start.BEFORE:
            continue
        past = run.histories[entry.step.id]
        if _recorded(past, entry.limit) is None and not past.pause.resumed:
            starts.append(Clock(entry.step.id, entry.occurrence, entry.due_at))
    return tuple(starts)
