"""Numbers that a peer's half of a conversation leaves out: noticed, asked for, and answered.

A number is missing because the message was cancelled or refused, is on its way, or was lost. The
receiver asks by a message of its own (`exchange.missing`), again and later each time; the sender
tells, signed, what became of each (`exchange.missing_told`) or sends it again. What waits for a
number that will never come is applied as soon as that is told.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import outbox, resealing, turns
from ayni.exchange.errors import KeysExpired, NoNode, NotTrusted
from ayni.exchange.kinds import MessageKind
from ayni.exchange.missing_numbers import MissingNumber
from ayni.exchange.models import IncomingMessage, OutgoingMessage
from ayni.exchange.states import Outgoing
from ayni.exchange.waking import ask_to_drain
from ayni.exchange.wired import Received
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
# What was sent before may be under way on another line.
FIRST_ASK = timedelta(seconds=20)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=6)
MOST = 200  # numbers in one question, and kept before one message: a restored node leaves out 100
MOST_OF_A_PEER = 5_000
ALARM_AFTER = timedelta(days=1)
# What the sender tells of a number. `sent`: it was receipted by this node and cannot be sent again.
CANCELLED, REFUSED, UNKNOWN, SENT, QUEUED = "cancelled", "refused", "unknown", "sent", "queued"
NEVER = frozenset({CANCELLED, REFUSED, UNKNOWN, SENT})
_CONVERSATION = {"type": "string", "pattern": "^[0-9a-f]{32}$"}

MISSING = MessageKind(
    name="exchange.missing",
    personal=False,
    about_person=False,
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["conversation", "numbers"],
        "properties": {
            "conversation": _CONVERSATION,
            "numbers": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST,
                "uniqueItems": True,
                "items": {"type": "integer", "minimum": 1},
            },
        },
    },
)
TOLD = MessageKind(
    name="exchange.missing_told",
    personal=False,
    about_person=False,
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["conversation", "told"],
        "properties": {
            "conversation": _CONVERSATION,
            "told": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["number", "is"],
                    "properties": {
                        "number": {"type": "integer", "minimum": 1},
                        "is": {"enum": sorted(NEVER | {QUEUED})},
                    },
                },
            },
        },
    },
)


def notice(row: IncomingMessage) -> None:
    """Keep which numbers right before this message have not come, in the caller's transaction. Of a
    peer that leaves out thousands not all are kept."""
    first = max(_last_before(row) + 1, row.sequence - MOST)
    if first == row.sequence:
        return
    if MissingNumber.objects.filter(peer=row.peer, told="").count() >= MOST_OF_A_PEER:
        log.warning("leaves out too much", extra={"ids": {"peer": row.peer}})
        return
    MissingNumber.objects.bulk_create(
        [
            MissingNumber(
                peer=row.peer,
                conversation=row.conversation,
                number=number,
                noticed_at=row.received_at,
                next_ask=row.received_at + FIRST_ASK,
            )
            for number in range(first, row.sequence)
        ],
        ignore_conflicts=True,
    )


def _last_before(row: IncomingMessage) -> int:
    """The last number before this message that has come; 0 if none has."""
    there = IncomingMessage.objects.filter(
        conversation=row.conversation, peer=row.peer, sequence__lt=row.sequence
    )
    return there.aggregate(last=Max("sequence"))["last"] or 0


def given_up(row: IncomingMessage) -> bool:
    """Whether the peer has told that all numbers missing right before this message never come."""
    last = _last_before(row)
    told = MissingNumber.objects.filter(
        conversation=row.conversation,
        number__gt=last,
        number__lt=row.sequence,
        told__in=sorted(NEVER),
    )
    return row.sequence - last - 1 == told.count()


def ask(*, by: Actor, now: datetime) -> int:
    """Ask for what is missing and whose time has come, one question for each conversation and of
    each peer its share; how many numbers. What has come meanwhile is forgotten."""
    due = MissingNumber.objects.filter(told="", next_ask__lte=now)
    of: dict[tuple[str, str], list[MissingNumber]] = defaultdict(list)
    for row in turns.fair(due.order_by("next_ask", "number", "id"), ["peer"], most=1000):
        of[row.peer, row.conversation].append(row)
    return sum(_ask(by, *talk, rows, now) for talk, rows in of.items())


def _ask(by: Actor, peer: str, conversation: str, rows: list[MissingNumber], now: datetime) -> int:
    there = IncomingMessage.objects.filter(peer=peer, conversation=conversation)
    numbers = [row.number for row in rows]
    come = set(there.filter(sequence__in=numbers).values_list("sequence", flat=True))
    known = MissingNumber.objects.filter(peer=peer, conversation=conversation)
    known.filter(number__in=come).delete()
    rows = [row for row in rows if row.number not in come][:MOST]
    last = there.order_by("-sequence").first()  # says which institutions ask and are asked
    asked = last is not None and bool(rows) and _asked(by, last, [row.number for row in rows])
    for row in rows:
        # Also of what could not be asked for now: the others have their turn before it.
        wait = min(FIRST_WAIT * (1 << min(row.asked, 12)), LONGEST_WAIT)
        row.asked += asked
        row.next_ask = now + wait * (0.75 + secrets.randbelow(501) / 1000)
    MissingNumber.objects.bulk_update(rows, ["asked", "next_ask"])
    return len(rows) if asked else 0


def _asked(by: Actor, last: IncomingMessage, numbers: list[int]) -> bool:
    """Whether the question could be queued."""
    try:
        _send(
            by=by,
            kind=MISSING,
            peer=last.peer,
            theirs=last.sender_institution,
            ours=last.institution,
            payload={"conversation": last.conversation, "numbers": sorted(numbers)},
        )
    except (NoNode, NotTrusted, KeysExpired):
        return False
    return True


def _send(
    *, by: Actor, kind: MessageKind, peer: str, theirs: str, ours: str, payload: dict[str, Any]
) -> None:
    outbox.queue(
        by=by,
        kind=kind.name,
        recipient=peer,
        recipient_institution=theirs,
        institution=ours,
        payload=payload,
        grant=None,
        conversation=_line(kind.name, members.this_node(), peer),
        subject=payload["conversation"],
    )


def _line(kind: str, here: str, node: str) -> str:
    """The conversation in which this node asks or tells another one; a new one after a restore."""
    named = f"{kind} {here} {node} {audit.latest_restore()}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def receive_missing(*, by: Actor, received: Received) -> None:
    """A peer asks for numbers of ours: what can be sent again is, of the rest it is told what
    became of it. Of conversations with others nothing is told."""
    conversation = received.payload["conversation"]
    numbers = received.payload["numbers"]
    with audit.act(
        by=by, verb="exchange.receive_missing", subject=conversation, numbers=len(numbers)
    ) as act:
        rows = OutgoingMessage.objects.select_for_update().filter(
            conversation=conversation, sequence__in=numbers
        )
        ours = {row.sequence: row for row in rows.order_by("place")}
        if any(row.peer != received.sender for row in ours.values()):
            act.note(told=0)
            log.warning("not its conversation", extra={"ids": {"peer": received.sender}})
            return
        told = [{"number": n, "is": _standing(ours.get(n), received.sender)} for n in numbers]
        act.note(told=len(told))
        _send(
            by=audit.job("exchange.tell_missing"),
            kind=TOLD,
            peer=received.sender,
            theirs=received.sender_institution,
            ours=received.institution,
            payload={"conversation": conversation, "told": told},
        )


def _standing(row: OutgoingMessage | None, peer: str) -> str:
    """What became of one number; one that was receipted is sealed again where that can be."""
    if row is None:
        return UNKNOWN
    if row.state == Outgoing.DELIVERED:
        resealing.seal_again(row, answer=row.receipt)  # then it is queued again
    if row.state == Outgoing.QUEUED:
        ask_to_drain(peer)
        return QUEUED
    names = {Outgoing.CANCELLED: CANCELLED, Outgoing.REFUSED: REFUSED, Outgoing.DELIVERED: SENT}
    return names[Outgoing(row.state)]


def receive_told(*, by: Actor, received: Received) -> None:
    """The peer tells what became of its numbers; what waited for those that never come has no more
    to wait for."""
    conversation = received.payload["conversation"]
    with audit.act(by=by, verb="exchange.receive_missing_told", subject=conversation):
        for each in received.payload["told"]:
            if each["is"] in NEVER:
                MissingNumber.objects.filter(
                    peer=received.sender, conversation=conversation, number=each["number"], told=""
                ).update(told=each["is"])


def unanswered(peer: str, *, now: datetime) -> int:
    """How many numbers of a peer have been missing for more than a day without a word from it."""
    return MissingNumber.objects.filter(
        peer=peer, told="", noticed_at__lte=now - ALARM_AFTER
    ).count()


def told_of(conversation: str) -> dict[int, str]:
    """What the peer has told of numbers that it left out."""
    rows = MissingNumber.objects.filter(conversation=conversation).exclude(told="")
    return dict(rows.values_list("number", "told"))
