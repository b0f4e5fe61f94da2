"""What happened to one subject, and what that makes of each step's history. Pure.

Events are only ever added. A mistake is undone by a `corrected` event that names it. Events later
than `now` are left out, so that the same list also answers what was due at an earlier time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ayni.protocol.model import RepeatKind, Side, Step, SubjectKind


class EventKind(StrEnum):
    """What can happen. The first group is about the subject, the second about one step."""

    OPENED = "opened"
    CHANGED = "changed"
    PLANNED = "planned"
    CLOSED = "closed"
    REOPENED = "reopened"
    CORRECTED = "corrected"
    MOVED = "moved"

    STARTED = "started"
    DONE = "done"
    DECLINED = "declined"
    WAIVED = "waived"
    PAUSED = "paused"
    RESUMED = "resumed"


SETTLING = frozenset({EventKind.DONE, EventKind.DECLINED, EventKind.WAIVED})
NEEDS_REASON = frozenset(
    {
        EventKind.DECLINED,
        EventKind.WAIVED,
        EventKind.PAUSED,
        EventKind.CORRECTED,
    }
)
ABOUT_STEP = frozenset(
    {
        EventKind.STARTED,
        EventKind.DONE,
        EventKind.DECLINED,
        EventKind.WAIVED,
        EventKind.PAUSED,
        EventKind.RESUMED,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `at` is aware. `side` None means the side of this node. `due_at` is the recorded due time of a
    `started` or `resumed` event, the planned time of a `planned` one, or until when a `paused` one
    lasts (None: until resumed). `reason` is a code of the definition's list of reasons, never free
    text. `moment` names what was planned, or the version to which a subject was moved.
    """

    kind: EventKind
    at: datetime
    id: str = ""
    step: str = ""
    subject: SubjectKind | None = None
    side: Side | None = None
    due_at: datetime | None = None
    occurrence: int = 1
    reason: str = ""
    moment: str = ""
    corrects: str = ""


@dataclass(slots=True)
class Story:
    """Events sorted by what they are about."""

    now: datetime
    opened: dict[SubjectKind, datetime] = field(default_factory=dict)
    changes: list[datetime] = field(default_factory=list)
    planned: dict[str, datetime] = field(default_factory=dict)
    closed: bool = False
    reopened_at: datetime | None = None
    by_step: dict[str, list[Event]] = field(default_factory=dict)


def tell(events: Iterable[Event], now: datetime) -> Story:
    """Sort events up to `now` by time, without those that were corrected."""
    happened = sorted((event for event in events if event.at <= now), key=_time)
    corrected = {event.corrects for event in happened if event.corrects}
    story = Story(now)
    for event in happened:
        if event.id and event.id in corrected:
            continue
        if event.kind in ABOUT_STEP:
            story.by_step.setdefault(event.step, []).append(event)
        elif event.kind is EventKind.OPENED and event.subject is not None:
            story.opened.setdefault(event.subject, event.at)
        elif event.kind is EventKind.CHANGED:
            story.changes.append(event.at)
        elif event.kind is EventKind.PLANNED and event.due_at is not None:
            story.planned[event.moment] = event.due_at
        elif event.kind is EventKind.CLOSED:
            story.closed = True
        elif event.kind is EventKind.REOPENED:
            story.closed, story.reopened_at = False, event.at
    return story


def _time(event: Event) -> datetime:
    return event.at


@dataclass(frozen=True, slots=True)
class History:
    """What happened to one step, as one side sees it.

    `settled` the kind that settles it now, None while something is open; `ever` whether it was
    settled at least once; `occurrence` the one that is open, or the last; `since` when it was
    last settled; `changed_at` the change that called for this occurrence.
    """

    settled: EventKind | None
    ever: bool
    occurrence: int
    since: datetime | None
    reason: str
    changed_at: datetime | None
    started: Mapping[int, Event]
    pause: PauseState


@dataclass(frozen=True, slots=True)
class PauseState:
    """`running` both sides agreed and it is not over; `asked_by` one side waits for the other.

    `resumed`: the spans agreed on whose end is known, also one that still runs: when it began, when
    it ends or ended, and the due time agreed on then, if any.
    """

    running: bool = False
    asked_by: Side | None = None
    resumed: tuple[tuple[datetime, datetime, datetime | None], ...] = ()


NO_PAUSE = PauseState()
_UNTOUCHED = History(None, False, 1, None, "", None, {}, NO_PAUSE)


def history(step: Step, events: list[Event] | None, story: Story, side: Side) -> History:
    """The history of a step for `side`: its own part if it owes one, otherwise the others'."""
    if not events:
        return _UNTOUCHED
    relevant = frozenset((side,)) if side in step.sides else frozenset(step.sides)
    settling = [
        event for event in events if event.kind in SETTLING and _counts(event, step, relevant, side)
    ]
    if step.closes and story.reopened_at is not None:
        settling = [event for event in settling if event.at > story.reopened_at]
    if step.joint:
        settling = _jointly(step, settling, side)
    started = {event.occurrence: event for event in events if event.kind is EventKind.STARTED}
    last = settling[-1] if settling else None
    since = last.at if last else None
    settled, occurrence, changed_at = _open_occurrence(step, settling, story)
    return History(
        settled=settled,
        ever=last is not None,
        occurrence=occurrence,
        since=since,
        reason=last.reason if last else "",
        changed_at=changed_at,
        started=started,
        pause=_pauses(events, since, side, story.now),
    )


def _counts(event: Event, step: Step, relevant: frozenset[Side], own: Side) -> bool:
    if event.kind is EventKind.DECLINED and not (step.declinable and event.reason):
        return False
    if event.kind is EventKind.WAIVED and not (step.waivable and event.reason):
        return False
    return step.joint or (event.side or own) in relevant


def _jointly(step: Step, settling: list[Event], own: Side) -> list[Event]:
    """The act that completed a joint step, once every side that owes it has done its part."""
    missing = set(step.sides)
    for event in settling:
        if event.kind is EventKind.DONE:
            missing.discard(event.side or own)
            if not missing:
                return [event]
    return []


def _open_occurrence(
    step: Step, settling: list[Event], story: Story
) -> tuple[EventKind | None, int, datetime | None]:
    if not settling:
        return None, 1, None
    last = settling[-1]
    count = len(settling)
    repeat = step.repeat
    if repeat is None:
        return last.kind, 1, None
    if repeat.kind is RepeatKind.CHANGE:
        later = next((at for at in story.changes if at > last.at), None)
        return (last.kind, count, None) if later is None else (None, count + 1, later)
    if last.kind is EventKind.DECLINED:
        return last.kind, count, None
    if repeat.kind is RepeatKind.SCHEDULE and count >= len(repeat.values):
        return last.kind, count, None
    return None, count + 1, None


def _pauses(events: list[Event], since: datetime | None, own: Side, now: datetime) -> PauseState:
    """Time stands still only while two sides want it to: one side alone never stops a clock."""
    wanted: list[_Wish] = []
    renewed: dict[datetime, datetime | None] = {}
    for event in events:
        if since is not None and event.at <= since:
            continue
        if event.kind is EventKind.PAUSED and event.reason:
            wanted.append(_Wish(event.side or own, event.at, event.due_at))
        elif event.kind is EventKind.RESUMED:
            wanted = [wish.cut(event.at) for wish in wanted]
            renewed[event.at] = event.due_at
    if not wanted:
        return NO_PAUSE
    agreed = _agreed(wanted)
    alone = {wish.side for wish in wanted if wish.holds(now)}
    running = any(begin <= now and (end is None or now < end) for begin, end in agreed)
    return PauseState(
        running=running,
        asked_by=next(iter(alone)) if len(alone) == 1 and not running else None,
        resumed=tuple((begin, end, renewed.get(end)) for begin, end in agreed if end is not None),
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """One side wants the clock to stand still from `begin` on, until `end` or until resumed."""

    side: Side
    begin: datetime
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        return self.begin <= moment and (self.end is None or moment < self.end)

    def cut(self, moment: datetime) -> _Wish:
        over = self.end is not None and self.end <= moment
        return self if over else _Wish(self.side, self.begin, moment)


def _agreed(wanted: list[_Wish]) -> list[tuple[datetime, datetime | None]]:
    """The spans that two sides want at once, piece by piece; one without an end comes last."""
    marks = sorted({w.begin for w in wanted} | {w.end for w in wanted if w.end is not None})
    return [
        (begin, end)
        for begin, end in zip(marks, [*marks[1:], None], strict=True)
        if len({wish.side for wish in wanted if wish.holds(begin)}) > 1
    ]
