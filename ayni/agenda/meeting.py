"""Meetings: called, held, decided in; each a next version of one entry of the secretariat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ayni.agenda import meetings, reading, writing
from ayni.agenda.errors import NotByConsensus, NotHeldYet
from ayni.agenda.meeting_kind import MEETING, check_decision
from ayni.agenda.meetings import Decision
from ayni.agenda.reading import Presidencies
from ayni.agenda.standing import Stands
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as it stands. `quorum`: how many states had to be present, as it was known when
    the attendance was recorded, or is known now for one that was not held."""

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
    stands: Stands


def _meeting(key: str, stands: Stands) -> Meeting | None:
    if stands.version is None:
        return None
    body = stands.version.body
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


def _quorum(known: Presidencies) -> int:
    rule = reading.rule("quorum", known)
    return meetings.needed(rule.value if rule else "", len(members.states()))


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
        "items": [each.strip() for each in items if each.strip()],
        "held": False,
        "present": [],
        "quorum": _quorum(known),
        "decisions": [],
        "minutes": "",
    }
    with audit.act(by=by, verb="agenda.call_meeting", subject=key):
        return writing.publish(by, MEETING, key, body, known=known, after="", instead=instead)


def record_attendance(
    *, by: Actor, key: str, present: Sequence[str], minutes: str, after: str, instead: str = ""
) -> Published:
    """Record which states were present and what the minutes say. The quorum is the one that is
    known now. Raises `NotFound`, `NoQuorum` if decisions were recorded that would lose theirs,
    and as `call_meeting`."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    changed = {
        "held": True,
        "present": sorted(present),
        "quorum": _quorum(known),
        "minutes": minutes.strip(),
    }
    with audit.act(by=by, verb="agenda.record_attendance", subject=key):
        return _next(by, key, changed, known, after, instead)


def decide(*, by: Actor, key: str, decision: Decision, after: str, instead: str = "") -> Published:
    """Record one decision of a meeting that was held: adopted if no state objected, kept as not
    adopted otherwise. Raises `NotHeldYet`, `NotByConsensus`, `NoQuorum`, `NotPresent`,
    `ObjectsAndReserves`, and as `record_attendance`."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = meeting(key, known)
    if not found.held:
        raise NotHeldYet
    rule = reading.rule("decision", known)
    if rule is None or rule.value != "consensus":
        raise NotByConsensus
    check_decision(decision, present=list(found.present), quorum=found.quorum)
    changed = {"decisions": meetings.as_json([*found.decisions, decision])}
    with audit.act(by=by, verb="agenda.decide", subject=key):
        return _next(by, key, changed, known, after, instead)


def _next(
    by: Actor, key: str, changed: Mapping[str, Any], known: Presidencies, after: str, instead: str
) -> Published:
    stands = meeting(key, known).stands
    assert stands.version is not None  # there is a meeting
    body = {**stands.version.body, **changed}
    return writing.publish(by, MEETING, key, body, known=known, after=after, instead=instead)
