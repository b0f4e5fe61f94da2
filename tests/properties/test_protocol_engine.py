"""The engine against a deliberately simple one, and laws that hold for every case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from itertools import product
from typing import Any

import cel
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ayni.protocol.conditions import Fact, compile_condition
from ayni.protocol.deadlines import runs_out
from ayni.protocol.engine import Agenda, StepState, evaluate
from ayni.protocol.events import Event, EventKind
from ayni.protocol.load import shipped
from ayni.protocol.model import RepeatKind, Side, Step, SubjectKind, Unit

REFERENCE = shipped("reference", "1.0")
ZERO = datetime(2026, 11, 2, 13, tzinfo=UTC)


class EveryWeekday:
    """A calendar without holidays, in UTC-3."""

    @property
    def zone(self) -> tzinfo:
        from datetime import timezone

        return timezone(timedelta(hours=-3))

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5


CALENDAR = EveryWeekday()
FACTS = st.fixed_dictionaries(
    {},
    optional={name: st.sampled_from(fact.domain) for name, fact in REFERENCE.facts.items()},
)
MOMENTS = st.integers(0, 400).map(lambda hours: ZERO + timedelta(hours=hours))
STEPS = st.sampled_from([name for name in REFERENCE.steps if not name.startswith("0")])
SIDES = st.sampled_from([Side.HOST, Side.NATIONALITY, Side.RESIDENCE])
STEP_EVENTS = st.builds(
    Event,
    kind=st.sampled_from([EventKind.DONE, EventKind.DONE, EventKind.DECLINED, EventKind.WAIVED]),
    at=MOMENTS,
    step=STEPS,
    side=SIDES,
    reason=st.sampled_from(["", "not_needed"]),
)
CHANGES = st.builds(Event, kind=st.just(EventKind.CHANGED), at=MOMENTS)
PLANS = st.builds(
    Event, kind=st.just(EventKind.PLANNED), at=MOMENTS, moment=st.just("travel"), due_at=MOMENTS
)
OPENINGS = st.lists(
    st.sampled_from([SubjectKind.CASE, SubjectKind.NOTICE]), min_size=1, max_size=2, unique=True
).map(lambda kinds: [Event(EventKind.OPENED, ZERO, subject=kind) for kind in kinds])
EVENTS = st.tuples(
    OPENINGS, st.lists(st.one_of(STEP_EVENTS, STEP_EVENTS, CHANGES, PLANS), max_size=40)
).map(lambda parts: [*parts[0], *parts[1]])


def _agenda(
    facts: Mapping[str, Any], events: list[Event], now: datetime, side: Side = Side.HOST
) -> Agenda:
    return evaluate(REFERENCE, facts=facts, events=events, now=now, side=side, calendar=CALENDAR)


# --- the simple one: everything is worked out afresh, by the words of the definition ------------


@lru_cache
def _program(expression: str) -> cel.Program:
    return cel.compile(expression)


@cache
def _slow(name: str, known: tuple[tuple[str, Any], ...]) -> bool | None:
    condition = REFERENCE.conditions[name]
    facts = dict(known)
    choices = [
        [facts[fact]] if fact in facts else list(REFERENCE.facts[fact].domain)
        for fact in condition.facts
    ]
    answers = {
        _program(condition.expression).execute(dict(zip(condition.facts, each, strict=True)))
        for each in product(*choices)
    }
    return answers.pop() if len(answers) == 1 else None


def slow_condition(name: str, facts: Mapping[str, Any]) -> bool | None:
    wanted = REFERENCE.conditions[name].facts
    return _slow(name, tuple(sorted((k, v) for k, v in facts.items() if k in wanted)))


def slow_settlements(step: Step, events: list[Event], side: Side) -> list[Event]:
    found = []
    for event in sorted(events, key=lambda each: each.at):
        if event.step != step.id or event.kind not in (
            EventKind.DONE,
            EventKind.DECLINED,
            EventKind.WAIVED,
        ):
            continue
        if event.kind is EventKind.DECLINED and (not step.declinable or not event.reason):
            continue
        if event.kind is EventKind.WAIVED and (not step.waivable or not event.reason):
            continue
        if not step.joint:
            mine = side in step.sides
            if (event.side != side) if mine else (event.side not in step.sides):
                continue
        found.append(event)
    if step.joint:
        for number, event in enumerate(found):
            signed = {e.side for e in found[: number + 1] if e.kind is EventKind.DONE}
            if set(step.sides) <= signed and event.kind is EventKind.DONE:
                return [event]
        return []
    return found


def slow_settled(step: Step, events: list[Event], side: Side) -> StepState | None:
    found = slow_settlements(step, events, side)
    if not found:
        return None
    last = found[-1]
    state = StepState(last.kind.value)
    if step.repeat is None:
        return state
    if step.repeat.kind is RepeatKind.CHANGE:
        changed = [e for e in events if e.kind is EventKind.CHANGED and e.at > last.at]
        return None if changed else state
    if last.kind is EventKind.DECLINED:
        return state
    if step.repeat.kind is RepeatKind.SCHEDULE and len(found) >= len(step.repeat.values):
        return state
    return None


def slow_state(step: Step, facts: Mapping[str, Any], events: list[Event], side: Side) -> StepState:
    """DUE stands for due or overdue."""
    settled = slow_settled(step, events, side)
    if settled is not None:
        return settled
    applies = slow_condition(step.applies_when, facts) if step.applies_when else True
    if applies is False:
        return StepState.NOT_APPLICABLE
    if applies is None and not step.presumed:
        return StepState.CANNOT_TELL
    running = {e.subject for e in events if e.kind is EventKind.OPENED}
    for name in step.after:
        earlier = REFERENCE.steps[name]
        phase = next(p for p in REFERENCE.phases if p.id == earlier.phase)
        if phase.subject not in running or slow_settlements(earlier, events, side):
            continue
        if earlier.applies_when and slow_condition(earlier.applies_when, facts) is False:
            continue
        return StepState.WAITING
    if any(slow_condition(gate.condition, facts) is not True for gate in step.gates):
        return StepState.BLOCKED
    return StepState.STANDING if step.continuous else StepState.DUE


@settings(max_examples=150, deadline=None)
@given(FACTS, EVENTS, MOMENTS, SIDES)
def test_it_says_what_the_simple_engine_says(
    facts: dict[str, Any], events: list[Event], now: datetime, side: Side
) -> None:
    agenda = _agenda(facts, events, now, side)
    happened = [event for event in events if event.at <= now]
    for name, entry in agenda.steps.items():
        if entry.step.closes:
            continue
        said = StepState.DUE if entry.state is StepState.OVERDUE else entry.state
        assert said is slow_state(entry.step, facts, happened, side), name


@settings(max_examples=100, deadline=None)
@given(FACTS, st.data())
def test_conditions_are_true_only_if_every_completion_is(
    facts: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(REFERENCE.conditions)))
    assert REFERENCE.conditions[name].value(facts) is slow_condition(name, facts)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_three_values_are_exact_for_any_expression(data: st.DataObject) -> None:
    facts = {
        "a": Fact("a", (False, True)),
        "b": Fact("b", (False, True)),
        "c": Fact("c", ("x", "y", "z")),
    }
    leaf = st.sampled_from(["a", "b", "c == 'x'", "c != 'y'", "c in ['x', 'z']"])
    expression = data.draw(
        st.recursive(
            leaf,
            lambda inner: st.one_of(
                st.tuples(inner, inner).map(lambda p: f"({p[0]} && {p[1]})"),
                st.tuples(inner, inner).map(lambda p: f"({p[0]} || {p[1]})"),
                inner.map(lambda p: f"!({p})"),
            ),
            max_leaves=6,
        )
    )
    program = cel.compile(expression)
    names = sorted(program.variables())
    rows = {
        row: program.execute(dict(zip(names, row, strict=True)))
        for row in product(*(facts[name].domain for name in names))
    }
    if len(set(rows.values())) < 2:
        return
    condition = compile_condition("any", expression, facts)
    known = data.draw(
        st.fixed_dictionaries({}, optional={n: st.sampled_from(facts[n].domain) for n in names})
    )
    possible = {
        value
        for row, value in rows.items()
        if all(known.get(n, v) == v for n, v in zip(names, row, strict=True))
    }
    assert condition.value(known) is (possible.pop() if len(possible) == 1 else None)


# --- laws -------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(FACTS, EVENTS, st.data())
def test_forgetting_a_fact_never_opens_a_gate(
    facts: dict[str, Any], events: list[Event], data: st.DataObject
) -> None:
    if not facts:
        return
    forgotten = data.draw(st.sampled_from(sorted(facts)))
    fewer = {name: value for name, value in facts.items() if name != forgotten}
    now = ZERO + timedelta(hours=500)
    before, after = _agenda(facts, events, now), _agenda(fewer, events, now)
    for name, entry in after.steps.items():
        open_now = {reason.condition for reason in entry.why}
        if entry.state in (StepState.DUE, StepState.OVERDUE) and not entry.step.closes:
            for gate in entry.step.gates:
                assert REFERENCE.conditions[gate.condition].value(facts) is True
        if before.steps[name].state is StepState.BLOCKED and entry.state is StepState.BLOCKED:
            closed = {r.condition for r in before.steps[name].why if r.condition}
            assert closed <= open_now
    if after.closing.allowed:
        gates = [REFERENCE.conditions[g.condition].value(facts) for g in REFERENCE.closing_gates]
        assert all(gates)


@settings(max_examples=60, deadline=None)
@given(EVENTS, MOMENTS)
def test_with_nothing_known_no_gated_step_is_ever_open(events: list[Event], now: datetime) -> None:
    agenda = _agenda({}, events, now)
    for entry in agenda.steps.values():
        if entry.step.gates:
            assert entry.state not in (StepState.DUE, StepState.OVERDUE, StepState.STANDING)
    assert not agenda.closing.allowed or SubjectKind.CASE not in {e.subject for e in events}


@settings(max_examples=60, deadline=None)
@given(FACTS, EVENTS, MOMENTS, st.integers(0, 300))
def test_time_alone_turns_due_into_overdue_and_changes_nothing_else(
    facts: dict[str, Any], events: list[Event], now: datetime, hours: int
) -> None:
    events = [event for event in events if event.at <= now]
    first = _agenda(facts, events, now)
    assume(not first.closed)  # in a closed case no clock is started any more
    recorded = [
        *events,
        *(
            Event(EventKind.STARTED, now, step=c.step, occurrence=c.occurrence, due_at=c.due_at)
            for c in first.starts
        ),
    ]
    later = _agenda(facts, recorded, now + timedelta(hours=hours))
    for name, entry in later.steps.items():
        before = first.steps[name]
        assert entry.due_at == before.due_at, name
        if entry.state is not before.state:
            assert (before.state, entry.state) == (StepState.DUE, StepState.OVERDUE)
    assert later.starts == ()


@settings(max_examples=60, deadline=None)
@given(FACTS, EVENTS, MOMENTS, st.randoms())
def test_the_order_in_which_events_are_read_does_not_matter(
    facts: dict[str, Any], events: list[Event], now: datetime, chance: Any
) -> None:
    distinct = list({(event.at, event.step, event.moment): event for event in events}.values())
    seen: set[datetime] = set()
    alone = [
        event
        for event in distinct
        if event.kind is EventKind.OPENED or not (event.at in seen or seen.add(event.at))
    ]
    mixed = list(alone)
    chance.shuffle(mixed)
    assert _agenda(facts, mixed, now) == _agenda(facts, alone, now)


@settings(max_examples=60, deadline=None)
@given(FACTS, EVENTS, MOMENTS)
def test_a_child_or_somebody_of_unknown_age_always_has_the_rules_for_children(
    facts: dict[str, Any], events: list[Event], now: datetime
) -> None:
    facts = {name: value for name, value in facts.items() if name != "age_group"}
    agenda = _agenda(facts, events, now)
    for name, entry in agenda.steps.items():
        if entry.step.protects == "child":
            assert entry.state not in (StepState.NOT_APPLICABLE, StepState.CANNOT_TELL), name
            assert entry.settled or (entry.presumed and entry.unknown == ("age_group",))


@settings(max_examples=60, deadline=None)
@given(FACTS, EVENTS, MOMENTS)
def test_closing_is_never_allowed_with_an_open_duty_of_this_side(
    facts: dict[str, Any], events: list[Event], now: datetime
) -> None:
    agenda = _agenda(facts, events, now)
    if agenda.closing.allowed:
        for entry in agenda.mine():
            assert entry.step.closes or not entry.step.holds_closing or entry.ever_done


@settings(max_examples=60, deadline=None)
@given(EVENTS, MOMENTS)
def test_a_corrected_event_is_as_if_it_had_never_been(events: list[Event], now: datetime) -> None:
    mistake = Event(EventKind.DONE, ZERO, "mistake", step="2.6", side=Side.HOST)
    undone = Event(EventKind.CORRECTED, ZERO, "undo", corrects="mistake", reason="x")
    assert _agenda({}, [*events, mistake, undone], now) == _agenda({}, events, now)


@given(MOMENTS, st.integers(0, 60))
def test_working_days_are_counted_one_by_one(start: datetime, count: int) -> None:
    due = runs_out(start, count, Unit.WORKING_DAYS, CALENDAR)
    local, begins = due.astimezone(CALENDAR.zone), start.astimezone(CALENDAR.zone).date()
    assert local.time() == time(23, 59, 59)
    assert CALENDAR.is_working_day(local.date())
    between = [
        begins + timedelta(days=n)
        for n in range(1, (local.date() - begins).days + 1)
        if CALENDAR.is_working_day(begins + timedelta(days=n))
    ]
    assert len(between) == count or (count == 0 and not CALENDAR.is_working_day(begins))


@given(MOMENTS, st.integers(0, 400), st.integers(0, 400))
def test_a_longer_limit_never_runs_out_earlier(start: datetime, one: int, more: int) -> None:
    for unit in Unit:
        first = runs_out(start, one, unit, CALENDAR)
        assert first <= runs_out(start, one + more, unit, CALENDAR)
        if unit is not Unit.HOURS:
            assert first >= start
