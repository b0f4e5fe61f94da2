"""The inbox: verified, applied once, receipted; what is ahead of time waits and is never lost."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ayni.audit import api as audit
from ayni.exchange import envelope, transport, trust, wired
from ayni.exchange.errors import (
    Malformed,
    NotGenuine,
    TooLarge,
    UnknownKind,
    UnknownSender,
    WrongRecipient,
)
from ayni.exchange.models import IncomingMessage, PeerState
from ayni.exchange.states import INCOMING, Incoming
from ayni.lib import clock
from ayni.lib.errors import AyniError, NotFound, WrongState
from ayni.members import api as members
from ayni.vault.api import SecretMissing

log = logging.getLogger("ayni.exchange")
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: a signed receipt, or the code of a refusal."""

    receipt: dict[str, Any] | None
    refusal: str = ""


def receive(*, raw: bytes, signed_by: str) -> Reply:
    """Take one envelope. `signed_by` is the node whose request signature was verified.

    A replay gives the same receipt again. Nothing is half-applied: the message, its effect, the
    audit entry and the receipt are one transaction.
    """
    try:
        sealed = envelope.parse(raw)
        _check_origin(sealed, signed_by)
    except (Malformed, NotGenuine, TooLarge, UnknownSender, WrongRecipient) as refusal:
        log.warning("refused", extra={"ids": {"peer": signed_by, "why": refusal.code}})
        return Reply(None, refusal.code)
    known = IncomingMessage.objects.filter(id=sealed.header.message).first()
    if known is not None:
        return _again(known, raw)
    try:
        return _take(sealed, raw)
    except IntegrityError:
        # The same message, twice at once: the other one won.
        known = IncomingMessage.objects.filter(id=sealed.header.message).first()
        return Reply(None, "out_of_order") if known is None else _again(known, raw)
    except (Malformed, NotGenuine, WrongRecipient, UnknownKind, AyniRefusal) as refusal:
        log.warning("refused", extra={"ids": {"peer": signed_by, "why": refusal.code}})
        return Reply(None, refusal.code)


class AyniRefusal(AyniError):
    """A message that is genuine and cannot be taken; `code` tells the sender why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _check_origin(sealed: envelope.Sealed, signed_by: str) -> None:
    header = sealed.header
    if header.sender != signed_by:
        raise NotGenuine("sent by one node and signed by another")
    if header.recipient != members.this_node():
        raise WrongRecipient(header.recipient)
    envelope.check_signature(sealed, trust.signing_key_of(header.sender, header.signing_sheet))


def _again(known: IncomingMessage, raw: bytes) -> Reply:
    if known.digest != hashlib.sha256(raw).hexdigest():
        return Reply(None, "other_message_with_this_id")
    return Reply(dict(known.receipt))


def _open(sealed: envelope.Sealed) -> dict[str, Any]:
    header = sealed.header
    try:
        private = trust.own_private_key(header.recipient_institution, header.key_sheet)
    except SecretMissing:
        raise WrongRecipient(header.recipient_institution) from None
    sheet = trust.key_sheet(members.this_node(), header.key_sheet)
    payload = envelope.open_payload(
        sealed,
        recipient=members.this_node(),
        recipient_institution=header.recipient_institution,
        private_key=private,
        accepted_suites=[] if sheet is None else sheet["body"]["suites"],
    )
    wired.kind(header.kind).check(payload)
    return payload


def _take(sealed: envelope.Sealed, raw: bytes) -> Reply:
    header = sealed.header
    now = clock.now()
    payload = _open(sealed)
    ahead = header.created - now
    waits = ahead > AHEAD or _predecessor_waits(header)
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
        created_at=header.created,
        due_at=header.due,
        received_at=now,
        applied_at=now if state is Incoming.APPLIED else None,
        envelope=raw,
        digest=body["envelope"],
    )
    if ahead > AHEAD:
        _tell_skew(header.sender, ahead)
    try:
        with transaction.atomic():
            row.receipt = transport.sign_receipt(body)
            row.save(force_insert=True)
            if state is Incoming.APPLIED:
                _apply(row, payload)
    except (IntegrityError, Malformed, UnknownKind):
        raise
    except AyniError as failure:
        return _set_aside(row, body, failure)
    return Reply(dict(row.receipt))


def _predecessor_waits(header: envelope.Header) -> bool:
    return IncomingMessage.objects.filter(
        conversation=header.conversation, state=Incoming.WAITING, sequence__lt=header.sequence
    ).exists()


def _tell_skew(peer: str, ahead: timedelta) -> None:
    PeerState.objects.update_or_create(
        node=peer, defaults={"skew_seconds": int(ahead.total_seconds())}
    )
    log.warning(
        "clock of peer is ahead",
        extra={"ids": {"peer": peer, "seconds": int(ahead.total_seconds())}},
    )


def _apply(row: IncomingMessage, payload: dict[str, Any]) -> None:
    """Hand a message to its room, on behalf of the institution that it is for."""
    institution = members.institution_by_code(row.institution)
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


def _set_aside(row: IncomingMessage, body: dict[str, Any], failure: AyniError) -> Reply:
    """A message that its room could not apply is kept with the reason, and receipted as such."""
    row.state, row.reason, row.applied_at = Incoming.SET_ASIDE.value, failure.code, None
    row.receipt = transport.sign_receipt({**body, "state": Incoming.SET_ASIDE.value})
    row.save(force_insert=True)
    log.error(
        "set aside", extra={"ids": {"message": row.id, "kind": row.kind, "why": failure.code}}
    )
    return Reply(dict(row.receipt))


def apply_waiting(*, now: datetime | None = None) -> int:
    """Apply what was ahead of our clock and whose time has come (a periodic job); how many."""
    moment = now or clock.now()
    done = 0
    waiting = IncomingMessage.objects.filter(
        state=Incoming.WAITING, created_at__lte=moment + AHEAD
    ).order_by("conversation", "sequence")
    for message in list(waiting.values_list("id", flat=True)[:500]):
        done += retry(message=message)
    return done


def retry(*, message: str) -> int:
    """Apply a message that waits or was set aside; 1 if it is applied now."""
    try:
        with transaction.atomic():
            row = IncomingMessage.objects.select_for_update().get(id=message)
            if Incoming.APPLIED not in INCOMING[Incoming(row.state)]:
                raise WrongState
            sealed = envelope.parse(bytes(row.envelope))
            row.state, row.reason, row.applied_at = Incoming.APPLIED.value, "", clock.now()
            row.save()
            _apply(row, _open(sealed))
    except (NotFound, SecretMissing, AyniError) as failure:
        IncomingMessage.objects.filter(id=message, state=Incoming.WAITING).update(
            state=Incoming.SET_ASIDE, reason=failure.code
        )
        log.error("set aside", extra={"ids": {"message": message, "why": failure.code}})
        return 0
    return 1
