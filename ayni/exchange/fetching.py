"""Fetching what waits at the peers: for a node that cannot be reached from outside.

What comes is taken as if it had been pushed: the same checks, limits, receipts, exactly once. What
is said to it goes with the next question.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from ayni.exchange import (
    account,
    answering,
    documents,
    envelope,
    fetch_form,
    inbox,
    limits,
    transport,
    trust,
)
from ayni.exchange.account_fetched import AccountWanted
from ayni.exchange.connection import Unreachable, told_code
from ayni.exchange.errors import (
    KeysExpired,
    Malformed,
    NotTrusted,
    TooLarge,
    UnknownKeySheet,
    UnknownSender,
)
from ayni.exchange.fetch_form import Question
from ayni.exchange.fetching_peers import note_fetched
from ayni.exchange.handing import OtherToken
from ayni.exchange.models import PeerState
from ayni.exchange.resting import rests
from ayni.lib import clock
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
PATH = "/exchange/1/waiting"
SECONDS = 20.0  # at one peer: then it is the next one's turn
_OK = 200
_NEW_SHEETS = frozenset({UnknownKeySheet.code, UnknownSender.code})


def fetch(*, peer: str, seconds: float = SECONDS) -> int:
    """Take what waits for this node at one peer; how many envelopes were judged. Raises
    `Unreachable`."""
    end = time.monotonic() + seconds
    token, tokens, judged = "", 0, 0
    answers: dict[str, dict[str, Any]] = {}
    sheets: list[dict[str, Any]] = []
    page: dict[str, Any] | None = None
    with transport.Line(peer) as line:
        while True:
            question = Question(peer, token, answers, sheets, page)
            status, raw = line.fetch(PATH, fetch_form.pack_question(question))
            if status != _OK:
                told = _told(raw)
                if told.get("refused") == OtherToken.code and tokens < 2:
                    token, tokens = str(told.get("token", ""))[:32], tokens + 1
                elif told.get("refused") in _NEW_SHEETS and not sheets:
                    sheets = _own_sheets(peer)
                elif told.get("refused") == AccountWanted.code and time.monotonic() < end:
                    page, token, tokens = _page(peer, told), str(told.get("token", ""))[:32], 0
                    answers = {}  # what was handed out before its restore comes again
                else:
                    raise Unreachable(told_code(told.get("refused", f"status_{status}")))
                continue
            try:
                token, more, envelopes = fetch_form.read_answer(raw)
            except (Malformed, TooLarge, ValueError):
                raise Unreachable("answer_malformed") from None
            tokens, sheets, page = 0, [], None
            if not envelopes and not more:
                return judged
            answers = _taken(peer, envelopes)
            judged += len(answers)
            if time.monotonic() > end:
                return judged  # what was judged is handed out again, and gets the same receipts


def _page(peer: str, told: dict[str, Any]) -> dict[str, Any]:
    """What passed between us, for a peer that was restored. It is told to nobody else: the line is
    pinned to the keys of that peer, and the page names it."""
    try:
        return account.give(asker=peer, question=told.get("question", {}))
    except (Malformed, NotTrusted, KeysExpired) as wrong:
        raise Unreachable(wrong.code) from None


def _told(raw: bytes) -> dict[str, Any]:
    try:
        told = documents.parse(raw, largest=1024)
    except (Malformed, TooLarge):
        return {}
    return told if isinstance(told, dict) else {}


def _own_sheets(peer: str) -> list[dict[str, Any]]:
    """The key sheets of this node that the peer does not know, as far as it has told; the oldest
    first. A peer that cannot reach this node cannot fetch them either."""
    latest = trust.key_sheet(members.this_node())
    if latest is None:
        raise Unreachable("no_key_sheet")
    last = int(latest["body"]["number"])
    state = PeerState.objects.filter(node=peer).first()
    known = None if state is None else state.told_sheet
    if known is not None and known >= last:
        known = None  # it has told so, and was restored since then
    first = max(1, last - fetch_form.MOST_SHEETS + 1) if known is None else known + 1
    numbers = range(first, last + 1)[: fetch_form.MOST_SHEETS]
    found = [trust.key_sheet(members.this_node(), number) for number in numbers]
    return [sheet for sheet in found if sheet is not None]


def _taken(peer: str, envelopes: list[bytes]) -> dict[str, dict[str, Any]]:
    """What is said to each envelope, by its message. Raises `Unreachable` while this node has no
    room for more of this peer."""
    size = sum(len(raw) for raw in envelopes)
    try:
        with limits.of_this_process().bringing(peer, messages=len(envelopes), size=size) as keep:
            replies = inbox.receive_many(envelopes=envelopes, signed_by=peer)
            keep(inbox.receipted(envelopes, replies))
    except limits.OverLimit as over:
        raise Unreachable(over.code, seconds=over.seconds) from None
    found: dict[str, dict[str, Any]] = {}
    for raw, reply in zip(envelopes, replies, strict=True):
        try:
            message = envelope.parse(raw).header.message
        except (Malformed, TooLarge):
            log.warning("no envelope was handed out", extra={"ids": {"peer": peer}})
            continue
        found[message] = answering.said(raw, reply)
    if not found:
        raise Unreachable("nothing_but_bad_envelopes")
    return found


def fetch_all() -> int:
    """Fetch from every peer that does not rest; how many envelopes were judged. One that fails
    stops no other."""
    now = clock.now()
    states = PeerState.objects.values_list("node", "next_attempt")
    resting = {node for node, until in states if rests(until, now)}
    judged = 0
    for peer in trust.peers():
        if peer in resting:
            continue
        try:
            judged += fetch(peer=peer)
            note_fetched(peer, failed="")
        except Unreachable as failure:
            note_fetched(peer, failed=failure.code)
            log.warning("not fetched", extra={"ids": {"peer": peer, "why": failure.code}})
    return judged
