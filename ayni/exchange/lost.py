"""What a restore has lost comes back: the sender hands out the same envelope once more.

A node that was restored knows from its peers' accounts which messages it had applied and does not
hold any more. Each sender keeps the envelope for 45 days, as it left: sealed to the receiver, so
that nobody at the sender can open it. It travels inside a message of its own (`exchange.given`);
that it is the same content the digest in the receiver's own receipt proves, byte for byte, and
the salted commitment in its header with it. Neither state nor receipt of the lost message changes.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import allowing, documents, envelope, inbox, keys, outbox, resealing, turns
from ayni.exchange.account import LOST
from ayni.exchange.allowing import HELD
from ayni.exchange.errors import KeyGone, KeysExpired, Malformed, NoNode, NotTrusted, TooLarge
from ayni.exchange.grant import Grant
from ayni.exchange.kinds import MessageKind
from ayni.exchange.models import IncomingMessage, OutgoingMessage
from ayni.exchange.resealed import ask_again_for, due
from ayni.exchange.states import Incoming, Outgoing
from ayni.exchange.wired import Received
from ayni.lib import clock

log = logging.getLogger("ayni.exchange")
_LARGEST = 1_048_576  # bytes of an envelope that is given again; that of a kind is far below
MOST_GIVEN, AGAIN_AFTER = 2, timedelta(hours=6)  # the same one, so often in that time
_OURS = "exchange."  # what nodes say about messages: it is asked for anew where it is needed
GIVEN = MessageKind(
    name=resealing.GIVEN,
    personal=False,
    largest=2 * _LARGEST,
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["envelope", "message"],
        "properties": {
            "envelope": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,1400000}$"},
            "message": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
    },
)


def ask(*, by: Actor) -> int:
    """Ask the senders for what a restore has lost here, in the order of each conversation and until
    it comes (`resealed.due`); how many."""
    rows = to_be_asked().order_by("conversation", "sequence")
    share = turns.fair(rows, ["peer", "sender_institution"], most=100)
    return sum(ask_again_for(row, by) for row in share)


def to_be_asked() -> QuerySet[IncomingMessage]:
    """What a restore has lost here and is to be asked for now."""
    lost = IncomingMessage.objects.filter(state=Incoming.SET_ASIDE, reason=LOST, envelope=b"")
    return due(lost.exclude(kind__startswith=_OURS), now=clock.now())


def give(row: OutgoingMessage) -> bool:
    """Hand out the envelope of a message that its receiver had applied, in the transaction of the
    caller, which holds the row; whether it may leave and is here still."""
    raw = bytes(row.envelope or b"")
    if raw[: len(envelope.MARK)] != envelope.MARK or len(raw) > _LARGEST:
        return False
    if hashlib.sha256(raw).hexdigest() != (row.receipt or {})["body"]["envelope"]:
        return False  # the receiver would not take it
    now = clock.now()
    if _given_lately(row.message, now) or _reason(row, now) not in {"", HELD}:
        return False
    try:
        outbox.queue(
            by=audit.job("exchange.give_again"),
            kind=GIVEN.name,
            recipient=row.peer,
            recipient_institution=row.recipient_institution,
            institution=row.institution,
            payload={"envelope": documents.encode(raw), "message": row.message},
            grant=None,
            conversation=_line(row),
            subject=row.message,
        )
    except (NoNode, NotTrusted, KeysExpired):
        return False
    return True


def _given_lately(message: str, now: datetime) -> bool:
    """Whether it is on its way, or was given so often that the peer asks for the sake of asking.
    A restore that has to be done over asks anew. A copy that was cancelled was not given."""
    given = OutgoingMessage.objects.filter(kind=GIVEN.name, subject=message)
    if given.filter(state=Outgoing.QUEUED).exists():
        return True
    lately = given.exclude(state=Outgoing.CANCELLED).filter(queued_at__gt=now - AGAIN_AFTER)
    return lately.count() >= MOST_GIVEN


def _line(row: OutgoingMessage) -> str:
    """The conversation in which these are given: in their order, one for each other conversation;
    a new one after a restore of this node."""
    named = f"{GIVEN.name} {row.conversation} {audit.latest_restore()}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def still_allowed(*, message: str, subject: str, grant: Grant | None, now: datetime) -> str | None:
    """Asked before every attempt: what would be answered for the message inside."""
    row = OutgoingMessage.objects.filter(message=subject, state=Outgoing.DELIVERED).first()
    if row is None or row.own_key is None:
        return resealing.LET_GO
    return _reason(row, now) or None


def _reason(row: OutgoingMessage, now: datetime) -> str:
    """Why the message inside may not leave now. What its room changes when one of its messages is
    cancelled must not happen: this one has arrived."""
    with audit.on_trial() as undo:
        reason = allowing.reason_to_cancel(row, now)
        if reason:
            undo()
    return reason


def receive_given(*, by: Actor, received: Received) -> None:
    """The sender gives again what a restore has lost here: it is applied if it is, byte for byte,
    what this node had receipted. Anything else is noted and changes nothing."""
    told = received.payload
    with audit.act(by=by, verb="exchange.receive_given", subject=told["message"]) as act:
        row = (
            IncomingMessage.objects.select_for_update()
            .filter(
                id=told["message"],
                peer=received.sender,
                institution=received.institution,
                state=Incoming.SET_ASIDE,
                reason=LOST,
            )
            .first()
        )
        why = "not_lost" if row is None else _taken(row, told["envelope"])
        act.note(why=why)
    if why:
        ids = {"message": told["message"], "why": why}
        log.warning("given again and not applied", extra={"ids": ids})


def _taken(row: IncomingMessage, given: str) -> str:
    """Apply it; empty if it was, otherwise the code why not."""
    try:
        raw = documents.decode(given)
        sealed = envelope.parse(raw)
        if hashlib.sha256(raw).hexdigest() != row.digest:
            return "other_envelope"
        header = sealed.header
        if (header.message, header.conversation, header.sequence, header.kind) != (
            row.id, row.conversation, row.sequence, row.kind,
        ):  # fmt: skip
            return "other_message"
        keys.hold(row.institution, header.key_sheet)
    except (Malformed, TooLarge, ValueError):
        return Malformed.code
    except KeyGone as gone:  # it went down with the machine: the people there ask for it
        return gone.code
    row.envelope = raw
    row.save(update_fields=["envelope"])
    if inbox.retry(message=row.id):
        return ""
    row.refresh_from_db(fields=["reason"])
    return str(row.reason)
