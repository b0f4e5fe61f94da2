"""The protection flag: the feared states receive nothing, from this moment on, not even a clock."""

from __future__ import annotations

from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import clocks, history
from ayni.cooperation.models import Exchange, Referral, Request
from ayni.cooperation.states import Move, Side, State, can_move
from ayni.exchange import api as exchange
from ayni.members import api as members


def protect(*, by: Actor, case_id: UUID, states: list[str]) -> int:
    """Set the states that a person fears and recall what is queued to them, in one transaction.

    Returns how many messages were recalled. Referrals and requests that had not left are
    cancelled; clocks of the case are told to nobody any more.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cooperation.protect", subject=case_id) as act:
        case = cases.case_for(by=by, case_id=case_id)
        rows: list[Exchange] = [
            *Referral.objects.filter(case=case),
            *Request.objects.filter(case=case),
        ]
        # The queue first: whoever delivers locks it first, too.
        if states:
            clocks.withhold([row.clock_id for row in rows if row.clock_id is not None], by=by)
        recalled = 0
        for row in rows:
            if row.counterpart_state in states:
                recalled += _recall(row, by=by)
        cases.set_feared_states(by=by, person_id=case.person_id, states=states)
        act.note(recalled=recalled)
    return recalled


def _recall(row: Exchange, *, by: Actor) -> int:
    stopped = exchange.cancel(by=by, subject=str(row.id), peers=None, reason="feared_state")
    locked = history.fetch(type(row), row.id, by=by, lock=True)
    table = history.table_of(locked)
    not_left = locked.state != State.SENT or stopped > 0
    if not_left and can_move(table, State(locked.state), Move.CANCEL, Side.NODE):
        history.advance(locked, table, Move.CANCEL, Side.NODE, by=by, cancelled="feared_state")
        history.stop_clock(locked, by=by)
    return stopped
