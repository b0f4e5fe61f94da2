"""What is queued for a peer leaves it: asked again before every attempt, in order, many at a time.

A request carries up to `batches.MOST` envelopes; a peer whose software is older gets them one by
one. Whether together or alone, each is asked about, receipted and settled by itself.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import F

from ayni.audit import api as audit
from ayni.exchange import (
    account,
    allowing,
    batches,
    prepared,
    queued,
    resealing,
    resting,
    settled_rows,
    transport,
)
from ayni.exchange.connection import Broke, NewSheet, Unreachable
from ayni.exchange.errors import KeyGone, NotGenuine, NotMemberThen
from ayni.exchange.failing import FailedAt, at_one
from ayni.exchange.keys import KEEP
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.exchange.remembered import remembering
from ayni.exchange.resting import LONGEST_WAIT, rests
from ayni.exchange.settling import settle
from ayni.exchange.states import Outgoing
from ayni.exchange.waking import ask_to_drain
from ayni.lib import clock

log = logging.getLogger("ayni.exchange")
# One round: a peer for which much waits is looked at anew.
SECONDS = 10.0
# After so many conversations in a row at whose messages the peer's server broke, and none that went
# well between, it is the peer that fails.
_IN_A_ROW = 3
# Refusals of an envelope and not of the message: it is sealed again.
_SEALED_AGAIN = frozenset({KeyGone.code, NotMemberThen.code})
# How long a peer that does not know batches is not asked for one again.
_ASK_AGAIN = 600.0


@dataclass(slots=True)
class _Round:
    """What has happened since the job began: messages settled, the first failure, conversations
    that wait for a message at which the peer failed (`resting` ones from now on, and why), in how
    many in a row its server `broke`, how many leave together next, and whether the peer signs by a
    key sheet that has to be fetched. `went`: conversations of which something was settled."""

    peer: str
    most: int
    was_ahead: bool = False  # our clock, as far as this peer has told
    others_tell: bool = False  # the same, several others
    last: bool = False  # nothing waits behind those that leave next
    settled: int = 0
    failure: Unreachable | None = None
    new_sheet: bool = False
    blocked: set[str] = field(default_factory=set)
    resting: dict[str, str] = field(default_factory=dict)
    went: set[str] = field(default_factory=set)
    broke: int = 0

    @property
    def ahead(self) -> bool:
        """Whether our clock is, as this peer or several others have told: one alone is not believed
        about what goes to all."""
        return self.was_ahead or self.others_tell

    @property
    def over(self) -> bool:
        """Whether the peer as a whole rests."""
        failed = self.failure
        return failed is not None and (failed.whole_line or self.broke >= _IN_A_ROW)

    def failed(self, row: OutgoingMessage, wrong: Unreachable) -> None:
        """This message has to be tried again; what follows it in its conversation waits."""
        self.failure = self.failure if self.over else wrong
        self.new_sheet = self.new_sheet or isinstance(wrong, NewSheet)
        self.blocked.add(row.conversation)
        if not wrong.whole_line:
            self.resting.setdefault(row.conversation, wrong.code)
            self.broke += isinstance(wrong, Broke)

    def failed_here(self, wrong: FailedAt) -> None:
        """Our own software failed at a message: only what follows it in its conversation waits."""
        ids = {"peer": self.peer, "message": wrong.message, "conversation": wrong.conversation}
        log.error("failed", exc_info=wrong.cause, extra={"ids": ids})
        self.blocked.add(wrong.conversation)
        self.resting.setdefault(wrong.conversation, wrong.code)
        self.last = False  # of what waits behind it nothing is known yet


def drain(*, peer: str, seconds: float = SECONDS, until: threading.Event | None = None) -> int:
    """Deliver what is queued for one peer, in order, for so long, or `until` it is to stop; how
    many messages were settled. None while another process delivers to this peer.

    After a restore the peer first tells what passed since the backup was made. A peer that does
    not answer rests (back-off with jitter). A message that the peer refuses is
    settled with its reason; one at which the peer's software fails is tried again later, and only
    its own conversation waits for it: one bad message stops nobody else.
    """
    _taken, how = _stands(peer)
    if rests(how.state.next_attempt, clock.now()):
        return 0
    # After a failure one message goes ahead: it may have been the batch the peer failed at.
    most = 1 if how.state.failures or how.rested else batches.MOST
    so_far = _begun(how, most, resting.resting(peer, now=clock.now()) if how.rested else set())
    with transport.Line(peer) as line:
        if how.state.account_since is not None and not _caught_up(how.state, line):
            return 0
        _send_all(so_far, line, how.mark, end=time.monotonic() + seconds, until=until)
    if so_far.new_sheet:
        _ask_to_refresh()
    _tell_rests(so_far)
    if not so_far.over and so_far.settled:
        _reached(how.state)
    return so_far.settled


def _caught_up(state: PeerState, line: transport.Line) -> bool:
    """Whether the peer has told what passed since the backup that this node was made from."""
    # What a restored node knows is as old as its backup: who is a member, and where.
    _ask_to_refresh()
    with _turn(state.node) as turn:
        if turn is None:
            return False
        try:
            account.catch_up(state=turn.state, line=line)
        except Unreachable as wrong:
            _rest(state.node, wrong)
            return False
    return True


def _send_all(
    so_far: _Round,
    line: transport.Line,
    mark: UUID | None,
    *,
    end: float,
    until: threading.Event | None,
) -> None:
    while not so_far.over:
        before = so_far.settled, len(so_far.blocked)
        with remembering(mark):
            _send(so_far, line)
        mark = None
        if so_far.settled:
            so_far.most = batches.MOST
        stuck = before == (so_far.settled, len(so_far.blocked))
        stopped = until is not None and until.is_set()
        if so_far.last or stuck or stopped or time.monotonic() > end:
            return


def _tell_rests(so_far: _Round) -> None:
    """Who rests from now on: the peer if it failed itself, and conversations at whose messages it
    failed. Those of which a message was settled do so no longer."""
    if so_far.went:
        resting.end(so_far.went)
    if so_far.resting:
        resting.begin(peer=so_far.peer, failed=so_far.resting, now=clock.now())
    if so_far.over and so_far.failure is not None:
        _rest(so_far.peer, so_far.failure)


_STANDS = """
select {taken}, failures, next_attempt, skew_seconds, account_since, last_contact,
       (select mark from exchange_trusted),
       exists(select from exchange_restingconversation as one where one.peer = node),
       (select count(*) > 1 from exchange_peerstate as one where one.skew_seconds < 0)
  from exchange_peerstate where node = %s
"""
_LOOKED = _STANDS.format(taken="true")
_TAKEN = _STANDS.format(
    taken="pg_try_advisory_lock(hashtext('ayni.exchange.drain'), hashtext(node))"
)
_END = "select pg_advisory_unlock(hashtext('ayni.exchange.drain'), hashtext(%s))"
_PRECISE = timedelta(minutes=1)  # when a peer was last heard of is told to the minute


@dataclass(slots=True)
class _Stands:
    """How it stands with a peer. `mark`: see `remembered`; for the first round. `rested`: some
    conversation with it does or did rest; `others_tell`: more than one node that our clock is
    ahead."""

    state: PeerState
    mark: UUID | None
    rested: bool
    others_tell: bool


def _begun(how: _Stands, most: int, blocked: set[str]) -> _Round:
    tells = (how.state.skew_seconds or 0) < 0
    return _Round(
        how.state.node, most, was_ahead=tells, others_tell=how.others_tell, blocked=blocked
    )


def _stands(peer: str, question: str = _LOOKED) -> tuple[bool, _Stands]:
    """Whether the lock was taken, for a question that asks for it; and how it stands."""
    found = prepared.ask(question, [peer])
    if not found:
        PeerState.objects.get_or_create(node=peer)
        found = prepared.ask(question, [peer])
    ours, failures, next_attempt, skew_seconds, account_since, last_contact, *rest = found[0]
    state = PeerState(
        node=peer,
        failures=failures,
        next_attempt=next_attempt,
        skew_seconds=skew_seconds,
        account_since=account_since,
        last_contact=last_contact,
    )
    return ours, _Stands(state, *rest)


@contextlib.contextmanager
def _turn(peer: str) -> Iterator[_Stands | None]:
    """Let nobody else deliver to a peer for longer than a transaction; None if somebody does."""
    ours, found = _stands(peer, _TAKEN)
    if not ours:
        yield None
        return
    try:
        yield found
    finally:
        # With the connection the lock is gone too.
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(_END, [peer])


def _reached(state: PeerState) -> None:
    """The peer has answered as it should."""
    now = clock.now()
    heard = state.last_contact
    if state.failures or state.next_attempt or heard is None or abs(now - heard) >= _PRECISE:
        PeerState.objects.filter(node=state.node).update(
            failures=0, next_attempt=None, last_contact=now
        )


def hand_out(
    *, peer: str, said: Mapping[str, Mapping[str, Any]]
) -> tuple[list[bytes], bool] | None:
    """For a peer that fetches: what may leave at this moment, asked as before every attempt, and
    whether more waits. What it said to earlier ones (by message) is settled first. None while
    another process delivers to it, or until it has told what passed before a restore."""
    with _turn(peer) as turn:
        if turn is None or turn.state.account_since is not None:
            return None
        so_far = _begun(turn, batches.MOST, resting.resting(peer, now=clock.now()))
        with remembering(turn.mark):
            if said:
                _take_answers(so_far, said)
            leaving = _leaving(so_far)
        _tell_rests(so_far)
        PeerState.objects.filter(node=peer).update(last_contact=clock.now())
        return [bytes(row.envelope or b"") for row in leaving], not so_far.last


def _leaving(so_far: _Round) -> list[OutgoingMessage]:
    """What may leave to a peer that fetches, without what our own software fails at."""
    while True:
        try:
            with audit.together():
                leaving: list[OutgoingMessage] = []
                while not leaving and not so_far.last:
                    asked = _next(so_far, batches.MOST)
                    leaving, waiting = allowing.allowed(asked, ahead=so_far.ahead)
                    so_far.blocked.update(row.conversation for row in waiting)
                _seal_outdated(leaving)
                _tried(leaving)  # it may be there, whether or not we ever hear of it
                return leaving
        except FailedAt as wrong:
            so_far.failed_here(wrong)


def _seal_outdated(leaving: Sequence[OutgoingMessage]) -> None:
    for row in leaving:
        with at_one(row.message, row.conversation):
            if resealing.is_outdated(row):
                resealing.seal_again(row, answer=None)


def _take_answers(so_far: _Round, said: Mapping[str, Mapping[str, Any]]) -> None:
    with audit.together():
        rows = OutgoingMessage.objects.select_for_update().filter(
            message__in=sorted(said), peer=so_far.peer, state=Outgoing.QUEUED
        )
        settled = []
        for row in rows.order_by("place"):
            raw = bytes(row.envelope or b"")
            answer = transport.said_to_one(so_far.peer, raw, said[row.message])
            row.attempts = max(row.attempts, 1)  # counted when it was handed out
            if answer is not None and _settled(so_far, row, answer):
                settled.append(row)
        settled_rows.keep(settled)
        so_far.went.update(row.conversation for row in settled)
        if so_far.new_sheet:
            _ask_to_refresh()


def _ask_to_refresh() -> None:
    from ayni.exchange import tasks

    tasks.ask_to_refresh()


def _next(so_far: _Round, most: int) -> list[OutgoingMessage]:
    """The messages that leave next, locked: as many as one request takes."""
    found, waiting = queued.leaving_next(so_far.peer, so_far.blocked, most)
    so_far.last = waiting < most and waiting == len(found)
    return found


def _send(so_far: _Round, line: transport.Line) -> None:
    most = so_far.most
    if _alone and _alone.get(line.address, 0.0) > time.monotonic():
        most = 1
    try:
        _attempt(so_far, line, most)
        return
    except transport.NoBatches as alone:
        if alone.for_good:
            _alone[line.address] = time.monotonic() + _ASK_AGAIN
        so_far.last = False
    for _each in range(most):
        if so_far.over or so_far.last:
            return
        _attempt(so_far, line, 1)


# Addresses of peers that take single messages only, and until when (monotonic seconds).
_alone: dict[str, float] = {}


def _attempt(so_far: _Round, line: transport.Line, most: int) -> None:
    """One attempt for each of the next messages. One at which our own software fails undoes it, and
    the others leave in the next one. Raises `NoBatches`."""
    try:
        _attempt_all(so_far, line, most)
    except FailedAt as wrong:
        so_far.failed_here(wrong)


def _attempt_all(so_far: _Round, line: transport.Line, most: int) -> None:
    """One attempt for each of the next messages, in one request and one transaction.

    What allows them stays locked until the answer is here, so that a consent cannot be withdrawn
    between the question and the sending. Raises `FailedAt` and, of a peer that knows no batches,
    `NoBatches`, and nothing has happened then; or `NoBatches` for an answer that cannot be read:
    then they were tried, and the peer may have them.
    """
    unread: transport.NoBatches | None = None
    with audit.together():
        asked = _next(so_far, most)
        leaving, waiting = allowing.allowed(asked, ahead=so_far.ahead)
        so_far.blocked.update(row.conversation for row in waiting)
        _seal_outdated(leaving)
        try:
            said = _post(line, leaving) if leaving else []
        except Unreachable as wrong:
            for row in leaving:
                so_far.failed(row, wrong)
            _tried(leaving)
            said = []
        except transport.NoBatches as wrong:
            if wrong.for_good:
                raise
            unread, said = wrong, []
            _tried(leaving)
        so_far.settled += len(asked) - len(leaving) - len(waiting)
        so_far.last = so_far.last and None not in said
        if said and None not in said and not any(isinstance(one, Broke) for one in said):
            so_far.broke = 0
        settled = []
        for row, answer in zip(leaving, said, strict=False):
            row.attempts += answer is not None
            if answer is not None and _settled(so_far, row, answer):
                settled.append(row)
        settled_rows.keep(settled)
        so_far.settled += len(settled)
        so_far.went.update(row.conversation for row in settled)
    if unread is not None:
        raise unread


def _tried(rows: Sequence[OutgoingMessage]) -> None:
    """Count an attempt of each, without an answer."""
    places = [row.place for row in rows]
    OutgoingMessage.objects.filter(place__in=places).update(attempts=F("attempts") + 1)


def _post(
    line: transport.Line, rows: Sequence[OutgoingMessage]
) -> Sequence[transport.Answer | Unreachable | None]:
    envelopes = [bytes(row.envelope or b"") for row in rows]
    if len(envelopes) == 1:
        return [line.post(envelopes[0])]
    return line.post_many(envelopes)


def _settled(so_far: _Round, row: OutgoingMessage, answer: transport.Answer | Unreachable) -> bool:
    """Whether what the peer said to one message settles it, without saving the row; the attempt is
    counted in it."""
    try:
        if isinstance(answer, Unreachable):
            raise answer
        if answer.receipt is not None:
            _check_receipt(so_far, row, bytes(row.envelope or b""), answer.receipt)
    except Unreachable as wrong:
        so_far.failed(row, wrong)
        row.save(update_fields=["attempts"])
        return False
    if answer.refusal in _SEALED_AGAIN and _sealed_again(so_far, row, answer):
        return False
    row.receipt = answer.signed
    if answer.receipt is not None:
        settle(row, Outgoing.DELIVERED, answer.receipt["body"]["state"])
    else:
        settle(row, Outgoing.REFUSED, answer.refusal[:60])
    return True


def _sealed_again(so_far: _Round, row: OutgoingMessage, answer: transport.Answer) -> bool:
    """The peer has removed the key, or this node was no member when the message was made: sealed
    again it leaves in the next round. False if that was not possible for 45 days: then it is
    refused for good."""
    from ayni.exchange import tasks

    if resealing.seal_again(row, answer=answer.signed):
        so_far.blocked.add(row.conversation)
        ask_to_drain(row.peer)
        return True
    if row.queued_at + KEEP <= clock.now() and not so_far.ahead:
        return False
    so_far.failed(row, Unreachable(answer.refusal, whole_line=False))
    row.save(update_fields=["attempts"])
    tasks.ask_to_refresh()
    return True


def _check_receipt(
    so_far: _Round, row: OutgoingMessage, raw: bytes, receipt: Mapping[str, Any]
) -> None:
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
        so_far.was_ahead = True
        PeerState.objects.filter(node=row.peer).update(skew_seconds=-ahead)
        log.warning("our clock is ahead", extra={"ids": {"peer": row.peer, "seconds": ahead}})
    elif so_far.was_ahead:
        so_far.was_ahead = False
        PeerState.objects.filter(node=row.peer, skew_seconds__lt=0).update(skew_seconds=None)


def _rest(peer: str, failure: Unreachable) -> None:
    with transaction.atomic():
        state = PeerState.objects.select_for_update().get(node=peer)
        state.failures += 1
        state.next_attempt = resting.rests_until(state.failures, clock.now())
        if failure.seconds is not None:  # the peer says when it has room for more
            asked = timedelta(seconds=failure.seconds + secrets.randbelow(1001) / 1000)
            state.next_attempt = clock.now() + min(asked, LONGEST_WAIT)
        state.save()
    log.warning("peer unreachable", extra={"ids": {"peer": peer, "why": failure.code}})
