"""Carrying attachments to a peer: chunk by chunk, from where it was cut off.

The message that names an attachment goes first, in its order and by itself: who is in danger does
not wait for a hundred megabytes. Then the peer is asked which chunks it lacks, and each is sent in
a request of its own; before each it is asked again whether it may leave, and what allows it stays
locked until the peer has answered.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from ayni.audit import api as audit
from ayni.exchange import (
    allowing,
    chunk_asked,
    chunks,
    documents,
    our_clock,
    resting,
    stream,
    transport,
)
from ayni.exchange.connection import Unreachable, told_code
from ayni.exchange.errors import Malformed, TooLarge
from ayni.exchange.failing import FailedAt, at_one
from ayni.exchange.held import Hold, Stream
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.exchange.states import Outgoing
from ayni.lib import clock

log = logging.getLogger("ayni.exchange")
PATH = "/exchange/1/attachments"
AT_ONCE = 100  # chunks in one job: then another peer's turn comes
GIVEN_UP = timedelta(days=45)
_OK = 200
_PATIENCE = {429, 503, 507}
NO_ROOM = {"refused": chunks.NoRoom.code}  # of this attachment alone, although with 503


def carry(*, peer: str, now: datetime | None = None) -> int:
    """Send the chunks that a peer lacks; how many were sent.

    What cannot be sent now rests, doubling from 5 s to 15 minutes; one attachment that fails stops
    no other and no message. While the peer rests as a whole (its circuit is open) nothing is sent;
    when it asks to wait, all that goes to it waits as long.
    """
    moment = now or clock.now()
    if _peer_rests(peer, moment):
        return 0
    due = resting.over("next_attempt", moment)
    going = Stream.objects.filter(due, hold=Hold.GOING, peer=peer).order_by("begun_at")
    sent = 0
    with transport.Line(peer) as line:
        for row in list(going[:20]):
            try:
                sent += _carry_one(row, line, AT_ONCE - sent)
            except Unreachable as failure:
                _rest(row.id, failure.code, moment)
                if failure.whole_line:
                    _all_wait(peer, failure.seconds, moment)
                    break
            except FailedAt as failure:
                # Our own software failed at it: it rests, and the others go on.
                ids = {"peer": peer, "attachment": row.id}
                log.error("failed", exc_info=failure.cause, extra={"ids": ids})
                _rest(row.id, failure.code, moment)
            if sent >= AT_ONCE:
                _ask_to_go_on(peer)
                break
    return sent


def _peer_rests(peer: str, now: datetime) -> bool:
    found = PeerState.objects.filter(node=peer).values_list("next_attempt", flat=True)
    return resting.rests(found.first(), now)


def _all_wait(peer: str, seconds: int | None, now: datetime) -> None:
    """What goes to a peer waits as long as it asks, 15 minutes at most."""
    if seconds is not None:
        until = now + min(timedelta(seconds=seconds), resting.LONGEST_WAIT)
        going = Stream.objects.filter(hold=Hold.GOING, peer=peer)
        going.filter(Q(next_attempt__isnull=True) | Q(next_attempt__lt=until)).update(
            next_attempt=until
        )


def _ask_to_go_on(peer: str) -> None:
    from ayni.exchange import chunk_tasks

    chunk_tasks.ask_to_carry(peer)


def _carry_one(row: Stream, line: transport.Line, most: int) -> int:
    message = OutgoingMessage.objects.get(message=row.message)
    if never_goes(row.id, message):
        return 0
    if message.state != Outgoing.DELIVERED:
        raise Unreachable("message_first", whole_line=False)
    told = _asked(row.id, line)
    state = told.get("state")
    if state == Hold.WHOLE:
        settle(row.id, Hold.ARRIVED, "")
        return 0
    if state == Hold.REMOVED:
        settle(row.id, Hold.STOPPED, "removed_there")
        return 0
    if state != Hold.COMING:
        raise Unreachable(told_code(state), whole_line=False)
    try:
        missing = chunk_asked.missing(told, chunks=row.chunks)
    except Malformed as wrong:
        raise Unreachable(wrong.code, whole_line=False) from None
    Stream.objects.filter(id=row.id).update(there=max(row.chunks - len(missing), 0))
    sent = 0
    for number in missing[:most]:
        if not _send(row.id, message.place, number, line):
            return sent
        sent += 1
    if sent == len(missing):
        settle(row.id, Hold.ARRIVED, "")
    return sent


def _asked(attachment: str, line: transport.Line) -> dict[str, Any]:
    """How it stands with an attachment there. A refusal concerns this attachment alone."""
    status, body = line.give(PATH, documents.canonical({"attachment": attachment}))
    try:
        told = documents.parse(body)
    except (Malformed, TooLarge):
        raise _failed(status, line) from None
    if status in _PATIENCE and told != NO_ROOM:
        raise _failed(status, line)
    if not isinstance(told, dict):
        raise Unreachable(f"status_{status}", whole_line=False)
    if status != _OK:
        raise Unreachable(told_code(told.get("refused", "")), whole_line=False)
    return told


def _send(attachment: str, place: int, number: int, line: transport.Line) -> bool:
    """One chunk; False if it may not leave any more."""
    with transaction.atomic():
        message = OutgoingMessage.objects.select_for_update().get(place=place)
        sealed = leaves(attachment, message, number)
        if not sealed:
            return False
        status, _body = line.give(f"{PATH}/{attachment}/{number}", sealed)
    if status != _OK:
        raise _failed(status, line)
    Stream.objects.filter(id=attachment).update(there=F("there") + 1, moved_at=clock.now())
    return True


def _failed(status: int, line: transport.Line) -> Unreachable:
    whole = status in _PATIENCE
    return Unreachable(
        f"status_{status}", whole_line=whole, seconds=line.asks_to_wait if whole else None
    )


def never_goes(attachment: str, message: OutgoingMessage) -> bool:
    """Whether its message was cancelled or refused; then it is settled."""
    never = message.state in (Outgoing.CANCELLED, Outgoing.REFUSED)
    if never:
        settle(attachment, Hold.STOPPED, message.reason)
    return never


def leaves(attachment: str, message: OutgoingMessage, number: int) -> bytes:
    """A sealed chunk that may leave now, its message being locked; empty if it may not any more:
    then it is settled. Raises `Unreachable` while it waits, `FailedAt`."""
    now = clock.now()
    with at_one(message.message, message.conversation):
        ahead = our_clock.is_ahead(of=message.peer)
        reason = allowing.reason_now(message, now, ahead=ahead)
    if allowing.waits(message, reason, now):
        why = reason if reason == allowing.HELD else "clock_set_back"
        raise Unreachable(why, whole_line=False)
    sealed = b"" if reason else chunks.sealed_chunk(attachment, number)
    if len(sealed) == stream.SEALED_CHUNK:
        return sealed
    settle(attachment, Hold.STOPPED, reason or "removed")
    return b""


def settle(attachment: str, hold: Hold, reason: str) -> None:
    """What is going goes no more: it has arrived, or is stopped for a reason. Again: nothing."""
    by = audit.job("exchange.carry")
    with audit.act(
        by=by, verb="exchange.settle_attachment", subject=attachment, state=hold.value, why=reason
    ):
        Stream.objects.filter(id=attachment, hold=Hold.GOING).update(
            hold=hold, reason=reason, moved_at=clock.now(), failures=0, next_attempt=None
        )


def _rest(attachment: str, why: str, now: datetime) -> None:
    with transaction.atomic():
        row = Stream.objects.select_for_update().get(id=attachment)
        row.failures += 1
        row.next_attempt = resting.rests_until(row.failures, now)
        row.save(update_fields=["failures", "next_attempt"])
    log.warning("attachment rests", extra={"ids": {"attachment": attachment, "why": why}})
    if row.moved_at < now - GIVEN_UP and not our_clock.is_ahead(of=row.peer):
        settle(attachment, Hold.STOPPED, "not_taken")


def peers_going(now: datetime) -> list[str]:
    """Peers to which an attachment is going and does not rest."""
    due = resting.over("next_attempt", now)
    found = Stream.objects.filter(due, hold=Hold.GOING).values_list("peer", flat=True)
    return sorted(set(found.distinct()))


def ask_again(*, now: datetime) -> int:
    """Ask the senders of what stands still to go on; how many were asked."""
    asked = 0
    for peer, attachment in chunks.behind(now=now):
        try:
            with transport.Line(peer) as line:
                line.ask(PATH, documents.canonical({"attachment": attachment}))
            asked += 1
        except Unreachable as failure:
            log.warning("not asked", extra={"ids": {"peer": peer, "why": failure.code}})
    return asked
