"""Meetings: called, moved or cancelled, held, decided in, their minutes closed; each step is a next
version of one entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ayni.agenda import meeting_changes, meetings, reading, writing
from ayni.agenda.errors import (
    AgendaFull,
    AlreadyHeld,
    IsCancelled,
    MinutesClosed,
    MinutesOpen,
    NotBegunYet,
    NotByConsensus,
    NotHeldYet,
    SameMoment,
    WhyNeeded,
)
from ayni.agenda.meeting_changes import Change, Phase, Step
from ayni.agenda.meeting_kind import MEETING, MOST_ITEMS, check_decision
from ayni.agenda.meetings import Decision
from ayni.agenda.reading import Presidencies
from ayni.agenda.standing import Stands
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused
from ayni.members import api as members


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as it stands. `quorum`: how many states had to be present on its day, as it was
    known when the attendance was recorded, or when it was called for one that was not held; `rule`:
    value and source of the plenary's rule by which it was counted, None while none was set;
    `changes`: when it was moved or cancelled, its minutes closed or opened again, the first first.
    """

    key: str
    title: str
    place: str
    at: datetime
    items: tuple[str, ...]
    held: bool
    present: tuple[str, ...]
    quorum: int
    decisions: tuple[Decision, ...]
    minutes: str
    rule: tuple[str, str] | None
    changes: tuple[Change, ...]
    stands: Stands

    @property
    def phase(self) -> Phase:
        """How far it is."""
        return meeting_changes.phase(self.changes, held=self.held)

    @property
    def quorate(self) -> bool:
        """Whether as many states were present as must be."""
        return len(self.present) >= self.quorum

    @property
    def early(self) -> bool:
        """Whether it was recorded as held before its hour: earlier software let that be."""
        return self.held and self.stands.version is not None and self.stands.version.at < self.at


def _meeting(key: str, stands: Stands) -> Meeting | None:
    if stands.version is None:
        return None
    body = stands.version.body
    counted = body.get("counted")
    return Meeting(
        key=key,
        title=body["title"],
        place=body["place"],
        at=clock.parse(body["at"]),
        items=tuple(body["items"]),
        held=body["held"],
        present=tuple(body["present"]),
        quorum=body["quorum"],
        decisions=meetings.of_json(body["decisions"]),
        minutes=body["minutes"],
        rule=(counted["value"], counted["source"]) if counted else None,
        changes=meeting_changes.of_json(body.get("changes", ())),
        stands=stands,
    )


def all_meetings(known: Presidencies) -> list[Meeting]:
    """Every meeting, the latest first."""
    rows = (_meeting(key, stands) for key, stands in reading.all_of(MEETING, known).items())
    return sorted((each for each in rows if each), key=lambda each: each.at, reverse=True)


def meeting(key: str, known: Presidencies) -> Meeting:
    """One meeting. Raises `NotFound`."""
    found = _meeting(key, reading.stands_of(MEETING, key, known))
    if found is None:
        raise NotFound
    return found


def called_by(key: str, known: Presidencies) -> str:
    """The code of whoever called a meeting: the secretariat, or the presidency instead of it.
    Raises `NotFound`."""
    chain = reading.chain_of(MEETING, key, known)
    if not chain:
        raise NotFound
    return chain[-1].owner


def _counted(known: Presidencies, at: datetime) -> dict[str, Any]:
    """How many states must be present, and by which rule: the one that holds on the day of the
    meeting (UTC), as it is known now."""
    rule = reading.rule("quorum", known).on(at.astimezone(UTC).date())
    found: dict[str, Any] = {"quorum": meetings.needed(rule.value, len(members.states()))}
    if rule.value:
        found["counted"] = {"value": rule.value, "source": rule.source}
    return found


# Why a step is not taken now, by how far the meeting is.
_REFUSED = {
    Phase.CALLED: NotHeldYet,
    Phase.CANCELLED: IsCancelled,
    Phase.HELD: AlreadyHeld,
    Phase.CLOSED: MinutesClosed,
}


def check_step(found: Meeting, step: Step, *, now: datetime) -> None:
    """Raise `IsCancelled`, `AlreadyHeld`, `NotHeldYet`, `NotBegunYet`, `MinutesClosed` or
    `MinutesOpen` unless a step can be taken now."""
    at = found.phase
    if (at, step) in meeting_changes.TABLE:
        if meeting_changes.too_early(step, begins=found.at, now=now):
            raise NotBegunYet(members.moment_here(found.at))
        return
    if step is Step.REOPEN and at is Phase.HELD:
        raise MinutesOpen
    if at is Phase.CLOSED and step in (Step.MOVE, Step.CANCEL, Step.CORRECT):
        raise AlreadyHeld
    raise _REFUSED[at]


def can_step(found: Meeting, step: Step, *, now: datetime) -> bool:
    """Whether `check_step` lets this step be taken."""
    try:
        check_step(found, step, now=now)
    except Refused:
        return False
    return True


def written_items(lines: Sequence[str]) -> list[str]:
    """The items of an agenda, of lines as they were typed."""
    return [each.strip() for each in lines if each.strip()]


def call_meeting(
    *, by: Actor, title: str, place: str, at: datetime, items: Sequence[str], instead: str = ""
) -> Published:
    """Call a meeting of the states for a moment, with the items of its agenda. Raises
    `StandsOtherwise` if one is called on that day under that name, `NamesAPerson`, and what
    `record_term` raises."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    moment = at.astimezone(UTC).replace(microsecond=0)
    key = f"{moment.date().isoformat()}-{writing.slug(title)}"
    body: dict[str, Any] = {
        "title": title.strip(),
        "place": place.strip(),
        "at": clock.isoformat(moment),
        "items": written_items(items),
        "held": False,
        "present": [],
        "quorum": _counted(known, moment)["quorum"],
        "decisions": [],
        "minutes": "",
    }
    with audit.act(by=by, verb="agenda.call_meeting", subject=key):
        return writing.publish(by, MEETING, key, body, known=known, after="", instead=instead)


def record_attendance(
    *, by: Actor, key: str, present: Sequence[str], minutes: str, after: str, instead: str = ""
) -> Published:
    """Record which states were present and what the minutes say. The quorum is the one that is
    known now for the day of the meeting. Raises `NotFound`, `NoQuorum` if decisions were recorded
    that would lose theirs, what `check_step` raises, and as `call_meeting`."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    check_step(found, Step.ATTEND, now=clock.now())
    counted = _counted(known, found.at)
    changed = {
        "held": True,
        "present": sorted(present),
        "minutes": minutes.strip(),
        **counted,
    }
    with audit.act(by=by, verb="agenda.record_attendance", subject=key):
        return next_version(by, key, changed, known, after, instead, without=("counted",))


def move_meeting(
    *, by: Actor, key: str, at: datetime, place: str, reason: str, after: str, instead: str = ""
) -> Published:
    """Move a meeting that was not held to another moment or place, and say why. Its key stays.
    Raises `WhyNeeded`, `SameMoment`, what `check_step` raises, and as `call_meeting`."""
    moment, place = at.astimezone(UTC).replace(microsecond=0), place.strip()
    to = {"at": clock.isoformat(moment), "place": place}
    return _changed(by, key, Step.MOVE, reason, after, instead, to=to)


def cancel_meeting(*, by: Actor, key: str, reason: str, after: str, instead: str = "") -> Published:
    """Cancel a meeting that was not held, and say why. Raises as `move_meeting`."""
    return _changed(by, key, Step.CANCEL, reason, after, instead)


def close_meeting(*, by: Actor, key: str, after: str, instead: str = "") -> Published:
    """Close the minutes of a meeting that was held: they are final. Raises what `check_step`
    raises, and as `call_meeting`."""
    return _changed(by, key, Step.CLOSE, "", after, instead)


def reopen_meeting(*, by: Actor, key: str, reason: str, after: str, instead: str = "") -> Published:
    """Open final minutes again, and say why. Raises as `move_meeting`."""
    return _changed(by, key, Step.REOPEN, reason, after, instead)


_VERBS = {
    Step.MOVE: "agenda.move_meeting",
    Step.CANCEL: "agenda.cancel_meeting",
    Step.CLOSE: "agenda.close_meeting",
    Step.REOPEN: "agenda.reopen_meeting",
}


def _changed(
    by: Actor, key: str, step: Step, reason: str, after: str, instead: str,
    *, to: Mapping[str, str] | None = None,
) -> Published:  # fmt: skip
    """One step that an entry lists, on what stands."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    check_step(found, step, now=clock.now())
    if step is not Step.CLOSE and len(reason.strip()) < 3:
        raise WhyNeeded
    if to and (to["at"], to["place"]) == (clock.isoformat(found.at), found.place):
        raise SameMoment
    new = Change(step, found.at, found.place, reason.strip())
    listed = {"changes": meeting_changes.as_json([*found.changes, new])}
    with audit.act(by=by, verb=_VERBS[step], subject=key):
        return next_version(by, key, {**(to or {}), **listed}, known, after, instead)


def add_item(*, by: Actor, key: str, item: str, instead: str = "") -> Published | None:
    """Add an item to the agenda of a meeting, on what stands; None if it is there already. Raises
    `AgendaFull`, what `check_step` raises, and as `call_meeting`."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    check_step(found, Step.PUT, now=clock.now())
    if item in found.items:
        return None
    if len(found.items) >= MOST_ITEMS:
        raise AgendaFull
    changed = {"items": [*found.items, item]}
    with audit.act(by=by, verb="agenda.add_item", subject=key):
        return next_version(by, key, changed, known, found.stands.ref, instead)


def decide(*, by: Actor, key: str, decision: Decision, after: str, instead: str = "") -> Published:
    """Record one decision of a meeting that was held: adopted if no state objected, kept as not
    adopted otherwise. Raises what `check_step` raises, `NotByConsensus`, `NoQuorum`,
    `NotPresent`, `ObjectsAndReserves`, and as `record_attendance`."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    check_step(found, Step.DECIDE, now=clock.now())
    check_taken(found, decision, known)
    changed = {"decisions": meetings.as_json([*found.decisions, decision])}
    with audit.act(by=by, verb="agenda.decide", subject=key):
        return next_version(by, key, changed, known, after, instead)


def check_taken(found: Meeting, decision: Decision, known: Presidencies) -> None:
    """Raise `NotByConsensus`, `NoQuorum`, `NotPresent` or `ObjectsAndReserves` unless the states
    that were present can have taken this decision."""
    rule = reading.rule("decision", known).on(found.at.astimezone(UTC).date())
    if rule.value != "consensus":
        raise NotByConsensus
    check_decision(decision, present=list(found.present), quorum=found.quorum)


def next_version(
    by: Actor, key: str, changed: Mapping[str, Any], known: Presidencies, after: str, instead: str,
    without: Sequence[str] = (),
) -> Published:  # fmt: skip
    """Publish the next version of a meeting: what stands, with `changed` values and `without` some.
    Raises as `call_meeting`."""
    stands = meeting(key, known).stands
    assert stands.version is not None  # there is a meeting
    kept = {name: each for name, each in stands.version.body.items() if name not in without}
    body = {**kept, **changed}
    return writing.publish(by, MEETING, key, body, known=known, after=after, instead=instead)
