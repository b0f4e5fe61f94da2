"""Example cases: what a jurist expects of a definition, written down and run.

An example gives side, post, facts, events and a time, and names what should then hold of some
steps. Times are local to the post, written `2026-11-23 10:00`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ayni.protocol.calendar import PostCalendar, post_calendar
from ayni.protocol.engine import Agenda, StepAgenda, evaluate
from ayni.protocol.events import Event, EventKind
from ayni.protocol.model import Definition, Side, SubjectKind
from ayni.protocol.source import Located, Path_, read

_SHORT = "%Y-%m-%d %H:%M"
_LONG = "%Y-%m-%d %H:%M:%S"
_SUBJECT_KINDS = (EventKind.CHANGED, EventKind.CLOSED, EventKind.REOPENED, EventKind.CORRECTED)


@dataclass(frozen=True, slots=True)
class Example:
    """One example case. `where` is the file and line it stands at."""

    title: str
    where: str
    side: Side
    calendar: PostCalendar
    facts: Mapping[str, bool | str]
    events: tuple[Event, ...]
    now: datetime
    expect: Mapping[str, Mapping[str, Any]]
    closing: Mapping[str, Any] | None


def read_examples(definition: Definition, file: Path) -> list[Example]:
    """Every example of a file. Raises DefinitionRefused for bad YAML, ValueError naming file and
    line for an example that cannot be read."""
    document = read(file)
    return [
        _example(definition, each, document, ("examples", place))
        for place, each in enumerate(document.value["examples"])
    ]


def _example(
    definition: Definition, each: Mapping[str, Any], document: Located, path: Path_
) -> Example:
    file, line, _column = document.place(path)
    where = f"{file}:{line}"
    try:
        calendar = post_calendar(each["post"]["country"], each["post"]["zone"])
        unknown = [name for name in each["expect"] if name not in definition.steps]
        if unknown:
            raise ValueError(_("there is no step %(step)s") % {"step": repr(unknown[0])})
        return Example(
            title=each["title"]["en"],
            where=where,
            side=Side(each["side"]),
            calendar=calendar,
            facts=each.get("facts", {}),
            events=tuple(
                _event(event, calendar, number) for number, event in enumerate(each["events"])
            ),
            now=_time(each["now"], calendar),
            expect=each["expect"],
            closing=each.get("closing"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            _("%(where)s: this example cannot be read: %(why)s")
            % {"where": where, "why": repr(error)}
        ) from error


def _time(text: str, calendar: PostCalendar) -> datetime:
    form = _LONG if text.count(":") == 2 else _SHORT
    return datetime.strptime(text, form).replace(tzinfo=calendar.zone)


def _event(each: Mapping[str, Any], calendar: PostCalendar, number: int) -> Event:
    at = _time(each["at"], calendar)
    side = Side(each["side"]) if "side" in each else None
    due_at = _time(each["due"], calendar) if "due" in each else None
    reason = each.get("reason", "")
    name = str(each.get("id", f"event-{number}"))
    if "opened" in each:
        return Event(EventKind.OPENED, at, name, subject=SubjectKind(each["opened"]))
    if "planned" in each:
        planned = _time(each["for"], calendar)
        return Event(EventKind.PLANNED, at, name, moment=each["planned"], due_at=planned)
    for kind in _SUBJECT_KINDS:
        if kind.value in each:
            corrects = each["corrected"] if kind is EventKind.CORRECTED else ""
            return Event(kind, at, name, reason=reason or "new_information", corrects=corrects)
    for kind in EventKind:
        if kind.value in each:
            return Event(
                kind,
                at,
                name,
                step=each[kind.value],
                side=side,
                due_at=due_at,
                reason=reason,
                occurrence=each.get("occurrence", 1),
            )
    kinds = ", ".join(kind.value for kind in EventKind)
    raise ValueError(_("an event needs one of: %(kinds)s") % {"kinds": kinds})


def differences(definition: Definition, example: Example) -> list[str]:
    """What an example expects and the engine does not say; empty if it holds."""
    agenda = evaluate(
        definition,
        facts=example.facts,
        events=example.events,
        now=example.now,
        side=example.side,
        calendar=example.calendar,
    )
    found = []
    for name, expected in example.expect.items():
        if name not in agenda.steps:
            if expected.get("state") != "not_running":
                told = _("%(where)s: step %(step)s does not run")
                found.append(told % {"where": example.where, "step": name})
            continue
        said = _said(agenda.steps[name], example.calendar)
        for key, value in expected.items():
            if said[key] != value:
                told = _("%(where)s: step %(step)s: %(key)s is %(found)s, expected %(expected)s")
                values = {"where": example.where, "step": name, "key": key}
                found.append(told % {**values, "found": repr(said[key]), "expected": repr(value)})
    if example.closing is not None:
        closing = _closing(agenda)
        for key, value in example.closing.items():
            got = closing[key]
            wanted = set(value) <= set(got) if isinstance(value, list) else value == got
            if not wanted:
                told = _("%(where)s: closing: %(key)s is %(found)s, expected %(expected)s")
                values = {"where": example.where, "key": key}
                found.append(told % {**values, "found": repr(got), "expected": repr(value)})
    return found


def _said(entry: StepAgenda, calendar: PostCalendar) -> dict[str, Any]:
    return {
        "state": entry.state.value,
        "due": _local(entry.due_at, calendar),
        "because": [reason.condition for reason in entry.why if reason.condition],
        "waiting_for": [step for reason in entry.why for step in reason.steps],
        "unknown": sorted(entry.unknown or {fact for r in entry.why for fact in r.facts}),
        "mine": entry.mine,
        "presumed": entry.presumed,
        "occurrence": entry.occurrence,
        "status": entry.limit.status.value if entry.limit else "none",
        "period_until": _local(entry.period_until, calendar),
        "actor": entry.actor,
    }


def _local(at: datetime | None, calendar: PostCalendar) -> str:
    if at is None:
        return "none"
    local = at.astimezone(calendar.zone)
    return local.strftime(_LONG if local.second else _SHORT)


def _closing(agenda: Agenda) -> dict[str, Any]:
    return {
        "allowed": agenda.closing.allowed,
        "because": [reason.condition for reason in agenda.closing.reasons if reason.condition],
        "steps": [step for reason in agenda.closing.reasons for step in reason.steps],
    }
