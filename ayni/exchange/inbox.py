"""The inbox: verified, applied once, receipted; what is ahead of time waits and is never lost."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ayni.audit import api as audit
from ayni.exchange import batches, envelope, keys, resealed, transport, trust, wired
from ayni.exchange.errors import (
    Expired,
    KeysExpired,
    NotGenuine,
    NotItsInstitution,
    NotTrusted,
    Rejected,
    SequenceTaken,
    UnknownKind,
    WrongConversation,
    WrongRecipient,
)
from ayni.exchange.models import Conversation, IncomingMessage, PeerState
from ayni.exchange.remembered import remembered, remembering
from ayni.exchange.states import INCOMING, Incoming
from ayni.lib import clock
from ayni.lib.errors import AyniError, WrongState
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
AHEAD = timedelta(minutes=10)
# How long a message waits for one before it in its conversation that has not come; what its
# sender cancelled never comes.
GAP = timedelta(minutes=2)
SECONDS = 2.0  # for the messages of one request


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: a signed receipt, the code of a refusal, or why it has to come again (one of
    `batches.LATER`)."""

    receipt: dict[str, Any] | None
    refusal: str = ""
    later: str = ""


def receive(*, raw: bytes, signed_by: str) -> Reply:
    """Take one envelope. `signed_by` is the node whose request signature was verified.

    A replay gives the same receipt again. Nothing is half-applied: the message, its effect, the
    audit entry and the receipt are one transaction.
    """
    try:
        return Reply(_received(raw, signed_by))
    except Rejected as refusal:
        log.warning("refused", extra={"ids": {"peer": signed_by, "why": refusal.code}})
        return Reply(None, refusal.code)


def receive_many(
    *, envelopes: Sequence[bytes], signed_by: str, seconds: float = SECONDS
) -> list[Reply]:
    """Take several envelopes in one transaction, each as strictly as if it had come alone.

    One that is refused, or at which our software fails, undoes nothing of the others; what follows
    such a one in its conversation comes again. What has not had its turn within `seconds` comes
    again too: no row stays locked for long.
    """
    replies: list[Reply] = []
    failed: set[str] = set()
    end = time.monotonic() + seconds
    with remembering(), audit.together():
        for raw in envelopes:
            if replies and time.monotonic() > end:
                replies.append(Reply(None, later=batches.NO_TIME))
            elif failed and _conversation(raw) in failed:
                replies.append(Reply(None, later=batches.FOLLOWS))
            else:
                replies.append(_one_of_many(raw, signed_by))
                if replies[-1].later:
                    failed.add(_conversation(raw))
    return replies


def _one_of_many(raw: bytes, signed_by: str) -> Reply:
    try:
        with audit.part():
            return Reply(_received(raw, signed_by))
    except Rejected as refusal:
        log.warning("refused", extra={"ids": {"peer": signed_by, "why": refusal.code}})
        return Reply(None, refusal.code)
    except (NotTrusted, KeysExpired):
        raise  # this node can answer nobody
    except Exception:
        # Whatever it is: it concerns this message, and the others must not wait for its mending.
        log.exception("failed", extra={"ids": {"peer": signed_by}})
        return Reply(None, later=batches.FAILED)


def _conversation(raw: bytes) -> str:
    """The conversation that an envelope names; empty for bytes that are none."""
    try:
        return envelope.parse(raw).header.conversation
    except Rejected:
        return ""


def _received(raw: bytes, signed_by: str) -> dict[str, Any]:
    sealed = envelope.parse(raw)
    _check_origin(sealed, signed_by)
    known = IncomingMessage.objects.filter(id=sealed.header.message).first()
    if known is not None:
        return _again(known, sealed, raw)
    try:
        receipt = _take(sealed, raw)
    except _Duplicate:
        # The same message, twice at once: the other one won.
        known = IncomingMessage.objects.filter(id=sealed.header.message).first()
        if known is None:
            raise SequenceTaken(sealed.header.message) from None
        return _again(known, sealed, raw)
    _apply_followers(sealed.header)
    return receipt


class _Duplicate(AyniError):
    """The id, or the place in the conversation, is taken."""


def _check_origin(sealed: envelope.Sealed, signed_by: str) -> None:
    header = sealed.header
    if header.sender != signed_by:
        raise NotGenuine("sent by one node and signed by another")
    if header.recipient != members.this_node():
        raise WrongRecipient(header.recipient)
    envelope.check_signature(
        sealed,
        trust.signing_key_of(header.sender, header.signing_sheet, made=header.created),
    )
    sheet = trust.key_sheet(header.sender, header.signing_sheet)
    named = [] if sheet is None else [entry["code"] for entry in sheet["body"]["institutions"]]
    if header.sender_institution not in named:
        raise NotItsInstitution(header.sender_institution)


def _again(known: IncomingMessage, sealed: envelope.Sealed, raw: bytes) -> dict[str, Any]:
    if known.digest != hashlib.sha256(raw).hexdigest():
        return resealed.take(known, sealed, raw, opens=_open, applies=_apply)
    return dict(known.receipt)


_private_key = remembered(keys.private_key)
_institution = remembered(members.institution_by_code)


def _open(sealed: envelope.Sealed) -> dict[str, Any]:
    header = sealed.header
    private = _private_key(header.recipient_institution, header.key_sheet)
    sheet = trust.key_sheet(members.this_node(), header.key_sheet)
    payload = envelope.open_payload(
        sealed,
        recipient=members.this_node(),
        recipient_institution=header.recipient_institution,
        private_key=private,
        accepted_suites=[] if sheet is None else sheet["body"]["suites"],
    )
    _check(header.kind, payload)
    return payload


def _check(kind: str, payload: dict[str, Any]) -> None:
    """Raise `Malformed` or `TooLarge` unless the payload is of its kind. One that no room here
    knows yet has no schema: `_apply` keeps it until one does."""
    try:
        known = wired.kind(kind)
    except UnknownKind:
        return
    known.check(payload)


def _take(sealed: envelope.Sealed, raw: bytes) -> dict[str, Any]:
    header = sealed.header
    now = clock.now()
    if header.valid_until is not None and header.valid_until + AHEAD < now:
        raise Expired(header.message)
    payload = _open(sealed)
    ahead = header.created - now
    waits = "ahead" if ahead > AHEAD else _waits_for(header)
    state = Incoming.WAITING if waits else Incoming.APPLIED
    body = transport.receipt_body(
        raw=raw,
        message=header.message,
        sender=header.sender,
        due="" if header.due is None else clock.isoformat(header.due),
        state=state.value,
        at=now,
        ahead=int(ahead.total_seconds()) if ahead > AHEAD else 0,
    )
    row = IncomingMessage(
        id=header.message,
        peer=header.sender,
        kind=header.kind,
        conversation=header.conversation,
        sequence=header.sequence,
        institution=header.recipient_institution,
        sender_institution=header.sender_institution,
        state=state,
        reason=waits,
        created_at=header.created,
        due_at=header.due,
        received_at=now,
        applied_at=None if waits else now,
        envelope=raw if waits else envelope.evidence(raw),
        digest=body["envelope"],
        receipt=transport.sign_receipt(body),
    )
    _tell_skew(header.sender, ahead)
    try:
        with transaction.atomic():
            _insert(row, header.key_sheet)
            if not waits:
                _apply(row, payload)
    except UnknownKind as later:
        _set_aside(row, header.key_sheet, raw, body, later)
    except (Rejected, _Duplicate):
        raise
    except AyniError as failure:
        _set_aside(row, header.key_sheet, raw, body, failure)
    return dict(row.receipt)


def _insert(row: IncomingMessage, key_sheet: int) -> None:
    """Raise `_Duplicate`, `WrongConversation` for one that belongs to another node, or `KeyGone` if
    the key that it will be opened with later has gone at this moment."""
    if row.state != Incoming.APPLIED:
        keys.hold(row.institution, key_sheet)
    Conversation.objects.get_or_create(id=row.conversation, defaults={"peer": row.peer})
    if Conversation.objects.get(id=row.conversation).peer != row.peer:
        raise WrongConversation(row.conversation)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _Duplicate from None


def _waits_for(header: envelope.Header) -> str:
    """Why a message is not applied at once; empty if it is."""
    before = IncomingMessage.objects.filter(
        peer=header.sender, conversation=header.conversation, sequence__lt=header.sequence
    )
    if before.filter(state=Incoming.WAITING).exists():
        return "follows"
    if header.sequence > 1 and not before.filter(sequence=header.sequence - 1).exists():
        return "gap"
    return ""


def _tell_skew(peer: str, ahead: timedelta) -> None:
    """Keep how far the peer's clock is ahead of ours; a message in its time takes that back."""
    if ahead <= AHEAD:
        PeerState.objects.filter(node=peer, skew_seconds__gt=0).update(skew_seconds=None)
        return
    PeerState.objects.update_or_create(
        node=peer, defaults={"skew_seconds": int(ahead.total_seconds())}
    )
    log.warning(
        "clock of peer is ahead",
        extra={"ids": {"peer": peer, "seconds": int(ahead.total_seconds())}},
    )


def _apply(row: IncomingMessage, payload: dict[str, Any]) -> None:
    """Hand a message to its room, on behalf of the institution that it is for."""
    institution = _institution(row.institution)
    by = audit.peer(row.peer, str(institution.id))
    with (
        members.acting(institution.id),
        audit.act(
            by=by,
            verb="exchange.receive",
            subject=row.id,
            kind=row.kind,
            institution=row.institution,
        ),
    ):
        wired.receiver(row.kind)(
            by=by,
            received=wired.Received(
                message=row.id,
                kind=row.kind,
                conversation=row.conversation,
                sequence=row.sequence,
                sender=row.peer,
                sender_institution=row.sender_institution,
                institution=row.institution,
                created=row.created_at,
                due=row.due_at,
                payload=payload,
            ),
        )


def _set_aside(
    row: IncomingMessage, key_sheet: int, raw: bytes, body: dict[str, Any], failure: AyniError
) -> None:
    """A message that its room could not apply is kept with the reason, and receipted as such."""
    row.state, row.reason, row.applied_at = Incoming.SET_ASIDE.value, failure.code, None
    row.envelope = raw
    row.receipt = transport.sign_receipt({**body, "state": Incoming.SET_ASIDE.value})
    with transaction.atomic():
        _insert(row, key_sheet)
    log.error(
        "set aside", extra={"ids": {"message": row.id, "kind": row.kind, "why": failure.code}}
    )


def _ready(row: IncomingMessage, now: datetime) -> bool:
    """Whether the time of a waiting message has come, and what was before it is there or given
    up."""
    before = IncomingMessage.objects.filter(
        peer=row.peer, conversation=row.conversation, sequence__lt=row.sequence
    )
    if row.created_at > now + AHEAD or before.filter(state=Incoming.WAITING).exists():
        return False
    there = row.sequence == 1 or before.filter(sequence=row.sequence - 1).exists()
    return there or row.received_at + GAP <= now


def _apply_followers(header: envelope.Header) -> None:
    """Apply what waited for this message, in order."""
    now = clock.now()
    for sequence in range(header.sequence + 1, header.sequence + 100):
        row = IncomingMessage.objects.filter(
            peer=header.sender,
            conversation=header.conversation,
            sequence=sequence,
            state=Incoming.WAITING,
        ).first()
        if row is None or not _ready(row, now):
            return
        retry(message=row.id)


def apply_waiting(*, now: datetime | None = None) -> int:
    """Apply what waited and whose time has come (a periodic job); how many."""
    moment = now or clock.now()
    done = 0
    waiting = IncomingMessage.objects.filter(
        state=Incoming.WAITING, created_at__lte=moment + AHEAD
    ).order_by("conversation", "sequence")
    for row in list(waiting[:500]):
        if _ready(row, moment):
            done += retry(message=row.id)
    return done


def retry(*, message: str) -> int:
    """Apply a message that waits or was set aside; 1 if it is applied now.

    What fails again stays aside, with the reason; nothing of it is half-applied. One whose key is
    gone is lost, and the reason says so.
    """
    try:
        with transaction.atomic():
            row = IncomingMessage.objects.select_for_update().get(id=message)
            if Incoming.APPLIED not in INCOMING[Incoming(row.state)]:
                raise WrongState
            raw = bytes(row.envelope)
            sealed = envelope.parse(raw)
            row.state, row.reason, row.applied_at = Incoming.APPLIED.value, "", clock.now()
            row.envelope = envelope.evidence(raw)
            row.save()
            _apply(row, _open(sealed))
    except AyniError as failure:
        told = IncomingMessage.objects.filter(
            id=message, state__in=[Incoming.WAITING, Incoming.SET_ASIDE]
        )
        # What a restore has lost has nothing that could be opened, and says so already.
        told.exclude(envelope=b"").update(state=Incoming.SET_ASIDE, reason=failure.code)
        log.error("set aside", extra={"ids": {"message": message, "why": failure.code}})
        return 0
    return 1
