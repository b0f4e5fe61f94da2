"""Pausing the time for an answer, by agreement of both sides of a referral or request.

One side asks with a reason and an end, the other agrees or not. Only then does the clock stand
still on both nodes, in both cases and at the secretariat; what comes late or twice changes nothing.
Either side may end an agreed pause early, from the next full hour on, without asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import clocks, grants, history, pauses, steps, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import NotAPause, NotTheirs, PauseAsked
from ayni.cooperation.models import Exchange, Pause, Request
from ayni.cooperation.pauses import Span, Standing, Terms
from ayni.cooperation.states import Side, State
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol

# Where both sides know of it and an answer is still owed.
_REFERRAL_RUNS = (State.RECEIVED, State.READ, State.MORE_ASKED)
_REQUEST_RUNS = (State.RECEIVED, State.ACCEPTED)
_SKEW = timedelta(hours=1)  # how far the clocks of two nodes may differ


def can_pause(row: Exchange) -> bool:
    """Whether the time for an answer runs now, so that both sides may agree on a pause."""
    runs = _REQUEST_RUNS if isinstance(row, Request) else _REFERRAL_RUNS
    return State(row.state) in runs and row.due_at is not None and not telling.by_letter(row)


def pauses_of(row: Exchange) -> list[Pause]:
    """Every pause that was asked for, oldest first."""
    return list(Pause.objects.filter(institution_id=row.institution_id, about=row.id))


def asked_of_us(rows: Iterable[Exchange]) -> dict[UUID, Pause]:
    """Of these referrals and requests those whose other side waits for our word on a pause."""
    running = {row.id for row in rows if can_pause(row)}
    found = Pause.objects.filter(
        about__in=running, direction="in", standing=Standing.ASKED, until__gt=clock.now()
    )
    return {pause.about: pause for pause in found}


def waits_for_them(row: Exchange) -> bool:
    """Whether we have asked for a pause and the other side has not answered yet."""
    return Pause.objects.filter(
        about=row.id, direction="out", standing=Standing.ASKED, until__gt=clock.now()
    ).exists()


def ask_pause(*, by: Actor, about_id: UUID, reason: str, until: datetime) -> Pause:
    """Ask the other side that the due time stands still until then (`PauseReason`).

    Nothing stands still until it agrees. Raises `WrongState` where no answer is owed, `NotAPause`,
    `PauseAsked`, `FearedState`.
    """
    now = clock.now()
    with audit.act(by=by, verb="cooperation.ask_pause", subject=about_id, reason=reason):
        row = _row_to_change(about_id, by)
        if row.id in asked_of_us([row]) or waits_for_them(row):
            raise PauseAsked
        if not pauses.fits(now, until):
            raise NotAPause
        told = {
            "id": exchange.new_conversation(),
            "at": clock.isoformat(now),
            "reason": words.PauseReason(reason).value,
            "until": clock.isoformat(until),
        }
        pause = _keep(row, told, direction="out")
        _tell(row, "pause.ask", told, by=by)
    return pause


def answer_pause(*, by: Actor, about_id: UUID, pause_id: UUID, agree: bool) -> Pause:
    """Agree to the pause that the other side asks for, or not. Raises `WrongState` for one that
    was answered or is over, or that we asked for ourselves; `FearedState`, `NotFound`."""
    now = clock.now()
    verb = "cooperation.answer_pause"
    with audit.act(by=by, verb=verb, subject=about_id, agreed=agree):
        row = _row_to_change(about_id, by)
        pause = _pause(row, id=pause_id)
        since = pauses.begun_hour(now) if agree else None
        _answered(row, pause, history.side_of(row), since, by=by)
        told = {
            "id": pause.shared_id,
            "at": clock.isoformat(now),
            "since": "" if since is None else clock.isoformat(since),
        }
        _tell(row, "pause.answer", told, by=by)
    return pause


def due_if_agreed(row: Exchange, pause: Pause) -> datetime:
    """When the answer would be due if we agreed now."""
    assert row.due_at is not None
    added = (pauses.begun_hour(clock.now()), pause.until)
    return pauses.moved(row.due_at, before=_spans(row), added=added)


def to_be_ended(row: Exchange) -> list[Pause]:
    """The agreed pauses that last beyond the hour that has begun: either side may end them."""
    if not can_pause(row):
        return []
    soon = clock.hour_up(clock.now())
    spans = ((pause, _terms(row, pause).span()) for pause in pauses_of(row))
    return [pause for pause, span in spans if span is not None and span[1] > soon]


def due_if_ended(row: Exchange, pause: Pause) -> datetime:
    """When the answer would be due if we ended this pause now."""
    assert row.due_at is not None
    ended = pauses.end(_terms(row, pause), at=clock.hour_up(clock.now()))
    after = _spans(row, {pause.id: ended})
    return pauses.shifted(row.due_at, before=_spans(row), after=after)


def end_pause(*, by: Actor, about_id: UUID, pause_id: UUID, reason: str) -> Pause:
    """Let the time of a pause that both sides agreed on run again from the next full hour on
    (`EndReason`). The other side is told and need not agree. Ending it again changes nothing.

    Raises `WrongState` for one that was not agreed on or is over, `FearedState`, `NotFound`.
    """
    now = clock.now()
    why = words.EndReason(reason)
    with audit.act(by=by, verb="cooperation.end_pause", subject=about_id, reason=why):
        row = _row_to_change(about_id, by)
        pause = _pause(row, id=pause_id)
        ended = clock.hour_up(now)
        if not _ended(row, pause, ended, why, "out", by=by):
            return pause
        told = {
            "id": pause.shared_id,
            "at": clock.isoformat(now),
            "reason": why.value,
            "ended": clock.isoformat(ended),
        }
        _tell(row, "pause.end", told, by=by)
    return pause


def hear_end(row: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """The other side lets the time run again; the earliest hour counts. Raises `NotTheirs` for a
    pause that was not agreed on, and for an hour at which it was over."""
    with audit.act(by=by, verb="cooperation.hear", subject=row.id, move="pause.end"):
        pause = _pause(row, shared_id=told["id"])
        why = words.EndReason(told["reason"])
        try:
            _ended(row, pause, clock.parse(told["ended"]), why, "in", by=by)
        except WrongState:
            raise NotTheirs("pause") from None


def hear_ask(row: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """The other side asks; the same once more changes nothing. Raises `NotTheirs`."""
    with audit.act(by=by, verb="cooperation.hear", subject=row.id, move="pause.ask"):
        known = Pause.objects.filter(institution_id=row.institution_id, shared_id=told["id"])
        if known.exists():
            _pause(row, shared_id=told["id"])
            return
        # By our own clock, whatever theirs says, it is not endless.
        if clock.parse(told["until"]) > clock.now() + pauses.LONGEST + _SKEW:
            raise NotTheirs("pause")
        _keep(row, told, direction="in")


def hear_answer(row: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """The other side answers what we asked: the first answer counts. Raises `NotTheirs` for a
    pause that it asked for itself, and for a time outside of what was asked."""
    with audit.act(by=by, verb="cooperation.hear", subject=row.id, move="pause.answer"):
        pause = _pause(row, shared_id=told["id"])
        if pause.direction == "out" and pause.standing != Standing.ASKED:
            return
        theirs = Side.RECEIVER if history.side_of(row) is Side.SENDER else Side.SENDER
        since = clock.parse(told["since"]) if told["since"] else None
        try:
            _answered(row, pause, theirs, since, by=by)
        except WrongState:
            raise NotTheirs("pause") from None


def work_out_anew(*, now: datetime) -> int:
    """After the end of a pause bring what is due in its case up to date (a job); how many."""
    count = 0
    for institution in members.institutions(state=members.this_node()):
        by = audit.job("cooperation.pauses_over", str(institution.id))
        with members.acting(institution.id):
            over = Pause.objects.filter(standing=Standing.AGREED, over=False).filter(
                Q(until__lte=now) | Q(ended_at__lte=now)
            )
            for pause in over:
                _over(pause, by=by)
                count += 1
    return count


def _over(pause: Pause, *, by: Actor) -> None:
    row = history.fetch_either(pause.about, by=by)
    case = cases.case_of(row)
    if case is not None:
        protocol.refresh(by=by, subject=case.id, facts=cases.protocol_facts(case))
    Pause.objects.filter(id=pause.id).update(over=True)


def _row_to_change(about_id: UUID, by: Actor) -> Exchange:
    row = history.fetch_either(about_id, by=by, lock=True)
    permission = members.Permission
    outgoing = row.direction == "out"
    members.check_may(by, permission.REFERRAL_SEND if outgoing else permission.REFERRAL_ANSWER)
    if not can_pause(row):
        raise WrongState(state=row.state, move="pause")
    cases.check_feared(grants.feared(row), row.counterpart_state)
    return row


def _pause(row: Exchange, **named: Any) -> Pause:
    """One pause of this row. Raises `NotFound`."""
    found = Pause.objects.select_for_update().filter(
        institution_id=row.institution_id, about=row.id, **named
    )
    pause = found.first()
    if pause is None:
        raise NotFound
    return pause


def _keep(row: Exchange, told: Mapping[str, Any], *, direction: str) -> Pause:
    return Pause.objects.create(
        institution_id=row.institution_id,
        about=row.id,
        shared_id=told["id"],
        direction=direction,
        reason=told["reason"],
        asked_at=clock.parse(told["at"]),
        until=clock.parse(told["until"]),
    )


def _terms(row: Exchange, pause: Pause) -> Terms:
    ours = history.side_of(row)
    theirs = Side.RECEIVER if ours is Side.SENDER else Side.SENDER
    asked_by = ours if pause.direction == "out" else theirs
    standing = Standing(pause.standing)
    return Terms(asked_by, pause.asked_at, pause.until, standing, pause.since, pause.ended_at)


def _spans(row: Exchange, instead: Mapping[UUID, Terms] | None = None) -> list[Span]:
    """When the time stands still; with the terms of some pauses as they would be."""
    known = {pause.id: _terms(row, pause) for pause in pauses_of(row)} | dict(instead or {})
    spans = (terms.span() for terms in known.values())
    return [span for span in spans if span is not None]


def _answered(
    row: Exchange, pause: Pause, side: Side, since: datetime | None, *, by: Actor
) -> None:
    """Take the answer of one side down; if it agrees, the time stands still from `since` on."""
    before, terms = _spans(row), _terms(row, pause)
    if since is None:
        terms = pauses.refuse(terms, by=side)
    else:
        terms = pauses.agree(terms, by=side, since=since)
    pause.standing, pause.since = terms.standing.value, terms.since
    pause.answered_at = clock.now()
    pause.save()
    if terms.span() is not None and can_pause(row):
        _stand_still(row, before, by=by)
        if isinstance(row, Request):
            steps.pause(row, pause, by=by)


def _ended(
    row: Exchange, pause: Pause, at: datetime, why: words.EndReason, ours: str, *, by: Actor
) -> bool:
    """Take down that one side ended a pause; False if it runs again by then anyway."""
    before, known = _spans(row), _terms(row, pause)
    terms = pauses.end(known, at=at)
    if terms.ended == known.ended:
        return False
    until = pause.ended_at or pause.until
    pause.ended_at, pause.ended_by, pause.end_reason = terms.ended, ours, why.value
    pause.over = False
    pause.save()
    if can_pause(row):
        _stand_still(row, before, by=by)
    if isinstance(row, Request):
        steps.end_pause(row, pause, until, by=by)
    return True


def _stand_still(row: Exchange, before: list[Span], *, by: Actor) -> None:
    """Bring the due time, which counts the spans `before`, up to those that stand now."""
    assert row.due_at is not None
    spans = _spans(row)
    row.due_at = pauses.shifted(row.due_at, before=before, after=spans)
    row.paused_until = max((end for _begin, end in spans), default=None)
    row.version += 1
    row.save()
    if row.clock_id is not None:
        clocks.pause(
            row.clock_id, due_at=row.due_at, until=row.paused_until, by=by,
            report=row.direction == "out",
        )  # fmt: skip


def _tell(row: Exchange, kind: str, told: Mapping[str, Any], *, by: Actor) -> None:
    if not telling.is_local(row):
        telling.queue(row, by=by, kind=kind, payload=told, grant=None)
        return
    hear = {"pause.ask": hear_ask, "pause.answer": hear_answer, "pause.end": hear_end}[kind]
    telling.hand_over(row, lambda mirror, actor: hear(mirror, told, by=actor))
