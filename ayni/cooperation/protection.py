"""The protection flag: the feared states receive nothing, from this moment on, not even a clock."""

from __future__ import annotations

from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import clocks, grants, history, telling
from ayni.cooperation.models import Exchange, Referral, Request
from ayni.cooperation.states import Move, Side, State, can_move
from ayni.exchange import api as exchange
from ayni.members import api as members

# Those who have it, and may pass it on.
_THERE = frozenset(
    {
        State.SENT, State.RECEIVED, State.READ, State.MORE_ASKED, State.ACCEPTED,
        State.FIRST_ACTION, State.OUTCOME, State.FEEDBACK, State.DONE,
    }
)  # fmt: skip


def protect(*, by: Actor, case_id: UUID, states: list[str]) -> int:
    """Set the states that a person fears and recall what is queued, in one transaction.

    Returns how many messages were recalled. What had not left is cancelled: to a feared state for
    good, to another one because it does not name what must not be passed on. Those who have the
    referral are told the states, so that they do not pass it on; clocks of the case are told to
    nobody any more.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cooperation.protect", subject=case_id) as act:
        case = cases.case_for(by=by, case_id=case_id)
        before = cases.feared_states(case.person)
        rows: list[Exchange] = [
            *Referral.objects.filter(case=case),
            *Request.objects.filter(case=case),
        ]
        # The queue first: whoever delivers locks it first, too.
        if states:
            clocks.withhold([row.clock_id for row in rows if row.clock_id is not None], by=by)
        recalled = 0
        added = set(states) - before
        for row in rows:
            if row.counterpart_state in states:
                recalled += _recall(row, by=by, reason="feared_state")
            elif added and row.direction == "out" and row.fields and row.state == State.SENT:
                recalled += _recall(row, by=by, reason=grants.PROTECTION_CHANGED)
        cases.set_feared_states(by=by, person_id=case.person_id, states=states)
        if added:
            _tell(case_id, states, by=by)
        act.note(recalled=recalled)
    return recalled


def _recall(row: Exchange, *, by: Actor, reason: str) -> int:
    stopped = exchange.cancel(by=by, subject=str(row.id), peers=None, reason=reason)
    locked = history.fetch(type(row), row.id, by=by, lock=True)
    table = history.table_of(locked)
    not_left = locked.state != State.SENT or stopped > 0
    if not_left and can_move(table, State(locked.state), Move.CANCEL, Side.NODE):
        history.advance(locked, table, Move.CANCEL, Side.NODE, by=by, cancelled=reason)
        history.stop_clock(locked, by=by)
    return stopped


def _tell(case_id: UUID, states: list[str], *, by: Actor) -> None:
    """Whoever holds a referral of this case must not pass it on to these states."""
    for row in Referral.objects.filter(case_id=case_id, direction="out", state__in=_THERE):
        if row.counterpart_state not in states and not telling.by_letter(row):
            telling.tell_never(row, states, by=by)


def learn(row: Referral, states: list[str], *, by: Actor) -> None:
    """Who sent us this referral names states that must not learn of her: ours hold as well."""
    if row.case is None:
        return
    known = cases.feared_states(row.case.person)
    if not set(states) <= known:
        protect(by=by, case_id=row.case.id, states=sorted(known | set(states)))
