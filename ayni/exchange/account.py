"""What a restored node learns from its peers: which messages passed after its backup was made.

Each peer gives an account, page by page: what it has received from us and what it has sent to us,
with the receipts. So what waits in our outbox and has arrived already is not sent again, numbers
of a conversation are not used twice, and a message whose content went down with the old machine is
told to people instead of being applied twice. Nothing is believed without its signature.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import account_receipts, ahead, documents, following, prepared, transport, trust
from ayni.exchange.connection import NewSheet, Unreachable
from ayni.exchange.errors import (
    Malformed,
    NotGenuine,
    NotTrusted,
    UnknownKeySheet,
    UnknownSender,
    WrongConversation,
)
from ayni.exchange.fetching_peers import FetchingPeer
from ayni.exchange.models import Conversation, IncomingMessage, OutgoingMessage, PeerState
from ayni.exchange.newcomers import MARGIN
from ayni.exchange.settling import settle
from ayni.exchange.states import Incoming, Outgoing
from ayni.lib import clock
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
PAGE = 200
# 4 million messages each way; a peer that has always more is given up and asked anew later.
MOST_PAGES = 20_000
LOST, RESTORED = "lost_in_restore", "restored"
LEAP = 100
# One statement: between a look and a write another transaction could begin the same conversation.
_NUMBER = """
insert into exchange_conversation as known (id, peer, sent) values (%s, %s, 1)
on conflict (id) do update set sent = known.sent + 1 + case when exists (
    select from exchange_peerstate
     where node = known.peer and account_since is not null
) then %s else 0 end
returning peer, sent
"""
# Of the peer's word for a number of ours: so far beyond the last one known, and never so high that
# none would be left.
MOST_AHEAD, MOST_NUMBER = 100_000, 2**30
# What one row of an account may be besides not genuine; it is passed over.
_UNUSABLE = (
    AttributeError,
    DataError,
    IntegrityError,
    KeyError,
    Malformed,
    NotGenuine,
    TypeError,
    UnknownKeySheet,
    UnknownSender,
    ValueError,
    WrongConversation,
)


@dataclass(frozen=True, slots=True)
class Learnt:
    """From one peer: messages of ours that had arrived, others of ours that are not known here any
    more, messages of theirs whose content is lost, and ours that were held back."""

    arrived: int = 0
    unknown: int = 0
    lost: int = 0
    held: int = 0

    def __add__(self, other: Learnt) -> Learnt:
        return Learnt(
            self.arrived + other.arrived,
            self.unknown + other.unknown,
            self.lost + other.lost,
            self.held + other.held,
        )


def begin(*, by: Actor, since: datetime) -> int:
    """After a restore: every peer is asked for its account of what passed since then, before
    anything is sent to it; how many peers."""
    if trust.directory_document() is None:
        return 0
    asked = trust.peers()
    with audit.act(by=by, verb="exchange.begin_account", subject=members.this_node()) as act:
        for peer in asked:
            PeerState.objects.update_or_create(
                node=peer,
                defaults={"account_since": since - MARGIN, "next_attempt": None, "failures": 0},
            )
        FetchingPeer.objects.update(account_page=None)
        act.note(peers=len(asked))
    return len(asked)


def next_number(conversation: str, peer: str) -> int:
    """The next number of ours in a conversation, whose row stays locked. Raises
    `WrongConversation`: it was begun with another node.

    Until the peer has told which are taken, numbers are left out in what was begun before: a
    message must not bear one that another already has. The old machine may have answered in a
    conversation in which nothing of ours is known here, and the peer sends again what it has no
    receipt for, before it gives its account.
    """
    ((with_peer, number),) = prepared.ask(_NUMBER, [conversation, peer, LEAP])
    if with_peer != peer:
        raise WrongConversation(conversation)
    return int(number)


# -- what the peer gives


def give(*, asker: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """One page of the account for `asker`, signed. Raises `Malformed`."""
    since, page = _question(question)
    received = IncomingMessage.objects.filter(peer=asker, received_at__gte=since)
    sent = OutgoingMessage.objects.filter(
        peer=asker, state=Outgoing.DELIVERED, settled_at__gte=since
    )
    part = slice(page * PAGE, (page + 1) * PAGE)
    theirs = list(received.order_by("received_at", "id")[part])
    ours = list(sent.order_by("settled_at", "place")[part])
    sheets = []
    number = question["sheet"] + 1
    while page == 0 and (sheet := trust.key_sheet(asker, number)) is not None:
        sheets.append(sheet)
        number += 1
    number, key = trust.own_signing_key()
    body = {
        "asker": asker,
        "at": clock.isoformat(clock.now()),
        "giver": members.this_node(),
        "more": PAGE in (len(theirs), len(ours)),
        "page": page,
        "received": [_row(m, m.sender_institution, m.institution, m.created_at) for m in theirs],
        "sent": [_row(m, m.institution, m.recipient_institution, m.queued_at) for m in ours],
        "sheet": number,
        "sheets": sheets,
    }
    return documents.signed("account", body, {members.this_node(): key})


def _question(question: Mapping[str, Any]) -> tuple[datetime, int]:
    if not isinstance(question, dict) or set(question) != {"page", "sheet", "since"}:
        raise Malformed("an account is asked for by page, sheet and since")
    page, sheet = question["page"], question["sheet"]
    if type(page) is not int or type(sheet) is not int or not 0 <= page < 10**6 or sheet < 0:
        raise Malformed("page and sheet are numbers from 0 on")
    try:
        return clock.parse(question["since"]), page
    except (ValueError, TypeError):
        raise Malformed("since is a time") from None


def _row(
    message: IncomingMessage | OutgoingMessage, sender: str, recipient: str, made: datetime
) -> dict[str, Any]:
    own = message.message if isinstance(message, OutgoingMessage) else message.id
    return {
        "conversation": message.conversation,
        "created": clock.isoformat(made),
        "from": sender,
        "kind": message.kind,
        "message": own,
        "receipt": message.receipt,
        "sequence": message.sequence,
        "to": recipient,
    }


# -- what the restored node does with it


def catch_up(*, state: PeerState, line: transport.Line, most: int = MOST_PAGES) -> Learnt:
    """Ask one peer for its account, of at most so many pages, and take it in. Raises `Unreachable`,
    also where there are more; begins anew then."""
    peer = state.node
    if state.account_since is None:
        return Learnt()
    learnt, page, more = Learnt(), 0, True
    while more:
        if page == most:
            raise Unreachable("account_not_genuine")
        question = documents.canonical(question_for(state.account_since, page))
        body = checked(peer, line.ask(transport.ACCOUNT, question), page)
        learnt += take(peer, body)
        more, page = bool(body["more"]), page + 1
    return finish(state, learnt)


def finish(state: PeerState, learnt: Learnt) -> Learnt:
    """The whole account was taken in: what it lacks is held back, and the peer gets messages again;
    what was learnt, with that."""
    peer, since = state.node, state.account_since
    if since is None:
        return learnt
    job = audit.job("exchange.account")
    with audit.act(
        by=job,
        verb="exchange.account",
        subject=peer,
        arrived=learnt.arrived,
        unknown=learnt.unknown,
        lost=learnt.lost,
    ) as act:
        learnt += Learnt(held=_hold(peer, since + MARGIN))
        act.note(held=learnt.held)
        PeerState.objects.filter(node=peer).update(account_since=None)
    log.warning(
        "account taken in",
        extra={"ids": {"peer": peer, "unknown": learnt.unknown, "lost": learnt.lost}},
    )
    return learnt


def _hold(peer: str, made: datetime) -> int:
    """Messages under a grant that waited when the backup was made and have not arrived do not
    leave: whether her consent was withdrawn since then is not known here any more."""
    rows = OutgoingMessage.objects.select_for_update().filter(
        peer=peer, state=Outgoing.QUEUED, queued_at__lte=made, grant__isnull=False
    )
    held = 0
    for row in rows.order_by("place"):
        settle(row, Outgoing.CANCELLED, RESTORED)
        row.save()
        held += 1
    return held


def question_for(since: datetime, page: int) -> dict[str, Any]:
    """What a peer is asked: one page of what passed since then."""
    known = trust.key_sheet(members.this_node())
    return {
        "page": page,
        "sheet": 0 if known is None else known["body"]["number"],
        "since": clock.isoformat(since.replace(microsecond=0)),
    }


def checked(peer: str, document: Mapping[str, Any], page: int) -> dict[str, Any]:
    """The body of a page that the peer has signed for this node. What it tells of this node's own
    key sheets is taken in. Raises `Unreachable`, or `NewSheet` if it signs by an unknown one."""
    try:
        body: dict[str, Any] = document["body"]
        keys = {peer: trust.signing_key_of(peer, int(body["sheet"]), made=clock.parse(body["at"]))}
        well = (
            documents.signers("account", dict(document), keys) == {peer}
            and (body["asker"], body["giver"]) == (members.this_node(), peer)
            and body["page"] == page
            # A page that tells nothing is the last one, whatever it says.
            and (not body["more"] or any(body[each] for each in ("received", "sent", "sheets")))
        )
        if body["sheets"]:
            job = audit.job("exchange.account")
            following.accept_line(by=job, line=body["sheets"], now=clock.now())
    except UnknownKeySheet:
        raise NewSheet from None
    except (KeyError, TypeError, ValueError, Malformed, NotGenuine, NotTrusted, UnknownSender):
        well = False
    if not well:
        raise Unreachable("account_not_genuine")
    # Keys of sheets that were made after the backup went down with the old machine.
    ahead.renew_if_due(by=audit.job("exchange.account"), now=clock.now())
    return body


def take(peer: str, body: Mapping[str, Any]) -> Learnt:
    """Take in what one page tells; what its receipts do not prove is passed over."""
    learnt = Learnt()
    for rows, one in ((body["received"], _arrived), (body["sent"], _was_received)):
        for row in rows:
            try:
                with transaction.atomic():
                    learnt += one(peer, row)
            except _UNUSABLE:
                log.warning("account", extra={"ids": {"peer": peer, "why": "row_not_genuine"}})
    return learnt


def _conversation(peer: str, row: Mapping[str, Any]) -> Conversation:
    Conversation.objects.get_or_create(id=row["conversation"], defaults={"peer": peer})
    found = Conversation.objects.select_for_update().get(id=row["conversation"])
    if found.peer != peer:
        raise WrongConversation(found.id)
    return found


def _arrived(peer: str, row: Mapping[str, Any]) -> Learnt:
    """A message of ours that the peer has received."""
    receipt = row["receipt"]
    ours = OutgoingMessage.objects.select_for_update().filter(message=row["message"]).first()
    if ours is not None:
        if ours.peer != peer:
            raise NotGenuine("a message to another node")
        if ours.state != Outgoing.QUEUED:
            return Learnt()
        same = account_receipts.check_theirs(receipt, peer=peer, message=ours.message, ours=ours)
        ours.receipt = receipt
        settle(ours, Outgoing.DELIVERED, receipt["body"]["state"])
        if not same:  # what was receipted is not here, and what is here proves nothing
            ours.envelope = ours.own_key = None
        ours.save()
        return Learnt(arrived=1)
    due = receipt["body"]["due"]
    account_receipts.check_theirs(receipt, peer=peer, message=row["message"], ours=None)
    conversation = _conversation(peer, row)
    number = int(row["sequence"])
    if not 0 < number <= min(conversation.sent + MOST_AHEAD, MOST_NUMBER):
        raise NotGenuine("a number that no conversation reaches")
    if OutgoingMessage.objects.filter(conversation=conversation.id, sequence=number).exists():
        return Learnt()
    OutgoingMessage.objects.create(
        message=row["message"],
        peer=peer,
        kind=str(row["kind"])[:41],
        conversation=conversation.id,
        sequence=number,
        institution=str(row["from"])[:60],
        recipient_institution=str(row["to"])[:60],
        state=Outgoing.DELIVERED,
        reason=str(receipt["body"]["state"])[:60],
        queued_at=clock.parse(row["created"]),
        settled_at=clock.parse(receipt["body"]["at"]),
        due_at=clock.parse(due) if due else None,
        receipt=receipt,
    )
    conversation.sent = max(conversation.sent, number)
    conversation.save(update_fields=["sent"])
    return Learnt(unknown=1)


def _was_received(peer: str, row: Mapping[str, Any]) -> Learnt:
    """A message of the peer that this node had received: its own receipt proves it."""
    if IncomingMessage.objects.filter(id=row["message"]).exists():
        return Learnt()
    receipt = row["receipt"]
    body = receipt["body"]
    account_receipts.check_ours(receipt, message=row["message"], sender=peer)
    conversation = _conversation(peer, row)
    IncomingMessage.objects.create(
        id=row["message"],
        peer=peer,
        kind=str(row["kind"])[:41],
        conversation=conversation.id,
        sequence=int(row["sequence"]),
        institution=str(row["to"])[:60],
        sender_institution=str(row["from"])[:60],
        state=Incoming.SET_ASIDE,
        reason=LOST,
        created_at=clock.parse(row["created"]),
        due_at=clock.parse(body["due"]) if body["due"] else None,
        received_at=clock.parse(body["at"]),
        envelope=b"",
        digest=body["envelope"],
        receipt=receipt,
    )
    return Learnt(lost=1)
