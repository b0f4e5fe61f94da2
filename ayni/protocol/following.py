"""Whether a case has a next step, and whether a version could ever leave one without. Pure.

A case has a next step if a step is asked for now, of whichever side, or its closing step is due.
What is only stopped, or cannot be told, is none: nothing on the page would lead on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum

from ayni.protocol.conditions import FactValue
from ayni.protocol.engine import Agenda, evaluate
from ayni.protocol.events import Event, EventKind
from ayni.protocol.model import Definition, Side, SubjectKind

# Sides that open a case of their own in this software.
OPENING = (Side.HOST, Side.NATIONALITY)
_DAY = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Fault(StrEnum):
    """Why a version would leave cases without a next step."""

    NO_FIRST_STEP = "no_first_step"
    NO_END = "no_end"
    NEEDED_STEP = "needed_step"
    NEEDED_FACT = "needed_fact"
    NEEDED_CODE = "needed_code"
    NEVER_ASKED = "never_asked"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One reason, and what it is about: a side, a step, a fact or a code."""

    fault: Fault
    name: str


@dataclass(frozen=True, slots=True)
class Needed:
    """What the software itself leans on: steps and codes that its pages and verbs name, and facts
    that a case tells, each with the values that it can have."""

    steps: frozenset[str]
    facts: Mapping[str, tuple[FactValue, ...]]
    reasons: frozenset[str]
    moments: frozenset[str]
    lists: frozenset[str]


def next_steps(agenda: Agenda) -> tuple[str, ...]:
    """The steps that lead on now: asked for, or the closing step when it is due."""
    return tuple(name for name, entry in agenda.steps.items() if entry.asked_for)


def is_stuck(agenda: Agenda) -> bool:
    """Whether an open case has no next step."""
    return not agenda.closed and not next_steps(agenda)


def flaws_in(definition: Definition, needed: Needed) -> tuple[Flaw, ...]:
    """Every reason why a case opened under this version could be left without a next step."""
    found = [Flaw(Fault.NEEDED_STEP, name) for name in sorted(needed.steps - set(definition.steps))]
    for name, values in needed.facts.items():
        fact = definition.facts.get(name)
        if fact is None or not set(values) <= set(fact.domain):
            found.append(Flaw(Fault.NEEDED_FACT, name))
    for wanted, known in (
        (needed.reasons, definition.reasons),
        (needed.moments, definition.moments),
        (needed.lists, definition.options),
    ):
        found += [Flaw(Fault.NEEDED_CODE, name) for name in sorted(wanted - set(known))]
    asked = set(definition.answered_by.values()) | set(needed.facts)
    read = {fact for each in definition.conditions.values() for fact in each.facts}
    found += [Flaw(Fault.NEVER_ASKED, name) for name in sorted(read - asked)]
    return tuple([*found, *_ways(definition)])


def _ways(definition: Definition) -> list[Flaw]:
    """A way in and a way out, for each side that opens cases."""
    found = []
    closing = {
        side
        for phase in definition.phases
        for name in phase.steps
        if phase.subject is SubjectKind.CASE and definition.steps[name].closes
        for side in definition.steps[name].sides
    }
    for side in OPENING:
        opened = Event(EventKind.OPENED, _DAY, subject=SubjectKind.CASE)
        agenda = evaluate(
            definition, facts={}, events=[opened], now=_DAY, side=side, calendar=_EveryDay()
        )
        if not any(entry.asked_for for entry in agenda.mine()):
            found.append(Flaw(Fault.NO_FIRST_STEP, side.value))
        if side not in closing:
            found.append(Flaw(Fault.NO_END, side.value))
    return found


class _EveryDay:
    """A calendar for which every day is one of work: only states are asked, no dates."""

    zone: tzinfo = UTC

    def is_working_day(self, day: date) -> bool:
        return True
