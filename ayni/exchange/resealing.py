"""A message of ours that its receiver cannot open any more is sealed again, to the key it has now.

The content key of each message is kept here, sealed under this node's, until the receiver has
applied it: without that nobody here could open the envelope either. Id, place in the conversation,
due time and the commitment to the content stay; what is new is the key, the time of sealing and the
signature.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import contents, envelope, membership, trust
from ayni.exchange.errors import NoNode, NotTrusted
from ayni.exchange.keys import KEEP
from ayni.exchange.kinds import MessageKind
from ayni.exchange.models import EarlierSealing, OutgoingMessage
from ayni.exchange.settling import settle
from ayni.exchange.states import OUTGOING, Outgoing
from ayni.exchange.waking import ask_to_drain
from ayni.exchange.wired import Received
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.vault import api as vault

log = logging.getLogger("ayni.exchange")
GIVEN, LET_GO = "exchange.given", "let_go"  # its kind; why it goes nowhere (`lost`)
_AT_ONCE = 100  # messages in one transaction of the night
AGAIN = MessageKind(
    name="exchange.again",
    personal=False,
    about_person=False,
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["envelope", "message"],
        "properties": {
            "envelope": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "message": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
    },
)


def seal(
    row: OutgoingMessage,
    payload: Mapping[str, Any],
    *,
    to: trust.Recipient,
    signs: tuple[int, bytes],
    now: datetime,
    salt: bytes | None = None,
) -> None:
    """Seal a message of ours and keep its content key, without saving the row.

    `signs`: number of our key sheet and its signing key. `salt`: of an earlier sealing of the
    same payload. Raises `TooLarge`, `Malformed`.
    """
    content_key, salt = os.urandom(32), salt or os.urandom(32)
    contents.keep(kind=row.kind, message=row.message, payload=payload, salt=salt)
    row.own_key = vault.node_sealer().seal(_place(row.message), content_key.hex())
    row.envelope = envelope.seal(
        payload,
        route=envelope.Route(
            to.suite,
            members.this_node(),
            row.institution,
            signs[0],
            to.node,
            to.institution,
            to.sheet,
        ),
        kind=row.kind,
        message=row.message,
        conversation=row.conversation,
        sequence=row.sequence,
        created=now,
        due=row.due_at,
        valid_until=row.valid_until,
        recipient_key=to.key,
        signing_key=signs[1],
        content_key=content_key,
        salt=salt,
    )


def _place(message: str) -> str:
    return f"exchange_outgoingmessage.own_key.{message}"


def is_stolen(row: OutgoingMessage) -> bool:
    """Whether the receiver has revoked the sheet that a queued message is sealed to: what leaves
    then could be read by whoever has stolen its keys."""
    sheet = trust.key_sheet(row.peer)
    if sheet is None or not sheet["body"]["revoked"]:
        return False
    header = envelope.parse(bytes(row.envelope or b"")).header
    return header.key_sheet in sheet["body"]["revoked"]


def is_outdated(row: OutgoingMessage) -> bool:
    """Whether a queued message has to be sealed again before it leaves: `is_stolen`, or it was
    sealed while this node was removed from the directory."""
    return is_stolen(row) or _made_while_removed(row)


def _made_while_removed(row: OutgoingMessage) -> bool:
    here = members.this_node()
    if not membership.was_ever_removed(here):
        return False
    created = envelope.parse(bytes(row.envelope or b"")).header.created
    return membership.was_removed(here, created)


def seal_again(row: OutgoingMessage, *, answer: Mapping[str, Any] | None) -> bool:
    """Seal a message to the receiver's present key and put it back into the queue, in the caller's
    transaction, which holds the row; whether it was done.

    Not done: no key is known here that is newer than the one it was sealed to (unless this node was
    removed when it sealed and is a member now), or the content is not here any more. `answer` is
    what the receiver has signed about the former envelope. Whether it may still leave is asked
    before the next attempt, as of every message.
    """
    raw = bytes(row.envelope or b"")
    if not row.own_key or raw[: len(envelope.MARK)] != envelope.MARK:
        return False
    sealed = envelope.parse(raw)
    header = sealed.header
    try:
        to = trust.recipient(row.peer, row.recipient_institution)
        signs = trust.own_signing_key()
        own = vault.node_sealer().open(_place(row.message), bytes(row.own_key))
    except (NoNode, NotTrusted, vault.Tampered, vault.SecretMissing):
        return False
    now = clock.now()
    proves_nothing = membership.was_removed(header.sender, header.created)
    again = proves_nothing and not membership.was_removed(header.sender, now)
    if to.sheet <= header.key_sheet and not again:
        return False
    payload, salt = envelope.open_own(sealed, bytes.fromhex(str(own)))
    job = audit.job("exchange.seal_again")
    with audit.act(by=job, verb="exchange.seal_again", subject=row.message, sheet=to.sheet):
        if (answer is not None or row.attempts) and not proves_nothing:
            keep_earlier(row.message, row.conversation, raw, answer, now=now)
        seal(row, payload, to=to, signs=signs, now=now, salt=salt)
        _queue_again(row)
        row.save()
    return True


def _queue_again(row: OutgoingMessage) -> None:
    if row.state != Outgoing.QUEUED and Outgoing.QUEUED not in OUTGOING[Outgoing(row.state)]:
        raise WrongState
    row.state, row.reason, row.settled_at = Outgoing.QUEUED.value, "", None
    row.receipt = None


def keep_earlier(
    message: str,
    conversation: str,
    raw: bytes,
    answer: Mapping[str, Any] | None,
    *,
    now: datetime,
) -> None:
    """Keep evidence of a former envelope, whole or evidence already, and the answer to it."""
    whole = raw[: len(envelope.MARK)] == envelope.MARK
    EarlierSealing.objects.get_or_create(
        digest=hashlib.sha256(raw).hexdigest(),
        defaults={
            "message": message,
            "conversation": conversation,
            "evidence": envelope.evidence(raw) if whole else raw,
            "answer": None if answer is None else dict(answer),
            "replaced_at": now,
        },
    )


def receive_again(*, by: Actor, received: Received) -> None:
    """Another node asks for a message that it has and cannot open any more, or that it had applied
    and lost in a restore.

    Only one of ours to that node, that it has receipted in exactly that envelope; anything else is
    noted and answered with nothing. It is sealed to a newer key where there is one and its content
    is here; otherwise the same envelope is given once more, whatever state it was receipted in: a
    restore loses what waited or stood aside, too.
    """
    from ayni.exchange import lost  # it sends, and sending seals

    told = received.payload
    with audit.act(by=by, verb="exchange.receive_again", subject=told["message"]) as act:
        row = (
            OutgoingMessage.objects.select_for_update()
            .filter(
                message=told["message"],
                peer=received.sender,
                state=Outgoing.DELIVERED,
                own_key__isnull=False,
                receipt__isnull=False,
            )
            .first()
        )
        given = sealed = False
        if row is not None and (row.receipt or {})["body"]["envelope"] == told["envelope"]:
            sealed = seal_again(row, answer=row.receipt)
            given = not sealed and lost.give(row)
        act.note(sealed=sealed, given=given)
        if sealed:
            ask_to_drain(received.sender)
    if not (sealed or given):
        log.warning("not sealed again", extra={"ids": {"message": told["message"]}})


def locked(about: Q) -> list[OutgoingMessage]:
    """What waits or is kept of these messages and of the copies that were given of them (`lost`),
    locked to the end of the transaction: in one question and in the order in which it is delivered
    (`draining`), so that no two wait for each other. A copy that is made at this moment is asked
    about before it leaves."""
    named = OutgoingMessage.objects.filter(about).values_list("message", flat=True)
    either = about | Q(kind=GIVEN, subject__in=list(named))  # by their values: each has an index
    here = Q(state=Outgoing.QUEUED) | Q(state=Outgoing.DELIVERED, own_key__isnull=False)
    rows = OutgoingMessage.objects.filter(either, here)
    return list(rows.order_by("place").select_for_update())


def forget(rows: Iterable[OutgoingMessage]) -> int:
    """What was delivered of these locked messages is neither sealed nor given again, copies that
    wait (`lost`) go nowhere, and of those that went the evidence stays; how many that were no
    copies were forgotten."""
    gone = 0
    for row in rows:
        if row.state == Outgoing.DELIVERED and row.own_key is not None:
            row.envelope, row.own_key = envelope.evidence(bytes(row.envelope or b"")), None
            row.save(update_fields=["envelope", "own_key"])
            gone += row.kind != GIVEN
        elif row.state == Outgoing.QUEUED and row.kind == GIVEN:
            settle(row, Outgoing.CANCELLED, LET_GO)
            row.save()
    return gone


def let_go(*, now: datetime) -> int:
    """Forget the content of what the receiver took 45 days ago, and its copies; how many messages,
    without the copies."""
    taken = OutgoingMessage.objects.filter(state=Outgoing.DELIVERED, own_key__isnull=False)
    old = taken.filter(settled_at__lte=now - KEEP).order_by("place")
    gone = 0
    while some := list(old.values_list("place", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            gone += forget(locked(Q(place__in=some)))
    return gone
