"""The receivers of this room's messages from other nodes (wired in `config/wiring.py`)."""

from __future__ import annotations

from typing import Any

from ayni.alerts import handing, hearing, read_there, taking
from ayni.audit.api import Actor
from ayni.exchange import api as exchange


def _whose(by: Actor, received: exchange.Received) -> dict[str, Any]:
    return {
        "by": by,
        "conversation": received.conversation,
        "sender": received.sender,
        "sender_institution": received.sender_institution,
    }


def receive_issue(*, by: Actor, received: exchange.Received) -> None:
    """An alert of another node; one that is over already is not kept, and its sender is told."""
    row, told = taking.keep(received.payload, **_whose(by, received))
    if told is not None:
        handing.confirm(row, told, by=by)


def receive_recall(*, by: Actor, received: exchange.Received) -> None:
    """It is taken back: removed here, and confirmed."""
    row, told = taking.end(due_at=received.due, **_whose(by, received))
    handing.confirm(row, told, by=by)


def receive_read(*, by: Actor, received: exchange.Received) -> None:
    """A role of a receiver has read our alert."""
    copy = hearing.copy_of(
        conversation=received.conversation,
        state=received.sender,
        institution=received.sender_institution,
        own=by.institution,
    )
    read_there.hear(copy, received.payload, by=by)


def receive_removed(*, by: Actor, received: exchange.Received) -> None:
    """A receiver removed our alert."""
    copy = hearing.copy_of(
        conversation=received.conversation,
        state=received.sender,
        institution=received.sender_institution,
        own=by.institution,
    )
    hearing.hear_removed(copy, received.payload, by=by)


def receive_answer(*, by: Actor, received: exchange.Received) -> None:
    """A receiver of our alert has seen the person, or found her."""
    copy = hearing.copy_of(
        conversation=received.conversation,
        state=received.sender,
        institution=received.sender_institution,
        own=by.institution,
    )
    hearing.hear_answer(copy, received.payload, by=by, number=received.sequence)
