"""Properties of the tables of states: reachable, guarded, and both sides end in the same state."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.cooperation.limits import limit_for
from ayni.cooperation.states import (
    INQUIRY,
    INQUIRY_WITH_FEEDBACK,
    REFERRAL,
    REQUEST,
    STARTS,
    TURN,
    Move,
    Side,
    State,
    Table,
    can_move,
    check_move,
    diagram,
    ends,
    heard,
    moves,
    whose_turn,
)
from ayni.cooperation.vocabulary import MOVE_WORDS, STATE_WORDS
from ayni.lib.errors import WrongState

TABLES = [REFERRAL, REQUEST, INQUIRY, INQUIRY_WITH_FEEDBACK]


@pytest.mark.parametrize("table", TABLES)
def test_every_state_is_reached_from_the_draft_and_leads_to_an_end(table: Table) -> None:
    reached, waiting = {State.DRAFT}, [State.DRAFT]
    while waiting:
        here = waiting.pop()
        after = {to.to for (at, _), to in table.items() if at is here} - reached
        reached |= after
        waiting += after
    named = {at for at, _ in table} | {to.to for to in table.values()}

    assert reached == named
    assert ends(table) <= reached


def test_every_state_of_a_referral_is_used() -> None:
    assert {at for at, _ in REFERRAL} | ends(REFERRAL) == set(State)
    assert set(STATE_WORDS) == set(State)
    assert set(MOVE_WORDS) == set(Move)


@pytest.mark.parametrize("table", TABLES)
def test_every_state_that_is_no_end_has_somebody_whose_turn_it_is(table: Table) -> None:
    for state in {at for at, _ in table} - ends(table):
        side = whose_turn(table, state)
        assert side is TURN[state]
        waits_for_arrival = state is State.SENT
        assert waits_for_arrival or moves(table, state, side) or table is REQUEST
    for state in ends(table):
        assert whose_turn(table, state) is None


@given(
    st.sampled_from(TABLES), st.sampled_from(State), st.sampled_from(Move), st.sampled_from(Side)
)
def test_a_move_is_made_only_by_the_table(
    table: Table, state: State, move: Move, side: Side
) -> None:
    allowed = (state, move) in table and table[(state, move)].side is side
    assert can_move(table, state, move, side) is allowed
    if not allowed:
        with pytest.raises(WrongState):
            check_move(table, state, move, side)


@given(st.data())
def test_both_sides_end_in_the_same_state_whatever_crosses(data: st.DataObject) -> None:
    """Two records, two queues that keep their order; any interleaving of moves and deliveries."""
    state = {Side.SENDER: State.SENT, Side.RECEIVER: State.RECEIVED}
    inbox: dict[Side, deque[Move]] = {Side.SENDER: deque([Move.ARRIVE]), Side.RECEIVER: deque()}
    other = {Side.SENDER: Side.RECEIVER, Side.RECEIVER: Side.SENDER}

    def deliver(side: Side) -> None:
        state[side] = heard(REFERRAL, state[side], inbox[side].popleft())

    for _ in range(data.draw(st.integers(0, 25))):
        side = data.draw(st.sampled_from([Side.SENDER, Side.RECEIVER]))
        possible = moves(REFERRAL, state[side], side)
        if inbox[side] and data.draw(st.booleans()):
            deliver(side)
        elif possible:
            move = data.draw(st.sampled_from(possible))
            state[side] = check_move(REFERRAL, state[side], move, side).to
            inbox[other[side]].append(move)
    while any(inbox.values()):
        for side in state:
            if inbox[side]:
                deliver(side)

    assert state[Side.SENDER] is state[Side.RECEIVER]


def test_every_wait_that_starts_has_a_limit() -> None:
    for wait in STARTS.values():
        assert limit_for("referral", wait, "").status == "D"
    assert limit_for("referral", "accept", "emergency").hours == 12
    assert limit_for("referral", "accept", "urgency").hours == 7 * 24
    assert limit_for("request", "answer", "").hours == 7 * 24


def test_the_diagram_names_every_transition() -> None:
    drawn = diagram(REFERRAL)
    assert drawn.count(" --> ") == len(REFERRAL) + 1 + len(ends(REFERRAL))
