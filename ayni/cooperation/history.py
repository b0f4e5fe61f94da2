"""One move of a referral or request: the guarded change of state, its record, its clock."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db import connection

from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import clocks, registry
from ayni.cooperation.models import Event, Exchange, Referral, Request
from ayni.cooperation.states import (
    ANSWERS,
    REFERRAL,
    REQUEST,
    REQUEST_ANSWERS,
    Move,
    Side,
    State,
    Table,
    Transition,
    check_move,
    ends,
    heard,
)
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState

Row = TypeVar("Row", bound=Exchange)


def table_of(row: Exchange) -> Table:
    """The table of states of a referral, of a request, or of its registered kind."""
    if isinstance(row, Request):
        return registry.table_of(row.kind) or REQUEST
    return REFERRAL


def side_of(row: Exchange) -> Side:
    """Which side of it we are."""
    return Side.SENDER if row.direction == "out" else Side.RECEIVER


def fetch(model: type[Row], id: UUID, *, by: Actor, lock: bool = False) -> Row:  # noqa: A002
    """One row of the actor's institution. Raises `NotFound` for another's or none, and
    `cases.CaseClosed` if its case is not open to the actor."""
    found = model._default_manager.filter(id=id, institution_id=by.institution)
    row = found.first()
    if row is None:
        raise NotFound
    if row.blocked_at is not None and by.kind is ActorKind.USER:
        raise NotFound  # its time is over: `untaken`
    if row.case_id is not None and by.kind is ActorKind.USER:
        cases.fetch(cases.Case, row.case_id, by=by)
    if not lock:
        return row
    alone(row.conversation)
    return found.select_for_update().get()


def note_opened(row: Exchange, *, by: Actor, form: str) -> None:
    """Record at its case as well that something of a referral or request was opened: whoever asks
    who opened the case, the person too, is told of it. `form`: a code that says what."""
    if row.case_id is not None:
        cases.open_form(by=by, case_id=row.case_id, form=form)


def fetch_either(id: UUID, *, by: Actor, lock: bool = False) -> Exchange:  # noqa: A002
    """The referral or request of the actor's institution with this id. Raises `NotFound`."""
    try:
        return fetch(Referral, id, by=by, lock=lock)
    except NotFound:
        return fetch(Request, id, by=by, lock=lock)


def alone(what: str) -> None:
    """Wait until nobody else acts on this (a conversation, or a name), until the transaction ends.

    Inside one node each side of a referral locks its own row and then the other's: without this
    two officers who act at once would wait for each other for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def note(row: Exchange, move: Move, *, by: Actor, **detail: object) -> None:
    """Add one line to the history."""
    Event.objects.create(
        institution_id=row.institution_id,
        about=row.id,
        move=move.value,
        to=row.state,
        at=clock.now(),
        by_kind=str(by.kind),
        by_id=by.id,
        detail=detail,
    )


def advance(
    row: Exchange, table: Table, move: Move, side: Side, *, by: Actor, **detail: object
) -> Transition:
    """Make our own move and save it. Raises `WrongState`, also for a move of the other side."""
    if side is not Side.NODE and side is not side_of(row):
        raise WrongState(state=row.state, move=move.value)
    to = check_move(table, State(row.state), move, side)
    _arrive(row, table, to.to)
    note(row, move, by=by, **detail)
    return to


def hear(row: Exchange, move: Move, *, by: Actor, **detail: object) -> bool:
    """Take note of the other side's move; False if it came too late to change anything."""
    table = table_of(row)
    to = heard(table, State(row.state), move)
    changed = to is not State(row.state) or (State(row.state), move) in table
    if changed:
        _arrive(row, table, to)
    note(row, move, by=by, **detail, **({} if changed else {"late": True}))
    return changed


def _arrive(row: Exchange, table: Table, to: State) -> None:
    row.state = to.value
    row.version += 1
    row.settled_at = clock.now() if to in ends(table) else None
    row.save()


def stop_clock_for(row: Exchange, move: Move, *, by: Actor) -> None:
    """Stop the clock if this move answers what was asked."""
    answers = REQUEST_ANSWERS if isinstance(row, Request) else ANSWERS
    if move in answers:
        stop_clock(row, by=by)


def stop_clock(row: Exchange, *, by: Actor) -> None:
    """Stop this row's clock; whoever sent it tells the secretariat."""
    if row.clock_id is not None:
        clocks.stop(row.clock_id, by=by, report=row.direction == "out")
