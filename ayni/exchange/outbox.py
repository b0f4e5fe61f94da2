"""The outbox: queued in the transaction that decided, asked again before every attempt."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import account, envelope, transport, trust, wired
from ayni.exchange.connection import Unreachable
from ayni.exchange.errors import NotGenuine, NotGranted, WrongConversation
from ayni.exchange.grant import Grant, check_grant
from ayni.exchange.models import Conversation, IncomingMessage, OutgoingMessage, PeerState
from ayni.exchange.settling import settle
from ayni.exchange.states import Outgoing
from ayni.lib import clock
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
AT_ONCE = 50


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
    to = trust.recipient(recipient, recipient_institution)
    signing_sheet, signing_key = trust.own_signing_key()
    message = secrets.token_hex(16)
    with audit.act(
        by=by, verb="exchange.queue", subject=message, kind=kind, to=f"{recipient}", about=subject
    ):
        Conversation.objects.get_or_create(id=conversation, defaults={"peer": recipient})
        row = Conversation.objects.select_for_update().get(id=conversation)
        if row.peer != recipient:
            raise WrongConversation(conversation)
        row.sent = account.number_for(row)
        row.save(update_fields=["sent"])
        OutgoingMessage.objects.create(
            message=message,
            peer=recipient,
            kind=kind,
            conversation=conversation,
            sequence=row.sent,
            subject=subject,
            institution=institution,
            recipient_institution=recipient_institution,
            fields=sorted(fields),
            grant=None if grant is None else grant.to_json(),
            state=Outgoing.QUEUED,
            queued_at=now,
            due_at=due_at,
            valid_until=valid_until,
            envelope=envelope.seal(
                payload,
                route=envelope.Route(
                    to.suite,
                    members.this_node(),
                    institution,
                    signing_sheet,
                    to.node,
                    to.institution,
                    to.sheet,
                ),
                kind=kind,
                message=message,
                conversation=conversation,
                sequence=row.sent,
                created=now,
                due=due_at,
                valid_until=valid_until,
                recipient_key=to.key,
                signing_key=signing_key,
            ),
        )
        _ask_to_drain(recipient)
    return message


def _ask_to_drain(peer: str) -> None:
    from ayni.exchange import tasks

    tasks.ask_to_drain(peer)


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
        act.note(cancelled=count)
    return count


def _reason_to_cancel(row: OutgoingMessage, now: datetime) -> str:
    """Empty if the message may leave at this moment."""
    if not trust.is_member(row.peer):
        return "not_a_member"
    if row.valid_until is not None and row.valid_until <= now:
        return "expired"
    grant = None if row.grant is None else Grant.from_json(row.grant)
    try:
        check_grant(
            grant,
            kind=wired.kind(row.kind),
            recipient=row.peer,
            recipient_institution=row.recipient_institution,
            fields=row.fields,
            now=now,
        )
        ask = wired.still_allowed(row.kind)
    except NotGranted as refusal:
        return refusal.code
    if ask is None:
        return ""
    sender = members.institution_by_code(row.institution)
    with members.acting(sender.id):
        return ask(message=row.message, subject=row.subject, grant=grant, now=now) or ""


def drain(*, peer: str) -> int:
    """Deliver what is queued for one peer, in order; how many messages were settled.

    After a restore the peer first tells what passed since the backup was made. A peer that does
    not answer rests (back-off with jitter). A message that the peer refuses is
    settled with its reason; one at which the peer's software fails is tried again later, and only
    its own conversation waits for it: one bad message stops nobody else.
    """
    state, _ = PeerState.objects.get_or_create(node=peer)
    if state.next_attempt is not None and state.next_attempt > clock.now():
        return 0
    settled, failure, blocked = 0, None, set()
    waiting = (
        OutgoingMessage.objects.filter(peer=peer, state=Outgoing.QUEUED)
        .order_by("place")
        .values_list("place", "conversation")
    )
    with transport.Line(peer) as line:
        try:
            account.catch_up(peer=peer, line=line)
        except Unreachable as wrong:
            _rest(peer, wrong)
            return 0
        for place, conversation in list(waiting[:AT_ONCE]):
            if conversation in blocked:
                continue
            try:
                settled += _attempt(place, line)
            except Unreachable as wrong:
                failure = wrong
                OutgoingMessage.objects.filter(place=place).update(attempts=F("attempts") + 1)
                if wrong.whole_line:
                    break
                blocked.add(conversation)
    if failure is not None:
        _rest(peer, failure)
    elif settled:
        _contact(peer)
    return settled


def _attempt(place: int, line: transport.Line) -> int:
    """One message, one attempt. What allows it stays locked until the answer is here, so that a
    consent cannot be withdrawn between the question and the sending."""
    with transaction.atomic():
        row = OutgoingMessage.objects.select_for_update().get(place=place)
        if row.state != Outgoing.QUEUED:
            return 0
        job = audit.job("exchange.drain")
        reason = _reason_to_cancel(row, clock.now())
        if reason:
            with audit.act(by=job, verb="exchange.cancel", subject=row.message, reason=reason):
                settle(row, Outgoing.CANCELLED, reason)
                row.save()
            return 1
        row.attempts += 1
        raw = bytes(row.envelope or b"")
        answer = line.post(raw)
        if answer.receipt is not None:
            _check_receipt(row, raw, answer.receipt)
            row.receipt = answer.receipt
            with audit.act(by=job, verb="exchange.delivered", subject=row.message):
                settle(row, Outgoing.DELIVERED, answer.receipt["body"]["state"])
                row.save()
        else:
            with audit.act(
                by=job, verb="exchange.refused", subject=row.message, reason=answer.refusal
            ):
                row.receipt = answer.signed
                settle(row, Outgoing.REFUSED, answer.refusal[:60])
                row.save()
    return 1


def _check_receipt(row: OutgoingMessage, raw: bytes, receipt: Mapping[str, Any]) -> None:
    """The receipt must be the peer's, for these bytes, and confirm the due time."""
    try:
        transport.check_receipt(
            receipt, peer=row.peer, raw=raw, message=row.message, due=row.due_at
        )
    except NotGenuine as wrong:
        log.warning("receipt", extra={"ids": {"message": row.message, "why": str(wrong)}})
        raise Unreachable("receipt_not_genuine", whole_line=False) from None
    ahead = receipt["body"]["ahead_seconds"]
    if ahead:
        PeerState.objects.filter(node=row.peer).update(skew_seconds=-ahead)
        log.warning("our clock is ahead", extra={"ids": {"peer": row.peer, "seconds": ahead}})
    else:
        PeerState.objects.filter(node=row.peer, skew_seconds__lt=0).update(skew_seconds=None)


def _rest(peer: str, failure: Unreachable) -> None:
    with transaction.atomic():
        state = PeerState.objects.select_for_update().get(node=peer)
        state.failures += 1
        wait = min(FIRST_WAIT * 2 ** min(state.failures - 1, 10), LONGEST_WAIT)
        jitter = 0.75 + secrets.randbelow(501) / 1000
        state.next_attempt = clock.now() + wait * jitter
        state.save()
    log.warning("peer unreachable", extra={"ids": {"peer": peer, "why": failure.code}})


def _contact(peer: str) -> None:
    PeerState.objects.filter(node=peer).update(
        failures=0, next_attempt=None, last_contact=clock.now()
    )


def peers_waiting() -> list[str]:
    """Peers for which something is queued, or whose account is awaited, and which do not rest."""
    resting = PeerState.objects.filter(next_attempt__gt=clock.now()).values_list("node", flat=True)
    waiting = OutgoingMessage.objects.filter(state=Outgoing.QUEUED).values_list("peer", flat=True)
    asked = PeerState.objects.filter(account_since__isnull=False).values_list("node", flat=True)
    return sorted((set(waiting.distinct()) | set(asked)) - set(resting))


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

    What it sent after the last one known here cannot be told.
    """
    there = set(
        IncomingMessage.objects.filter(conversation=conversation).values_list("sequence", flat=True)
    )
    return sorted(set(range(1, max(there, default=0))) - there)
