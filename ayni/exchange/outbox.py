"""The outbox: queued in the transaction that decided; what leaves, and when, `draining.py` says."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import account, resealing, trust, wired
from ayni.exchange.grant import Grant, check_grant
from ayni.exchange.models import IncomingMessage, OutgoingMessage
from ayni.exchange.remembered import remembering
from ayni.exchange.settling import settle
from ayni.exchange.states import Outgoing
from ayni.exchange.waking import ask_to_drain
from ayni.lib import clock

MOST_GAPS = 1000


def new_conversation() -> str:
    """A random id for a conversation with one recipient, used nowhere else."""
    return secrets.token_hex(16)


def queue(
    *,
    by: Actor,
    kind: str,
    recipient: str,
    recipient_institution: str,
    institution: str,
    payload: Mapping[str, Any],
    grant: Grant | None,
    conversation: str,
    subject: str = "",
    due_at: datetime | None = None,
    valid_until: datetime | None = None,
) -> str:
    """Seal a message and queue it in the caller's transaction; its random id.

    `institution` is the code of the sending one, `subject` an id of ours by which queued messages
    can be recalled, `due_at` when an answer is owed, `valid_until` when it is not to be sent or
    applied any more. Raises `NotGranted`, `NoNode`, `UnknownKind`, `Malformed` or `TooLarge`
    (payload), `WrongConversation` (it was begun with another node).
    """
    registered = wired.sendable(kind)
    registered.check(payload)
    fields = registered.fields(payload)
    now = clock.now()
    check_grant(
        grant,
        kind=registered,
        recipient=recipient,
        recipient_institution=recipient_institution,
        fields=fields,
        now=now,
    )
    with remembering():
        to, signs = trust.recipient(recipient, recipient_institution), trust.own_signing_key()
    message = secrets.token_hex(16)
    with audit.act(
        by=by, verb="exchange.queue", subject=message, kind=kind, to=f"{recipient}", about=subject
    ):
        sequence = account.next_number(conversation, recipient)
        queued = OutgoingMessage(
            message=message,
            peer=recipient,
            kind=kind,
            conversation=conversation,
            sequence=sequence,
            subject=subject,
            institution=institution,
            recipient_institution=recipient_institution,
            fields=sorted(fields),
            grant=None if grant is None else grant.to_json(),
            state=Outgoing.QUEUED,
            queued_at=now,
            due_at=due_at,
            valid_until=valid_until,
        )
        resealing.seal(queued, payload, to=to, signs=signs, now=now)
        queued.save(force_insert=True)
        ask_to_drain(recipient)
    return message


def cancel(*, by: Actor, subject: str, peers: frozenset[str] | None, reason: str) -> int:
    """Cancel what is queued about `subject` (to these peers, or to all); how many there were."""
    with audit.act(by=by, verb="exchange.cancel", subject=subject, reason=reason) as act:
        rows = OutgoingMessage.objects.select_for_update().filter(
            subject=subject, state=Outgoing.QUEUED
        )
        if peers is not None:
            rows = rows.filter(peer__in=sorted(peers))
        count = 0
        for row in rows:
            settle(row, Outgoing.CANCELLED, reason)
            row.save()
            count += 1
        resealing.forget(subject=subject, peers=peers)
        act.note(cancelled=count)
    return count


def delivery_of(message: str) -> OutgoingMessage:
    """How it went with one message of ours."""
    return OutgoingMessage.objects.get(message=message)


@dataclass(frozen=True, slots=True)
class Passed:
    """One message of a conversation: `sent` by this node or received, in which state."""

    message: str
    kind: str
    sent: bool
    sequence: int
    at: datetime
    due: datetime | None
    state: str
    reason: str


def conversation_of(conversation: str) -> list[Passed]:
    """Both sides of a conversation in the order in which it passed here."""
    ours = OutgoingMessage.objects.filter(conversation=conversation)
    theirs = IncomingMessage.objects.filter(conversation=conversation)
    passed = [
        Passed(m.message, m.kind, True, m.sequence, m.queued_at, m.due_at, m.state, m.reason)
        for m in ours
    ] + [
        Passed(m.id, m.kind, False, m.sequence, m.received_at, m.due_at, m.state, m.reason)
        for m in theirs
    ]
    return sorted(passed, key=lambda p: (p.at, p.sequence))


def gaps(conversation: str) -> list[int]:
    """Numbers in the peer's half of a conversation that have not come (cancelled, or on the way).

    What it sent after the last one known here cannot be told. 1,000 at most: a peer can leave out
    two thousand million.
    """
    there = IncomingMessage.objects.filter(conversation=conversation)
    found: list[int] = []
    before = 0
    for number in there.order_by("sequence").values_list("sequence", flat=True):
        found += range(before + 1, number)[: MOST_GAPS - len(found)]
        before = number
    return found
