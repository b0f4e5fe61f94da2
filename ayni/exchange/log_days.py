"""What this node and another hold of the messages between them, day by day; and whether our own log
still says what the messages say."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, date, timedelta
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import heads, prepared, tally
from ayni.exchange.kinds import MessageKind
from ayni.exchange.log_models import LogEntry, LogHead
from ayni.exchange.models import EarlierSealing, IncomingMessage, OutgoingMessage
from ayni.exchange.receipted import digest_of, unlogged
from ayni.exchange.states import Outgoing
from ayni.exchange.wired import Received
from ayni.lib import clock, tree
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
DAY = r"^\d{4}-\d\d-\d\d$"
AGAIN_AFTER = timedelta(hours=3)  # the same list goes to the same node
_MOST_NAMED = 200  # messages that an alarm names
LOG_DAY = MessageKind(
    name="log.day",
    personal=False,
    about_person=False,
    schema=heads.closed(
        answer={"type": "boolean"},
        begins={"type": "string", "pattern": "^[0-9a-f]{0,4}$"},
        day={"type": "string", "pattern": DAY},
        messages={
            "type": "object",
            "maxProperties": tally.MOST_LISTED,
            "propertyNames": {"pattern": heads.HASH},
            "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
    ),
    largest=1_048_576,
)


_ONE = "select pg_advisory_xact_lock(hashtext('ayni.exchange.log_day'), hashtext(%s))"


def one_at_a_time(peer: str) -> None:
    """Let nobody else compare days with this peer until the caller's transaction has ended: what
    two requests ask at once is answered once. Taken before anything that others wait for."""
    prepared.ask(_ONE, [peer])


def told(node: str, days: list[date]) -> list[dict[str, str]]:
    """For one node only: a digest over each day's messages between it and us."""
    held: dict[date, list[str]] = {day: [] for day in days}
    rows = LogEntry.objects.filter(peer=node, day__gte=days[0], day__lte=days[-1])
    for day, digest in rows.values_list("day", "digest").iterator(chunk_size=5000):
        held[day].append(bytes(digest).hex())
    return [
        {"day": day.isoformat(), "digest": tally.day_digest(digests)}
        for day, digests in held.items()
    ]


def _logged(peer: str, day: date) -> dict[str, str]:
    rows = LogEntry.objects.filter(peer=peer, day=day).values_list("digest", "message")
    return {bytes(digest).hex(): message for digest, message in rows}


def _held(peer: str, day: date) -> dict[str, str]:
    """Digest -> message of one day with one node, logged or not yet."""
    late = {row.digest.hex(): row.message for row in unlogged(peer) if row.day == day}
    return {**_logged(peer, day), **late}


def ask_if_other(peer: str, listed: Mapping[str, str], *, by: Actor) -> None:
    """If the peer's word about a day is not ours, send what we hold and ask for what it holds."""
    day = _compared_day(listed["day"])
    if day is None or tally.day_digest(_logged(peer, day)) == listed["digest"]:
        return
    held = _held(peer, day)
    if tally.day_digest(held) != listed["digest"]:
        _send(peer, day, held, by=by, answer=True)


def _compared_day(text: str) -> date | None:
    """A day that is settled on our clock, too; None for another one, or one that does not exist.
    A clock may be a day off."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    known = tally.days(clock.now().astimezone(UTC).date())
    return day if (known[0] - day).days <= 1 and (day - known[-1]).days <= 1 else None


def _send(
    peer: str,
    day: date,
    held: dict[str, str],
    *,
    by: Actor,
    answer: bool,
    begins: str = "",
    subject: str = "",
) -> None:
    for begin, part in tally.parts(held, begins):
        payload = {"answer": answer, "begins": begin, "day": day.isoformat(), "messages": part}
        heads.send(peer, payload, by=by, kind=LOG_DAY.name, subject=subject)


def _answer(peer: str, day: date, begins: str, ours: dict[str, str], *, by: Actor) -> None:
    """Send what we hold of the part that was asked for, unless it, or a part of it, was sent to
    this node within `AGAIN_AFTER`; the caller has taken `one_at_a_time`."""
    named = f"{LOG_DAY.name} {day.isoformat()} "
    lately = OutgoingMessage.objects.filter(
        kind=LOG_DAY.name,
        peer=peer,
        subject__startswith=named,
        queued_at__gt=clock.now() - AGAIN_AFTER,
    )
    told = {subject[len(named) :] for subject in lately.values_list("subject", flat=True)}
    if any(each.startswith(begins) or begins.startswith(each) for each in told):
        return
    _send(peer, day, ours, by=by, answer=False, begins=begins, subject=named + begins)


def receive_day(*, by: Actor, received: Received) -> None:
    """Compare what the sender holds of a day with what we hold; what does not agree is an alarm
    that names the messages."""
    payload, peer = received.payload, received.sender
    day = _compared_day(payload["day"])
    with audit.act(by=by, verb="exchange.compare_log", subject=peer, day=payload["day"]) as act:
        one_at_a_time(peer)
        if day is None:
            act.note(refused="not_settled")
            return
        held = _held(peer, day)
        begins = payload["begins"]
        ours = {digest: m for digest, m in held.items() if digest.startswith(begins)}
        here, there = tally.differences(ours, payload["messages"])
        waiting = _on_the_way(peer, there.values())
        there = {digest: m for digest, m in there.items() if m not in waiting}
        act.note(only_here=len(here), only_there=len(there))
        if here or there:
            _differs(peer, payload["day"], here, there)
        if payload["answer"]:
            _answer(peer, day, begins, ours, by=by)


def _on_the_way(peer: str, messages: Iterable[str]) -> set[str]:
    """Ours whose receipt has not come back yet: the peer holds them rightly."""
    rows = OutgoingMessage.objects.filter(
        peer=peer, message__in=list(messages), state=Outgoing.QUEUED
    )
    return set(rows.values_list("message", flat=True))


def _differs(peer: str, day: str, here: dict[str, str], there: dict[str, str]) -> None:
    body = {
        "day": day,
        "node": peer,
        "only_here": sorted(here.values())[:_MOST_NAMED],
        "only_there": sorted(there.values())[:_MOST_NAMED],
    }
    audit.keep_alarm(
        "log_differs",
        by=audit.job("exchange.compare_log"),
        node=peer,
        source=peer,
        evidence=[{"body": body}],
    )
    log.error("log differs", extra={"ids": {"peer": peer, "day": day}})


# -- our own log beside our own messages


def check_own(*, since: date | None) -> list[str]:
    """Whether each logged message (since that day; None: all, and the tree as well) still has the
    receipt that was logged; ids of those that do not. They are an alarm of this node, by day."""
    changed: dict[str, list[str]] = {}
    for day, message in _changed(since):
        changed.setdefault(day.isoformat(), []).append(message)
    if since is None:
        wrong = _first_head_that_does_not_hold()
        if wrong is not None:
            changed.setdefault(wrong.date().isoformat(), [])
    here = members.this_node()
    for on, messages in sorted(changed.items()):
        body = {"day": on, "node": here, "changed": sorted(messages)[:_MOST_NAMED]}
        audit.keep_alarm(
            "log_changed",
            by=audit.job("exchange.compare_log"),
            node=here,
            source=here,
            evidence=[{"body": body}],
        )
        log.error("log changed", extra={"ids": {"day": on, "messages": len(messages)}})
    return [message for messages in changed.values() for message in messages]


def _changed(since: date | None) -> Iterable[tuple[date, str]]:
    entries = LogEntry.objects.order_by("place")
    if since is not None:
        entries = entries.filter(day__gte=since)
    batch: list[LogEntry] = []
    for entry in entries.iterator(chunk_size=2000):
        batch.append(entry)
        if len(batch) == 2000:
            yield from _batch_changed(batch)
            batch = []
    yield from _batch_changed(batch)


def _batch_changed(batch: list[LogEntry]) -> Iterable[tuple[date, str]]:
    sent = [entry.message for entry in batch if entry.sent]
    came = [entry.message for entry in batch if not entry.sent]
    ours = OutgoingMessage.objects.filter(message__in=sent).values_list("message", "receipt")
    theirs = IncomingMessage.objects.filter(id__in=came).values_list("id", "receipt")
    receipts = {(True, key): value for key, value in ours}
    receipts |= {(False, key): value for key, value in theirs}
    others = [
        entry
        for entry in batch
        if (receipt := receipts.get((entry.sent, entry.message))) is None
        or digest_of(receipt) != bytes(entry.digest)
    ]
    former = _former_digests(entry.message for entry in others)
    for entry in others:
        if bytes(entry.digest) not in former.get(entry.message, ()):
            yield entry.day, entry.message


def _former_digests(messages: Iterable[str]) -> dict[str, set[bytes]]:
    """Of messages that were sealed again, the receipts of their former envelopes: the one that was
    logged is among them."""
    found: dict[str, set[bytes]] = {}
    for earlier in EarlierSealing.objects.filter(message__in=set(messages)):
        answer = earlier.answer or {}
        if "state" in answer.get("body", {}):
            found.setdefault(earlier.message, set()).add(digest_of(answer))
    return found


def _first_head_that_does_not_hold() -> Any:
    """When the first of our heads was signed whose root is not that of the log; None if none."""
    count = 0
    subtrees: list[bytes] = []
    for head in LogHead.objects.order_by("number"):
        body = head.document["body"]
        rows = LogEntry.objects.filter(
            place__gte=count * tree.BLOCK, place__lt=body["size"]
        ).order_by("place")
        digests = (bytes(digest) for digest in rows.values_list("digest", flat=True).iterator())
        more = tree.blocks(digests) or ([tree.EMPTY_BLOCK] if head.number == 1 else [])
        subtrees = tree.peaks(count, subtrees, more)
        count += len(more)
        if body["size"] != count * tree.BLOCK or body["root"] != tree.root(subtrees).hex():
            return head.at
    return None
