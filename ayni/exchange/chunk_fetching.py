"""Fetching the chunks of attachments from the peers: for a node that cannot be reached.

What a message has named is asked for chunk by chunk, from where it was cut off, and taken as if it
had been pushed: the same room, the same checks. When all is here the peer is told so.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from ayni.exchange import chunk_form, chunks, documents, limits, resting, transport
from ayni.exchange.chunk_form import Question
from ayni.exchange.connection import Unreachable, told_code
from ayni.exchange.errors import Malformed, Rejected, TooLarge
from ayni.exchange.handing import Delivering
from ayni.exchange.held import Hold, Stream
from ayni.exchange.models import PeerState
from ayni.exchange.resting import rests
from ayni.lib import clock

log = logging.getLogger("ayni.exchange")
PATH = "/exchange/1/waiting/chunk"
SECONDS = 15.0  # at one peer: then it is the next one's turn
_OK, _OTHER = 200, 409
_PATIENCE = {429, 503, 507}
_STATES = {
    Hold.COMING: chunk_form.COMING,
    Hold.WHOLE: chunk_form.WHOLE,
    Hold.REMOVED: chunk_form.REMOVED,
}


def fetch(*, peer: str, seconds: float = SECONDS) -> int:
    """Take chunks that wait for this node at one peer; how many came. One attachment that fails
    rests, doubling from 5 s to 15 minutes, and stops no other."""
    now, end = clock.now(), time.monotonic() + seconds
    due = resting.over("next_attempt", now)
    rows = _awaited().filter(due, peer=peer).order_by("begun_at")[: chunks.MOST_COMING]
    came = 0
    with transport.Line(peer) as line:
        for row in list(rows):
            try:
                came += _fetch_one(row, line, end)
            except Unreachable as failure:
                _rest(row.id, failure.code)
                if failure.whole_line:
                    break
            if time.monotonic() > end:
                break
    return came


def _awaited() -> QuerySet[Stream]:
    """Attachments that come, and such as have come and of which the peer has to be told."""
    told = Q(hold__in=[Hold.WHOLE, Hold.REMOVED]) & ~Q(ask_token="")
    return Stream.objects.filter(Q(hold__in=[Hold.WAITING, Hold.COMING]) | told)


def _fetch_one(row: Stream, line: transport.Line, end: float) -> int:
    """Chunks of one attachment, until it is whole or the time is over; how many came."""
    came, token, tokens = 0, row.ask_token, 0
    while True:
        state, missing = _lacking(row)
        question = Question(row.peer, row.id, state, missing, token)
        status, raw = line.fetch(PATH, chunk_form.pack_question(question))
        if status == _OTHER and tokens < 2:
            token, tokens = str(_told(raw).get("token", ""))[:32], tokens + 1
            continue
        if status != _OK:
            _forget_if_settled(row, state, _told(raw))
            code = told_code(_told(raw).get("refused", f"status_{status}"))
            raise Unreachable(code, whole_line=status in _PATIENCE and code != Delivering.code)
        try:
            token, sealed = chunk_form.read_answer(raw)
        except (Malformed, TooLarge, ValueError):
            raise Unreachable("answer_malformed", whole_line=False) from None
        tokens = 0
        over = state != chunk_form.COMING
        Stream.objects.filter(id=row.id).update(ask_token="" if over else token)
        if over:
            return came
        _take(row, missing[0], sealed)
        Stream.objects.filter(id=row.id, failures__gt=0).update(failures=0, next_attempt=None)
        came += 1
        if time.monotonic() > end:
            return came


def _lacking(row: Stream) -> tuple[str, list[int]]:
    try:
        hold, missing = chunks.lacking(row.id)
    except chunks.NoRoom as full:
        raise Unreachable(full.code, whole_line=False) from None
    return _STATES[hold], missing


def _told(raw: bytes) -> dict[str, Any]:
    try:
        told = documents.parse(raw, largest=1024)
    except (Malformed, TooLarge):
        return {}
    return told if isinstance(told, dict) else {}


def _forget_if_settled(row: Stream, state: str, told: dict[str, Any]) -> None:
    """A peer that knows nothing of it any more need not be told that it came."""
    if state != chunk_form.COMING and told.get("refused") == chunks.UnknownAttachment.code:
        Stream.objects.filter(id=row.id).update(ask_token="")


def _take(row: Stream, number: int, sealed: bytes) -> None:
    """Keep a chunk, within what this peer may fill here; what is none rests."""
    try:
        with limits.of_this_process().bringing(row.peer, messages=1, size=len(sealed)) as keep:
            chunks.take(peer=row.peer, attachment=row.id, number=number, sealed=sealed)
            keep(len(sealed))
    except limits.OverLimit as over:
        raise Unreachable(over.code, seconds=over.seconds) from None
    except chunks.UnknownAttachment:
        return  # removed here meanwhile: the next question says so
    except Rejected as refusal:
        raise Unreachable(refusal.code, whole_line=False) from None


def _rest(attachment: str, why: str) -> None:
    with transaction.atomic():
        row = Stream.objects.select_for_update().get(id=attachment)
        row.failures += 1
        row.next_attempt = resting.rests_until(row.failures, clock.now())
        row.save(update_fields=["failures", "next_attempt"])
    log.warning("chunks not fetched", extra={"ids": {"attachment": attachment, "why": why}})


def fetch_all() -> int:
    """Fetch chunks from every peer that has some for this node and does not rest; how many came.
    One that fails stops no other."""
    now = clock.now()
    states = PeerState.objects.values_list("node", "next_attempt")
    resting_now = {node for node, until in states if rests(until, now)}
    peers = set(_awaited().values_list("peer", flat=True).distinct())
    return sum(fetch(peer=peer) for peer in sorted(peers - resting_now))
