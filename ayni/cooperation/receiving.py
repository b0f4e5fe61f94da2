"""The receivers of this room's messages from other nodes (wired in `config/wiring.py`)."""

from __future__ import annotations

from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import (
    arriving,
    attaching,
    first_readings,
    history,
    pausing,
    protection,
    rights,
    telling,
    withdrawals,
)
from ayni.cooperation.errors import NotTheirs
from ayni.cooperation.inquired import PLAIN
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Exchange, Referral, Request
from ayni.cooperation.states import Move
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound


def receive(*, by: Actor, received: exchange.Received) -> None:
    """A referral or request of another node; its arrival is told to the sender."""
    if NEVER in received.payload.get("data", {}):
        protection.one_at_a_time()
    row = arriving.take(
        by=by,
        kind=received.kind,
        conversation=received.conversation,
        sender=received.sender,
        sender_institution=received.sender_institution,
        due_at=received.due,
        payload=received.payload,
    )
    telling.tell(row, Move.ARRIVE, by=by)


def _known(model: type[Any], by: Actor, received: exchange.Received) -> Any:
    """Our row of this conversation with this very sender. Raises `NotFound`."""
    row = (
        model._default_manager.select_for_update()
        .filter(
            institution_id=by.institution,
            conversation=received.conversation,
            counterpart_state=received.sender,
            counterpart_institution=received.sender_institution,
        )
        .first()
    )
    if row is None:
        raise NotFound
    return row


def receive_referral_state(*, by: Actor, received: exchange.Received) -> None:
    """The other side's move with a referral."""
    _receive_state(Referral, by, received)


def receive_request_state(*, by: Actor, received: exchange.Received) -> None:
    """The other side's move with a request."""
    _receive_state(Request, by, received)


def _receive_state(model: type[Exchange], by: Actor, received: exchange.Received) -> None:
    row = _known(model, by, received)
    if isinstance(row, Request) and row.kind != PLAIN and received.payload["move"] == Move.OUTCOME:
        raise NotTheirs(Move.OUTCOME.value)  # an answer has its own message
    detail = {k: v for k, v in received.payload.items() if k != "move"}
    with audit.act(by=by, verb="cooperation.hear", subject=row.id, move=received.payload["move"]):
        arriving.hear(row, Move(received.payload["move"]), by=by, **detail)


def _known_exchange(by: Actor, received: exchange.Received) -> Exchange:
    """Our referral or request of this conversation with this very sender. Raises `NotFound`."""
    history.alone(received.conversation)
    try:
        row: Exchange = _known(Referral, by, received)
    except NotFound:
        row = _known(Request, by, received)
    return row


def receive_read(*, by: Actor, received: exchange.Received) -> None:
    """A role of the other side has read what we sent."""
    row = _known_exchange(by, received)
    told = received.payload
    with audit.act(by=by, verb="cooperation.hear", subject=row.id, move="read"):
        first_readings.hear(row, role=told["role"], at=clock.parse(told["at"]), by=by)


def receive_attachment(*, by: Actor, received: exchange.Received) -> None:
    """A file goes with something that both sides know; its chunks may come."""
    attaching.take(_known_exchange(by, received), received, by=by)


def receive_attachment_state(*, by: Actor, received: exchange.Received) -> None:
    """Whether our file can be opened at the other side."""
    attaching.hear(_known_exchange(by, received), received.payload, by=by)


def receive_pause_ask(*, by: Actor, received: exchange.Received) -> None:
    """The other side asks that the due time stands still."""
    pausing.hear_ask(_known_exchange(by, received), received.payload, by=by)


def receive_pause_answer(*, by: Actor, received: exchange.Received) -> None:
    """The other side answers what we asked."""
    pausing.hear_answer(_known_exchange(by, received), received.payload, by=by)


def receive_pause_end(*, by: Actor, received: exchange.Received) -> None:
    """The other side lets the time run again."""
    pausing.hear_end(_known_exchange(by, received), received.payload, by=by)


def receive_right_ask(*, by: Actor, received: exchange.Received) -> None:
    """A person asks about her data, of an institution that had given them to us."""
    rights.hear_ask(_known_exchange(by, received), received.payload, by=by)


def receive_right_due(*, by: Actor, received: exchange.Received) -> None:
    """Until when the other side answers her."""
    rights.hear_due(_known_exchange(by, received), received.payload, by=by)


def receive_right_answer(*, by: Actor, received: exchange.Received) -> None:
    """What the other side answers her."""
    rights.hear_answer(_known_exchange(by, received), received.payload, by=by)


def receive_withdrawn(*, by: Actor, received: exchange.Received) -> None:
    """A consent under which we received something was withdrawn."""
    about = _known_exchange(by, received)
    withdrawals.hear_withdrawn(about, received.payload, by=by, due_at=received.due)


def receive_expired(*, by: Actor, received: exchange.Received) -> None:
    """The time of a consent under which we received something is over."""
    about = _known_exchange(by, received)
    withdrawals.hear_expired(about, received.payload, by=by, due_at=received.due)


def receive_effect(*, by: Actor, received: exchange.Received) -> None:
    """What the receiver did after a consent was withdrawn here."""
    withdrawals.hear_effect(_known_exchange(by, received), received.payload, by=by)


def receive_more(*, by: Actor, received: exchange.Received) -> None:
    """Further fields of a referral."""
    if NEVER in received.payload["data"]:
        protection.one_at_a_time()
    row = _known(Referral, by, received)
    arriving.more(row, received.payload["data"], by=by)
