"""What came and cannot be opened any more is asked for until it comes; the same message in a new
envelope is taken in its place, applied once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import envelope, keys, outbox, resealing, transport, trust, turns
from ayni.exchange.account import LOST
from ayni.exchange.errors import KeyGone, KeysExpired, NoNode, NotTrusted, OtherMessage
from ayni.exchange.failing import NotNow, judged
from ayni.exchange.models import EarlierSealing, IncomingMessage, OutgoingMessage
from ayni.exchange.states import Incoming, Outgoing
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
Open = Callable[[envelope.Sealed], dict[str, Any]]
Apply = Callable[[IncomingMessage, dict[str, Any]], None]
# The answer to a question may be lost in another restore, or the peer gives it a limit
# (`lost.MOST_GIVEN`): so it is asked again, each time later, over six days in all. What has not
# come then is for people.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=30), timedelta(days=1)
MOST_ASKED = 12  # times since this node was last restored


def ask_for_lost(*, by: Actor) -> int:
    """Ask the senders for what lies here and whose key is gone, where it is `due`; how many.

    Only when this node has a newer key sheet than the one the message was sealed to: otherwise it
    would be sealed to the lost key again.
    """
    own = trust.key_sheet(members.this_node())
    if own is None:
        return 0
    lost = IncomingMessage.objects.filter(state=Incoming.SET_ASIDE, reason=KeyGone.code)
    count = 0
    left = due(lost, now=clock.now()).order_by("received_at", "id")
    for row in turns.fair(left, ["peer", "sender_institution"], most=100):
        header = _header(bytes(row.envelope))
        if header is not None and header.key_sheet < own["body"]["number"]:
            count += ask_again_for(row, by)
    return count


def due(rows: QuerySet[IncomingMessage], *, now: datetime) -> QuerySet[IncomingMessage]:
    """Those of these messages that their senders are to be asked for now: never yet, or long enough
    after the last question arrived there, at most `MOST_ASKED` times. A question that waits is not
    asked twice; one that was cancelled was not asked."""
    asked = OutgoingMessage.objects.filter(kind=resealing.AGAIN.name, subject=OuterRef("id"))
    arrived = asked.exclude(state__in=[Outgoing.QUEUED, Outgoing.CANCELLED])
    if restored := audit.latest_restore():
        arrived = arrived.filter(settled_at__gte=clock.parse(restored))
    of_one = arrived.order_by().values("subject")
    ready = Q(times=0)
    for times in range(1, MOST_ASKED):
        ready |= Q(times=times, last__lte=now - wait_after(times))
    counted = rows.alias(
        times=Coalesce(Subquery(of_one.annotate(n=Count("place")).values("n")), 0),
        last=Subquery(of_one.annotate(at=Max("settled_at")).values("at")),
    )
    return counted.filter(ready).exclude(Exists(asked.filter(state=Outgoing.QUEUED)))


def wait_after(times: int) -> timedelta:
    """How long to wait for the answer after so many questions (1, 2, …)."""
    return min(FIRST_WAIT * (1 << (times - 1)), LONGEST_WAIT)


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
