"""Referrals and requests as guarded tables: who may do what, whose turn it is, what is told. Pure.

One table serves both sides: the sender's and the receiver's record of one referral walk through the
same states, each hearing of the other's moves by message. Moves that cross on the way are settled
by `OVERTAKES`, so that both records end in the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ayni.lib.errors import WrongState


class State(StrEnum):
    """Where a referral or request stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENT = "sent"
    RECEIVED = "received"
    READ = "read"
    MORE_ASKED = "more_asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    FIRST_ACTION = "first_action"
    OUTCOME = "outcome"
    FEEDBACK = "feedback"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


class Side(StrEnum):
    """The two sides of a referral; `NODE` is what a node does by itself."""

    SENDER = "sender"
    RECEIVER = "receiver"
    NODE = "node"


class Move(StrEnum):
    """What is done with a referral or request."""

    APPROVE = "approve"
    SEND = "send"
    ARRIVE = "arrive"
    READ = "read"
    ASK_MORE = "ask_more"
    ANSWER_MORE = "answer_more"
    ACCEPT = "accept"
    DECLINE = "decline"
    FIRST_ACTION = "first_action"
    OUTCOME = "outcome"
    FEEDBACK = "feedback"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    UNSEND = "unsend"


@dataclass(frozen=True, slots=True)
class Transition:
    """Where a move leads, whose move it is, and whether the other side is told."""

    to: State
    side: Side
    told: bool = True


Table = Mapping[tuple[State, Move], Transition]
_S, _M = State, Move
_SENDER, _RECEIVER, _NODE = Side.SENDER, Side.RECEIVER, Side.NODE
_OPEN_TO_SENDER = (_S.SENT, _S.RECEIVED, _S.READ, _S.MORE_ASKED, _S.ACCEPTED, _S.FIRST_ACTION)

REFERRAL: Table = {
    (_S.DRAFT, _M.APPROVE): Transition(_S.APPROVED, _SENDER, told=False),
    (_S.DRAFT, _M.SEND): Transition(_S.SENT, _SENDER, told=False),
    (_S.APPROVED, _M.SEND): Transition(_S.SENT, _SENDER, told=False),
    (_S.DRAFT, _M.CANCEL): Transition(_S.CANCELLED, _NODE, told=False),
    (_S.APPROVED, _M.CANCEL): Transition(_S.CANCELLED, _NODE, told=False),
    (_S.SENT, _M.CANCEL): Transition(_S.CANCELLED, _NODE, told=False),
    (_S.DRAFT, _M.WITHDRAW): Transition(_S.WITHDRAWN, _SENDER, told=False),
    (_S.APPROVED, _M.WITHDRAW): Transition(_S.WITHDRAWN, _SENDER, told=False),
    **{(state, _M.WITHDRAW): Transition(_S.WITHDRAWN, _SENDER) for state in _OPEN_TO_SENDER},
    (_S.SENT, _M.ARRIVE): Transition(_S.RECEIVED, _NODE),
    (_S.RECEIVED, _M.READ): Transition(_S.READ, _RECEIVER),
    (_S.READ, _M.ASK_MORE): Transition(_S.MORE_ASKED, _RECEIVER),
    (_S.MORE_ASKED, _M.ANSWER_MORE): Transition(_S.READ, _SENDER),
    # What was to be sent then was cancelled before it left: it is still asked for.
    (_S.READ, _M.UNSEND): Transition(_S.MORE_ASKED, _NODE, told=False),
    (_S.MORE_ASKED, _M.ACCEPT): Transition(_S.ACCEPTED, _RECEIVER),
    (_S.MORE_ASKED, _M.DECLINE): Transition(_S.DECLINED, _RECEIVER),
    (_S.READ, _M.ACCEPT): Transition(_S.ACCEPTED, _RECEIVER),
    (_S.READ, _M.DECLINE): Transition(_S.DECLINED, _RECEIVER),
    (_S.ACCEPTED, _M.FIRST_ACTION): Transition(_S.FIRST_ACTION, _RECEIVER),
    (_S.FIRST_ACTION, _M.OUTCOME): Transition(_S.OUTCOME, _RECEIVER),
    (_S.OUTCOME, _M.FEEDBACK): Transition(_S.FEEDBACK, _SENDER),
    (_S.FEEDBACK, _M.CLOSE): Transition(_S.DONE, _RECEIVER),
}

# A request is answered by its outcome; there is no first action before it.
REQUEST: Table = {
    (_S.DRAFT, _M.SEND): Transition(_S.SENT, _SENDER, told=False),
    (_S.SENT, _M.CANCEL): Transition(_S.CANCELLED, _NODE, told=False),
    **{
        (state, _M.WITHDRAW): Transition(_S.WITHDRAWN, _SENDER)
        for state in (_S.SENT, _S.RECEIVED, _S.ACCEPTED)
    },
    (_S.SENT, _M.ARRIVE): Transition(_S.RECEIVED, _NODE),
    (_S.RECEIVED, _M.ACCEPT): Transition(_S.ACCEPTED, _RECEIVER),
    (_S.RECEIVED, _M.DECLINE): Transition(_S.DECLINED, _RECEIVER),
    (_S.ACCEPTED, _M.OUTCOME): Transition(_S.OUTCOME, _RECEIVER),
}

# A question of a registered kind: written down first, for its data may need a second officer.
INQUIRY: Table = {
    **REQUEST,
    (_S.DRAFT, _M.APPROVE): Transition(_S.APPROVED, _SENDER, told=False),
    (_S.APPROVED, _M.SEND): Transition(_S.SENT, _SENDER, told=False),
    # The answer was cancelled before it left: it is still owed.
    (_S.OUTCOME, _M.UNSEND): Transition(_S.ACCEPTED, _NODE, told=False),
    **{
        (state, move): Transition(to, side, told=False)
        for state in (_S.DRAFT, _S.APPROVED)
        for move, to, side in (
            (_M.CANCEL, _S.CANCELLED, _NODE),
            (_M.WITHDRAW, _S.WITHDRAWN, _SENDER),
        )
    },
}
# One after whose answer the asker says what the answer was worth.
INQUIRY_WITH_FEEDBACK: Table = {
    **INQUIRY,
    (_S.OUTCOME, _M.FEEDBACK): Transition(_S.DONE, _SENDER),
}

# What the sender hears after it has withdrawn: the receiver had decided before it knew.
OVERTAKES: Mapping[Move, State] = {
    Move.DECLINE: State.DECLINED,
    Move.OUTCOME: State.OUTCOME,
}

# Whose turn it is. States that are missing here are ends.
TURN: Mapping[State, Side] = {
    State.DRAFT: Side.SENDER,
    State.APPROVED: Side.SENDER,
    State.SENT: Side.RECEIVER,
    State.RECEIVED: Side.RECEIVER,
    State.READ: Side.RECEIVER,
    State.MORE_ASKED: Side.SENDER,
    State.ACCEPTED: Side.RECEIVER,
    State.FIRST_ACTION: Side.RECEIVER,
    State.OUTCOME: Side.SENDER,
    State.FEEDBACK: Side.RECEIVER,
}
# Which time counts where it stands: `due`, by when an answer is owed, or `agreed`, by when the
# outcome was promised. Elsewhere nobody owes anything by a time.
WAITS: Mapping[State, str] = {
    State.SENT: "due",
    State.RECEIVED: "due",
    State.READ: "due",
    State.MORE_ASKED: "due",
    State.ACCEPTED: "agreed",
    State.FIRST_ACTION: "agreed",
}
# Moves that stop the clock of a referral or request: the other side has answered, or need not.
ANSWERS = frozenset({Move.ACCEPT, Move.DECLINE, Move.WITHDRAW, Move.CANCEL})
REQUEST_ANSWERS = frozenset({Move.OUTCOME, Move.DECLINE, Move.WITHDRAW, Move.CANCEL})
# Moves that start a clock; `limits` says how long each may take.
STARTS: Mapping[Move, str] = {Move.SEND: "accept", Move.ACCEPT: "outcome"}


def transition(table: Table, state: State, move: Move) -> Transition:
    """Where this move leads from here. Raises `WrongState` if nowhere."""
    try:
        return table[(state, move)]
    except KeyError:
        raise WrongState(state=state.value, move=move.value) from None


def check_move(table: Table, state: State, move: Move, side: Side) -> Transition:
    """`transition`, and that it is this side's move. Raises `WrongState`."""
    found = transition(table, state, move)
    if found.side is not side:
        raise WrongState(state=state.value, move=move.value)
    return found


def can_move(table: Table, state: State, move: Move, side: Side) -> bool:
    """Whether `check_move` lets this pass."""
    try:
        check_move(table, state, move, side)
    except WrongState:
        return False
    return True


def moves(table: Table, state: State, side: Side) -> list[Move]:
    """What this side can do now, in the order of the table."""
    return [move for (at, move), to in table.items() if at is state and to.side is side]


def heard(table: Table, state: State, move: Move) -> State:
    """The state after hearing of the other side's move; `state` itself if it came too late.

    A withdrawal that crosses an answer gives way to the answer: it was given before.
    """
    if (state, move) in table:
        return table[(state, move)].to
    if state is State.WITHDRAWN:
        return OVERTAKES.get(move, state)
    return state


def whose_turn(table: Table, state: State) -> Side | None:
    """Who has to do something next; None at an end."""
    if state in ends(table):
        return None
    return TURN[state]


def ends(table: Table) -> frozenset[State]:
    """States that nobody leads out of; a node by itself only takes back what never left."""
    return frozenset(to.to for to in table.values()) - {
        at for (at, move), _ in table.items() if move is not Move.UNSEND
    }


def diagram(table: Table) -> str:
    """The table as a Mermaid state diagram for the reference pages."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    lines += [
        f"    {at.value} --> {to.to.value}: {move.value} ({to.side.value})"
        for (at, move), to in table.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in sorted(ends(table))]
    return "\n".join(lines) + "\n"
