"""The log of messages: a leaf for each receipt, a signed head once a day to every other node.

A leaf is the SHA-256 of the receipt's body. Sender and receiver hold the same receipt, so that each
finds in its own log what stands in the other's. What is logged is collected once a day, not when a
message passes: no message waits for the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor, Finding
from ayni.exchange import documents, heads, log_days, tally, trust
from ayni.exchange.errors import NotGenuine, UnknownSender
from ayni.exchange.kinds import MessageKind
from ayni.exchange.log_models import HeldLogHead, LogEntry, LogHead
from ayni.exchange.receipted import unlogged
from ayni.exchange.wired import Received
from ayni.lib import clock, tree
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
PURPOSE = "log-head"
_DAY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["day", "digest"],
    "properties": {
        "day": {"type": "string", "pattern": log_days.DAY},
        "digest": {"type": "string", "pattern": heads.HASH},
    },
}
LOG_HEAD = MessageKind(
    name="log.head",
    personal=False,
    about_person=False,
    schema=heads.closed(
        days={"type": "array", "maxItems": tally.DAYS, "items": _DAY},
        head=heads.DOCUMENT,
        held={"type": "array", "maxItems": heads.MOST_HANDED_ON, "items": heads.DOCUMENT},
        proof={
            "type": "array",
            "maxItems": 128,
            "items": {"type": "string", "pattern": heads.HASH},
        },
    ),
)


@dataclass(frozen=True, slots=True)
class _Grown:
    """The tree with what came since the last head."""

    size: int
    subtrees: list[bytes]
    proof: list[bytes]


def sign(*, by: Actor, now: datetime) -> int | None:
    """Log what was receipted since the last head, sign a head over the log, and queue it for every
    other node with what we hold of the messages between us; its number.

    None if one was signed on the same day (UTC). Raises `NotTrusted` without a key sheet,
    `KeysExpired` when it is over.
    """
    last = LogHead.objects.order_by("-number").first()
    today = now.astimezone(UTC).date()
    if last is not None and last.at.astimezone(UTC).date() >= today:
        return None
    sheet, key = trust.own_signing_key()
    here = members.this_node()
    with audit.act(by=by, verb="exchange.sign_log", subject=here) as act:
        log_days.check_own(since=None if today.day == 1 else tally.days(today)[0])
        held = _to_hand_on(last)
        grown = _append(last)
        restored = audit.latest_restore()
        number = 1 if last is None else last.number + 1
        body = {
            "at": clock.isoformat(now),
            "format": 1,
            "node": here,
            "number": number,
            "previous": "" if last is None else last.digest,
            "restored": restored if last and restored > clock.isoformat(last.at) else "",
            "root": tree.root(grown.subtrees).hex(),
            "sheet": sheet,
            "size": grown.size,
        }
        document = documents.signed(PURPOSE, body, {here: key})
        LogHead.objects.create(
            number=number,
            at=now,
            subtrees=[part.hex() for part in grown.subtrees],
            digest=documents.digest(body),
            document=document,
        )
        act.note(number=number)
        told = {"head": document, "held": held, "proof": [part.hex() for part in grown.proof]}
        for node in trust.peers():
            listed = log_days.told(node, tally.days(today))
            heads.send(node, {**told, "days": listed}, by=by, kind=LOG_HEAD.name)
    return number


def _append(last: LogHead | None) -> _Grown:
    """New entries begin on a multiple of 256: what the last head filled up stays empty."""
    size = 0 if last is None else last.document["body"]["size"]
    new = sorted(unlogged(), key=lambda row: (row.day, row.digest, row.sent))
    rows = [
        LogEntry(
            place=size + place,
            message=row.message,
            peer=row.peer,
            sent=row.sent,
            day=row.day,
            digest=row.digest,
        )
        for place, row in enumerate(new)
    ]
    LogEntry.objects.bulk_create(rows, batch_size=5000)
    more = tree.blocks(row.digest for row in new)
    if last is None and not more:
        more = [tree.EMPTY_BLOCK]
    count = size // tree.BLOCK
    known = [] if last is None else [bytes.fromhex(part) for part in last.subtrees]
    return _Grown(
        size + len(more) * tree.BLOCK,
        tree.peaks(count, known, more),
        tree.consistency(count, known, more),
    )


def _to_hand_on(last: LogHead | None) -> list[Any]:
    """Heads of others that came since our last one, and ours that they hold back to us."""
    rows = HeldLogHead.objects.exclude(node=members.this_node()).order_by("id")
    if last is not None:
        rows = rows.filter(received_at__gt=last.at - heads.OVERLAP)
    return [row.document for row in rows][-heads.MOST_HANDED_ON :]


# -- what comes from the others


def receive(*, by: Actor, received: Received) -> None:
    """Keep and compare the head over another node's log, what it holds of the messages between us,
    and heads of others that it hands on. Raises `NotGenuine` for a head of another node than the
    sender, or one not signed."""
    told, sender = received.payload, received.sender
    if told["head"]["body"]["node"] != sender:
        raise NotGenuine("a head is sent by its own node")
    heads.check_head(told["head"], purpose=PURPOSE)
    with audit.act(by=by, verb="exchange.receive_log", subject=sender) as act:
        log_days.one_at_a_time(sender)
        found = _keep(told["head"], told["proof"])
        act.note(number=told["head"]["body"]["number"], finding=found)
        if found in audit.ALARMING:
            log.error("log head", extra={"ids": {"peer": sender, "why": str(found)}})
        for document in told["held"]:
            _compare_handed_on(document, sender)
        for listed in told["days"]:
            log_days.ask_if_other(sender, listed, by=by)


def _keep(document: Mapping[str, Any], proof: list[str]) -> Finding:
    body = document["body"]
    node, digest = body["node"], documents.digest(body)
    rows = list(HeldLogHead.objects.filter(node=node, source=node).order_by("id"))
    line = [row for row in rows if row.finding != Finding.CONTRADICTS]
    latest = line[-1] if line else None
    found = audit.compare_heads(
        {row.digest: row.document["body"] for row in rows},
        "" if latest is None else latest.digest,
        digest=digest,
        new=body,
        proof=[bytes.fromhex(part) for part in proof],
        other_identity=heads.is_by_other_identity(document, line),
    )
    if found is not Finding.SAME:
        _hold(document, node, found)
    if found in audit.ALARMING:
        before = [] if latest is None else [latest.document]
        _alarm(f"log_{found}", node, node, [*before, document])
    return found


def _hold(document: Mapping[str, Any], source: str, finding: Finding) -> None:
    HeldLogHead.objects.get_or_create(
        node=document["body"]["node"],
        source=source,
        digest=documents.digest(document["body"]),
        defaults={"document": document, "finding": str(finding), "received_at": clock.now()},
    )


def _alarm(
    code: str, node: str, source: str, evidence: list[Mapping[str, Any]], *one_of: str
) -> None:
    job = audit.job("exchange.compare_log")
    audit.keep_alarm(code, by=job, node=node, source=source, evidence=evidence, one_of=one_of)


def _compare_handed_on(document: Mapping[str, Any], source: str) -> None:
    """A head of ours or of a third node that the sender holds. Without a signature it accuses
    nobody."""
    body = document["body"]
    try:
        heads.check_head(document, purpose=PURPOSE)
    except (NotGenuine, UnknownSender) as wrong:
        log.warning("log head not proven", extra={"ids": {"peer": source, "why": wrong.code}})
        return
    if body["node"] == members.this_node():
        _compare_own(document, source)
        return
    held = HeldLogHead.objects.filter(
        node=body["node"], source=body["node"], document__body__number=body["number"]
    )
    for row in held:
        if audit.two_truths(row.document["body"], body):
            evidence = [row.document, document]
            _alarm("log_two_truths", body["node"], source, evidence, "number")


def _compare_own(document: Mapping[str, Any], source: str) -> None:
    """A head signed by this node: is it one of ours still?"""
    body = document["body"]
    if LogHead.objects.filter(digest=documents.digest(body)).exists():
        _hold(document, source, Finding.SAME)
        return
    ours = list(LogHead.objects.order_by("number").values_list("document", flat=True))
    if audit.explained(body, [head["body"] for head in ours]):
        _hold(document, source, Finding.RESTORED)
        return
    _hold(document, source, Finding.CONTRADICTS)
    same = [head for head in ours if head["body"]["number"] == body["number"]]
    _alarm("log_not_ours", body["node"], source, [*same, document])
