"""The inbox: verified, applied once, receipted; what is ahead of time waits and is never lost."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Q

from ayni.audit import api as audit
from ayni.exchange import (
    batches,
    envelope,
    membership,
    missing,
    opening,
    our_clock,
    prepared,
    resealed,
    transport,
    trust,
    turns,
)
from ayni.exchange.errors import (
    Expired,
    NotGenuine,
    NotItsInstitution,
    Rejected,
    SequenceTaken,
    UnknownKind,
    WrongRecipient,
)
from ayni.exchange.failing import OF_THE_MOMENT, NotNow, SoftwareFailed, judged
from ayni.exchange.inserting import Duplicate, insert
from ayni.exchange.models import IncomingMessage, PeerState
from ayni.exchange.remembered import remembering
from ayni.exchange.states import INCOMING, Incoming
from ayni.lib import clock
from ayni.lib.errors import AyniError, NotFound
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


@dataclass(slots=True)
class _Ahead:
    """What was looked up for all messages of a request at once: ids that are not here yet,
    conversations in which something waits, and whether the peer's clock was ahead of ours."""

    new: set[str]
    waiting: set[str]
    skewed: bool


_LOOK = """
select array(select id from exchange_incomingmessage where id = any(%s)),
       array(select conversation from exchange_incomingmessage
              where conversation = any(%s) and peer = %s and state = 'waiting'),
       exists(select from exchange_peerstate where node = %s and skew_seconds > 0)
"""


def _look_ahead(sealed: Sequence[envelope.Sealed], peer: str) -> _Ahead:
    ids = {one.header.message for one in sealed}
    talks = sorted({one.header.conversation for one in sealed})
    ((known, waiting, skewed),) = prepared.ask(_LOOK, [sorted(ids), talks, peer, peer])
    return _Ahead(ids - set(known), set(waiting), skewed)


def receive(*, raw: bytes, signed_by: str) -> Reply:
    """Take one envelope. `signed_by` is the node whose request signature was verified.

    A replay gives the same receipt again. Nothing is half-applied: the message, its effect, the
    audit entry and the receipt are one transaction.
    """
    try:
        with remembering():
            sealed = envelope.parse(raw)
            return Reply(_received(sealed, raw, signed_by, _look_ahead([sealed], signed_by)))
    except Rejected as refusal:
        log.warning("refused", extra={"ids": {"peer": signed_by, "why": refusal.code}})
        return Reply(None, refusal.code)
    except NotNow as failed:
        raise failed.cause from None


def receive_many(
    *, envelopes: Sequence[bytes], signed_by: str, seconds: float = SECONDS
) -> list[Reply]:
    """Take several envelopes in one transaction, each as strictly as if it had come alone.

    One that is refused or set aside undoes nothing of the others. Where this node could not keep
    one, that one and what follows it in its conversation come again; so does what has not had its
    turn within `seconds`: no row stays locked for long.
    """
    replies: list[Reply] = []
    failed: set[str] = set()
    end = time.monotonic() + seconds
    with remembering(), audit.together():
        opened = [_parsed(raw) for raw in envelopes]
        whole = [one for one in opened if isinstance(one, envelope.Sealed)]
        ahead = _look_ahead(whole, signed_by)
        with _for_one_institution(whole):
            for raw, sealed in zip(envelopes, opened, strict=True):
                conversation = "" if isinstance(sealed, Rejected) else sealed.header.conversation
                if replies and time.monotonic() > end:
                    reply = Reply(None, later=batches.NO_TIME)
                elif conversation in failed:
                    reply = Reply(None, later=batches.FOLLOWS)
                else:
                    reply = _one_of_many(sealed, raw, signed_by, ahead)
                if reply.later == batches.FAILED:
                    failed.add(conversation)
                replies.append(reply)
    return replies


def receipted(envelopes: Sequence[bytes], replies: Sequence[Reply]) -> int:
    """Bytes of those envelopes that are kept here: neither refused nor to come again."""
    pairs = zip(envelopes, replies, strict=True)
    return sum(len(raw) for raw, reply in pairs if reply.receipt is not None)


def _for_one_institution(sealed: Sequence[envelope.Sealed]) -> AbstractContextManager[None]:
    """If all are for one institution the database is told once on whose behalf it is asked; what
    is applied says it again, and then nothing changes."""
    codes = {one.header.recipient_institution for one in sealed}
    try:
        return (
            members.acting(opening.institution(codes.pop()).id)
            if len(codes) == 1
            else nullcontext()
        )
    except NotFound:
        return nullcontext()


def _parsed(raw: bytes) -> envelope.Sealed | Rejected:
    try:
        return envelope.parse(raw)
    except Rejected as refusal:
        return refusal


def _one_of_many(
    sealed: envelope.Sealed | Rejected, raw: bytes, signed_by: str, ahead: _Ahead
) -> Reply:
    try:
        if isinstance(sealed, Rejected):
            raise sealed
        return Reply(_received(sealed, raw, signed_by, ahead))
    except Rejected as refusal:
        log.warning("refused", extra={"ids": {"peer": signed_by, "why": refusal.code}})
        return Reply(None, refusal.code)
    except NotNow as failed:
        # It concerns this message; the others must not wait for it.
        log.error("failed", exc_info=failed.cause, extra={"ids": {"peer": signed_by}})
        return Reply(None, later=batches.FAILED)


def _received(sealed: envelope.Sealed, raw: bytes, signed_by: str, ahead: _Ahead) -> dict[str, Any]:
    header = sealed.header
    _check_origin(sealed, signed_by)
    known = None if header.message in ahead.new else _known(header.message)
    if known is not None:
        return _again(known, sealed, raw)
    try:
        receipt = _take(sealed, raw, ahead)
    except Duplicate:
        # The same message, twice at once: the other one won.
        known = _known(header.message)
        if known is None:
            raise SequenceTaken(header.message) from None
        return _again(known, sealed, raw)
    ahead.new.discard(header.message)
    if receipt["body"]["state"] == Incoming.WAITING:
        ahead.waiting.add(header.conversation)
    elif header.conversation in ahead.waiting:
        _apply_followers(header)
    return receipt


def _known(message: str) -> IncomingMessage | None:
    return IncomingMessage.objects.filter(id=message).first()


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
        membership.check(sealed.header.sender, sealed.header.created)
        try:
            return resealed.take(
                known, sealed, raw, opens=opening.open_again, applies=opening.apply
            )
        except AyniError:
            raise
        except Exception as wrong:
            raise NotNow(wrong) from wrong
    return dict(known.receipt)


def _take(sealed: envelope.Sealed, raw: bytes, so_far: _Ahead) -> dict[str, Any]:
    header = sealed.header
    membership.check(header.sender, header.created)
    now = clock.now()
    _check_in_time(header, now)
    content: _Content
    try:
        content = opening.opened(sealed)
    except SoftwareFailed as wrong:  # our software cannot even read what it opened
        content = wrong
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
    _tell_skew(header.sender, ahead, so_far)
    try:
        failure = _unapplied(row, header.key_sheet, content)
        if failure is not None:
            _set_aside(row, header.key_sheet, raw, body, failure, content)
    except AyniError:
        raise
    except Exception as cause:
        raise NotNow(cause) from cause
    return dict(row.receipt)


def _check_in_time(header: envelope.Header, now: datetime) -> None:
    """Raise `Expired` after the time that its sender set; `NotNow` if our clock is called ahead: a
    refusal would end it for good, so it has to come again or waits on."""
    if header.valid_until is not None and header.valid_until + AHEAD < now:
        if our_clock.is_ahead(of=header.sender):
            raise NotNow(our_clock.ClockAhead())
        raise Expired(header.message)


# Payload and salt, or why the payload cannot be read.
_Content = tuple[dict[str, Any], bytes] | SoftwareFailed


def _insert(row: IncomingMessage, key_sheet: int, content: _Content) -> None:
    """Keep a message, and with it what it says. Not before: of one that is refused nothing stays
    under an id that its sender may use again."""
    insert(row, key_sheet)
    if not isinstance(content, SoftwareFailed):
        opening.keep(row.kind, row.id, *content)


def _unapplied(row: IncomingMessage, key_sheet: int, content: _Content) -> AyniError | None:
    """Keep a message and, unless it waits, apply it; why it has to stand aside instead."""
    try:
        with transaction.atomic():
            _insert(row, key_sheet, content)
            if row.state == Incoming.WAITING:
                missing.notice(row)
                return None
            if isinstance(content, SoftwareFailed):
                raise content
            opening.apply(row, content[0])
    except UnknownKind as later:
        return later
    except (Rejected, Duplicate):
        raise
    except AyniError as failure:
        return failure
    except Exception as wrong:
        failed = judged(wrong)
        if isinstance(failed, NotNow):
            raise failed from wrong
        log.error("failed", exc_info=wrong, extra={"ids": {"message": row.id}})
        return failed
    return None


def _waits_for(header: envelope.Header) -> str:
    """Why a message is not applied at once; empty if it is."""
    if header.sequence == 1:
        return ""
    before = IncomingMessage.objects.filter(
        peer=header.sender, conversation=header.conversation, sequence__lt=header.sequence
    )
    found = before.aggregate(
        waiting=Count("id", filter=Q(state=Incoming.WAITING)),
        last=Count("id", filter=Q(sequence=header.sequence - 1)),
    )
    return "follows" if found["waiting"] else "" if found["last"] else "gap"


def _tell_skew(peer: str, ahead: timedelta, so_far: _Ahead) -> None:
    """Keep how far the peer's clock is ahead of ours; a message in its time takes that back."""
    if ahead <= AHEAD:
        if so_far.skewed:
            PeerState.objects.filter(node=peer, skew_seconds__gt=0).update(skew_seconds=None)
            so_far.skewed = False
        return
    so_far.skewed = True
    PeerState.objects.update_or_create(
        node=peer, defaults={"skew_seconds": int(ahead.total_seconds())}
    )
    log.warning(
        "clock of peer is ahead",
        extra={"ids": {"peer": peer, "seconds": int(ahead.total_seconds())}},
    )


def _set_aside(
    row: IncomingMessage,
    key_sheet: int,
    raw: bytes,
    body: dict[str, Any],
    failure: AyniError,
    content: _Content,
) -> None:
    """A message that its room could not apply is kept with the reason, and receipted as such."""
    row.state, row.reason, row.applied_at = Incoming.SET_ASIDE.value, failure.code, None
    row.envelope = raw
    row.receipt = transport.sign_receipt({**body, "state": Incoming.SET_ASIDE.value})
    with transaction.atomic():
        _insert(row, key_sheet, content)
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
    return there or row.received_at + GAP <= now or missing.given_up(row)


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
    """Apply what waited and whose time has come (a periodic job), of each peer its share; how
    many."""
    moment = now or clock.now()
    done = 0
    due = turns.first_of_each_talk().filter(created_at__lte=moment + AHEAD)
    for first in turns.fair(due, ["peer"], most=500):
        for row in turns.talk_from(first):
            if not _ready(row, moment):
                break
            done += retry(message=row.id)
    return done


def _check_still(row: IncomingMessage, header: envelope.Header) -> None:
    """Raise as `_check_in_time`; and for a message that came dated ahead
    what is raised for one that comes now: meanwhile its node may have been removed, or its key
    revoked by whom it was stolen from."""
    _check_in_time(header, clock.now())
    if row.created_at > row.received_at + AHEAD:
        trust.signing_key_of(header.sender, header.signing_sheet, made=header.created)


def retry(*, message: str) -> int:
    """Apply a message that waits or was set aside; 1 if it is applied now.

    What fails again stays aside, with the reason, also where a room's software ends with an error:
    what comes after it must not wait for that to be mended. Nothing of it is half-applied. One
    whose key is gone is lost, and the reason says so.
    """
    try:
        with transaction.atomic():
            row = IncomingMessage.objects.select_for_update().get(id=message)
            if Incoming.APPLIED not in INCOMING[Incoming(row.state)]:
                return 0  # another one was faster
            raw = bytes(row.envelope)
            sealed = envelope.parse(raw)
            _check_still(row, sealed.header)
            row.state, row.reason, row.applied_at = Incoming.APPLIED.value, "", clock.now()
            row.envelope = envelope.evidence(raw)
            row.save()
            opening.apply(row, opening.open_again(sealed))
    except (OperationalError, InterfaceError, IncomingMessage.DoesNotExist):
        raise  # of the database, not of the message
    except (*OF_THE_MOMENT, NotNow) as failed:
        # Of this node at this moment: it waits on, or stands aside as before, and is tried again.
        log.error("failed", exc_info=failed, extra={"ids": {"message": message}})
        return 0
    except Exception as failure:
        known = isinstance(failure, AyniError) and not isinstance(failure, SoftwareFailed | NotNow)
        why = str(getattr(failure, "code", "")) if known else SoftwareFailed.code
        told = IncomingMessage.objects.filter(
            id=message, state__in=[Incoming.WAITING, Incoming.SET_ASIDE]
        )
        # What a restore has lost has nothing that could be opened, and says so already.
        told.exclude(envelope=b"").update(state=Incoming.SET_ASIDE, reason=why)
        ids = {"message": message, "why": why}
        log.error("set aside", exc_info=None if known else failure, extra={"ids": ids})
        return 0
    return 1
