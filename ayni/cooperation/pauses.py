"""A pause of a due time: one side asks for it, only the other side can agree. Pure.

While a pause runs the time for the answer stands still; what is left of it goes on afterwards. A
pause has an end from the beginning, so that nobody waits for ever because somebody forgot it.
Either side may end it earlier, alone: that only makes the time run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ayni.cooperation.states import Side
from ayni.lib.errors import WrongState

LONGEST = timedelta(days=30)  # at a time; a proposal, to be agreed on anew after that

Span = tuple[datetime, datetime]


class Standing(StrEnum):
    """Where a pause that was asked for stands."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Terms:
    """Who asks that the time stands still until when, and what the other side said.

    `since`: the full hour from which on it stands still, once agreed. `ended`: the full hour from
    which on it runs again, if one side ended the pause early.
    """

    asked_by: Side
    asked_at: datetime
    until: datetime
    standing: Standing = Standing.ASKED
    since: datetime | None = None
    ended: datetime | None = None

    def span(self) -> Span | None:
        """From when until when the time stands still; None unless both sides agreed, and for a
        pause that was ended before it began."""
        if self.standing is not Standing.AGREED or self.since is None:
            return None
        end = self.until if self.ended is None else self.ended
        return (self.since, end) if self.since < end else None


def fits(asked_at: datetime, until: datetime) -> bool:
    """Whether a pause may be asked for at this time until then: a full hour that lies ahead."""
    return asked_at < until <= asked_at + LONGEST and until == begun_hour(until)


def begun_hour(moment: datetime) -> datetime:
    """The full hour that has begun: a pause is counted in full hours, as clocks are told."""
    return moment.replace(minute=0, second=0, microsecond=0)


def agree(terms: Terms, *, by: Side, since: datetime) -> Terms:
    """The other side agrees. Raises `WrongState` for the side that asked, for a pause that was
    answered already, and for a time that is not within what was asked for."""
    _check_answer(terms, by)
    if not begun_hour(terms.asked_at) <= since < terms.until or since != begun_hour(since):
        raise WrongState(state=terms.standing.value, move="agree_late")
    return replace(terms, standing=Standing.AGREED, since=since)


def refuse(terms: Terms, *, by: Side) -> Terms:
    """The other side does not agree; nothing stands still. Raises `WrongState` as `agree`."""
    _check_answer(terms, by)
    return replace(terms, standing=Standing.REFUSED)


def end(terms: Terms, *, at: datetime) -> Terms:
    """One side ends an agreed pause: from the full hour `at` on the time runs again.

    Where both sides end it the earlier hour counts, so that the order in which they hear of it
    makes no difference. Raises `WrongState` for a pause that was not agreed on, and for an hour at
    which it would have been over by itself.
    """
    if terms.standing is not Standing.AGREED or terms.since is None:
        raise WrongState(state=terms.standing.value, move="end_pause")
    if at >= terms.until or at != begun_hour(at):
        raise WrongState(state=terms.standing.value, move="end_pause_late")
    at = max(at, terms.since)
    return replace(terms, ended=at if terms.ended is None else min(at, terms.ended))


def _check_answer(terms: Terms, by: Side) -> None:
    if by is terms.asked_by or terms.standing is not Standing.ASKED:
        raise WrongState(state=terms.standing.value, move="answer_pause")


def total(spans: Iterable[Span]) -> timedelta:
    """How long the time stood still in all; an hour that two pauses share counts once."""
    whole, reached = timedelta(), None
    for begin, end in sorted(spans):
        if reached is not None:
            begin = max(begin, reached)
        if begin < end:
            whole += end - begin
            reached = end
    return whole


def moved(due_at: datetime, *, before: Iterable[Span], added: Span) -> datetime:
    """The due time after one more pause. `due_at` already counts those `before`, so that both
    nodes arrive at the same time in whatever order they hear of them."""
    known = list(before)
    return shifted(due_at, before=known, after=[*known, added])


def shifted(due_at: datetime, *, before: Iterable[Span], after: Iterable[Span]) -> datetime:
    """The due time that counted the spans `before`, if it counts those `after` instead."""
    return due_at + total(after) - total(before)
