"""Telling the other side: a message to another node, or its own record on this node.

Inside one state the receiving institution has its own row, seen only by it, and walks through the
same states without a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import arriving, grants, history, sending
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Exchange, Letter, Referral, Transfer
from ayni.cooperation.states import Move
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members import api as members


def is_local(row: Exchange) -> bool:
    """Whether the other side is an institution of this node."""
    return row.counterpart_state == members.this_node()


def by_letter(row: Exchange) -> bool:
    """Whether this referral went as a printed letter: nobody there hears of anything by message."""
    return isinstance(row, Referral) and Letter.objects.filter(referral_id=row.id).exists()


def tell(row: Exchange, move: Move, *, by: Actor, **detail: Any) -> None:
    """Tell the other side of our move: codes and times only. A feared state is told nothing."""
    if grants.fears(row) or by_letter(row):
        return
    if is_local(row):
        hand_over(row, lambda mirror, actor: arriving.hear(mirror, move, by=actor, **detail))
        return
    name = "referral.state" if isinstance(row, Referral) else "request.state"
    queue(
        row,
        by=by,
        kind=name,
        payload={"move": move.value, "at": clock.isoformat(clock.now()), **detail},
        grant=None,
    )


def queue(
    row: Exchange,
    *,
    by: Actor,
    kind: str,
    payload: Mapping[str, Any],
    grant: exchange.Grant | None,
    due_at: datetime | None = None,
) -> str:
    """Queue a message about this row. Raises `NoNode` if the other side has none, `NotSendable`."""
    return sending.queue_to(
        by=by,
        institution=row.institution_id,
        state=row.counterpart_state,
        recipient=row.counterpart_institution,
        kind=kind,
        payload=payload,
        grant=grant,
        conversation=row.conversation,
        subject=str(row.id),
        due_at=due_at,
    )


def hand_over(row: Exchange, act: Any) -> None:
    """Run `act` on the other institution's row of this node, on its behalf."""
    other = members.institution_by_code(row.counterpart_institution)
    wanted = "in" if row.direction == "out" else "out"
    history.alone(row.conversation)
    with members.acting(other.id):
        mirror = (
            type(row)
            ._default_manager.select_for_update()
            .get(institution_id=other.id, conversation=row.conversation, direction=wanted)
        )
        act(mirror, audit.job("cooperation.local", str(other.id)))


def give_more(row: Referral, data: Mapping[str, Any]) -> None:
    """Hand further fields to the other institution of this node."""
    hand_over(row, lambda mirror, actor: arriving.more(mirror, data, by=actor))


def tell_never(row: Referral, states: list[str], *, by: Actor) -> None:
    """Tell the other side which states must not learn of her. Without a consent that still holds
    nothing about her leaves, this neither."""
    data = {NEVER: sorted(states)}
    if is_local(row):
        give_more(row, data)
        return
    try:
        consent = grants.check_leaves(row, (), clock.now())
    except Refused:
        return
    queue(
        row, by=by, kind="referral.more", payload={"data": data},
        grant=grants.grant_for(row, (), consent),
    )  # fmt: skip
    history.note(row, Move.ANSWER_MORE, by=by, never=True)


def hand_in(row: Exchange, *, kind: str, payload: Mapping[str, Any], due_at: datetime) -> None:
    """Put a new referral or request into the other institution's inbox on this node."""
    other = members.institution_by_code(row.counterpart_institution)
    own = members.institution(row.institution_id).code
    with members.acting(other.id):
        arriving.take(
            by=audit.job("cooperation.local", str(other.id)),
            kind=kind,
            conversation=row.conversation,
            sender=members.this_node(),
            sender_institution=own,
            due_at=due_at,
            payload=payload,
            side="" if row.case is None else row.case.side,
        )


def register(
    row: Exchange, *, basis: str, fields: list[str], channel: str, message: str = ""
) -> None:
    """One line in the register of transfers: names of fields, never a value."""
    Transfer.objects.create(
        at=clock.now(),
        institution_code=members.institution(row.institution_id).code,
        about=row.id,
        recipient_state=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        purpose="refer" if isinstance(row, Referral) else "request",
        fields=sorted(fields),
        basis=basis,
        provisions=list(row.provisions) if isinstance(row, Referral) else [],
        channel=channel,
        message=message,
    )
