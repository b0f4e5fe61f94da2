"""What came and cannot be opened any more is asked for again; the same message in a new envelope is
taken in its place, applied once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import envelope, keys, outbox, resealing, transport, trust, turns
from ayni.exchange.account import LOST
from ayni.exchange.errors import KeyGone, KeysExpired, NoNode, NotTrusted, OtherMessage
from ayni.exchange.failing import NotNow, judged
from ayni.exchange.models import EarlierSealing, IncomingMessage, OutgoingMessage
from ayni.exchange.states import Incoming
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
Open = Callable[[envelope.Sealed], dict[str, Any]]
Apply = Callable[[IncomingMessage, dict[str, Any]], None]


def ask_for_lost(*, by: Actor) -> int:
    """Ask the senders for what lies here and whose key is gone, once each; how many.

    Only when this node has a newer key sheet than the one the message was sealed to: otherwise it
    would be sealed to the lost key again.
    """
    own = trust.key_sheet(members.this_node())
    if own is None:
        return 0
    asked = OutgoingMessage.objects.filter(kind=resealing.AGAIN.name).values("subject")
    lost = IncomingMessage.objects.filter(state=Incoming.SET_ASIDE, reason=KeyGone.code)
    count = 0
    left = lost.exclude(id__in=asked).order_by("received_at", "id")
    for row in turns.fair(left, ["peer", "sender_institution"], most=100):
        header = _header(bytes(row.envelope))
        if header is not None and header.key_sheet < own["body"]["number"]:
            count += ask_again_for(row, by)
    return count


def ask_again_for(row: IncomingMessage, by: Actor) -> int:
    """Ask the sender for a message that is here without its content; how many were asked for."""
    try:
        outbox.queue(
            by=by,
            kind=resealing.AGAIN.name,
            recipient=row.peer,
            recipient_institution=row.sender_institution,
            institution=row.institution,
            payload={"envelope": row.digest, "message": row.id},
            grant=None,
            conversation=_line(members.this_node(), row.peer),
            subject=row.id,
        )
    except (NoNode, NotTrusted, KeysExpired):
        return 0  # asked with the next round
    return 1


def _line(here: str, node: str) -> str:
    """The conversation in which this node asks another one; a new one after a restoring."""
    named = f"{resealing.AGAIN.name} {here} {node} {audit.latest_restore()}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _header(raw: bytes) -> envelope.Header | None:
    """Header of an envelope or of evidence; None of what was lost in a restore."""
    if not raw:
        return None
    whole = raw[: len(envelope.MARK)] == envelope.MARK
    return (envelope.parse(raw) if whole else envelope.parse_evidence(raw)).header


def _is_same(known: IncomingMessage, new: envelope.Header) -> bool:
    """Whether a new envelope holds the message that is here: same place, same terms, and the
    commitment to the same content. Of one that a restore has lost only the place and the terms are
    known; its sender has signed both."""
    former = _header(bytes(known.envelope))
    if former is None:
        return _stands_where_lost(known, new)
    stays = (
        "commitment", "conversation", "due", "kind", "message", "recipient",
        "recipient_institution", "sender", "sender_institution", "sequence", "valid_until",
    )  # fmt: skip
    return all(getattr(former, name) == getattr(new, name) for name in stays)


def _stands_where_lost(known: IncomingMessage, new: envelope.Header) -> bool:
    return known.reason == LOST and (
        known.id, known.peer, known.kind, known.conversation, known.sequence,
        known.sender_institution, known.institution, known.due_at,
    ) == (
        new.message, new.sender, new.kind, new.conversation, new.sequence,
        new.sender_institution, new.recipient_institution, new.due,
    )  # fmt: skip


def take(
    known: IncomingMessage, sealed: envelope.Sealed, raw: bytes, *, opens: Open, applies: Apply
) -> dict[str, Any]:
    """The receipt for another envelope of a message that is here. Raises `OtherMessage` if it is
    not the same, `KeyGone` if this one cannot be opened either.

    One that was applied is not applied again. One that waits or stands aside takes the new one;
    one that stood aside is applied at once.
    """
    digest = hashlib.sha256(raw).hexdigest()
    with transaction.atomic():
        row = IncomingMessage.objects.select_for_update().get(id=known.id)
        if row.digest == digest:
            return dict(row.receipt)
        earlier = EarlierSealing.objects.filter(digest=digest, answer__isnull=False).first()
        if earlier is not None:
            return dict(earlier.answer or {})
        if not _is_same(row, sealed.header):
            raise OtherMessage(row.id)
        job = audit.job("exchange.take_again")
        with audit.act(by=job, verb="exchange.take_again", subject=row.id, state=row.state):
            if row.state == Incoming.APPLIED:
                receipt = _receipt(row, raw)
                resealing.keep_earlier(row.id, row.conversation, raw, receipt, now=clock.now())
                return receipt
            keys.hold(row.institution, sealed.header.key_sheet)
            payload = opens(sealed)
            _replace(row, raw, digest)
            if row.state == Incoming.SET_ASIDE:
                _try(row, raw, payload, applies)
            row.receipt = _receipt(row, raw)
            row.save()
    return dict(row.receipt)


def _replace(row: IncomingMessage, raw: bytes, digest: str) -> None:
    former = EarlierSealing(
        message=row.id,
        conversation=row.conversation,
        digest=row.digest,
        evidence=_evidence(bytes(row.envelope)),
        answer=row.receipt,
        replaced_at=clock.now(),
    )
    former.save(force_insert=True)
    row.envelope, row.digest = raw, digest


def _evidence(raw: bytes) -> bytes:
    return envelope.evidence(raw) if raw[: len(envelope.MARK)] == envelope.MARK else raw


def _try(row: IncomingMessage, raw: bytes, payload: Mapping[str, Any], applies: Apply) -> None:
    """Apply what stood aside; what its room cannot apply now stays there with the reason."""
    try:
        with transaction.atomic():
            applies(row, dict(payload))
    except AyniError as failure:
        row.reason = failure.code
        return
    except Exception as wrong:
        failed = judged(wrong)
        if isinstance(failed, NotNow):
            raise failed from wrong
        log.error("failed", exc_info=wrong, extra={"ids": {"message": row.id}})
        row.reason = failed.code
        return
    row.state, row.reason, row.applied_at = Incoming.APPLIED.value, "", clock.now()
    row.envelope = envelope.evidence(raw)


def _receipt(row: IncomingMessage, raw: bytes) -> dict[str, Any]:
    return transport.sign_receipt(
        transport.receipt_body(
            raw=raw,
            message=row.id,
            sender=row.peer,
            due="" if row.due_at is None else clock.isoformat(row.due_at),
            state=str(row.state),
            at=clock.now(),
            ahead=0,
        )
    )
