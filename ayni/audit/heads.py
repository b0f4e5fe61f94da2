"""Daily heads: of this node over its own chain, and those of the other nodes held here.

A head is a signed document; whoever signs and sends it is above (`exchange`). Its body:
`format`, `node`, `number`, `at`, `size` (leaves of the tree, a multiple of 256), `root`,
`previous` (digest of the head before), `restored` (when the node was brought back from a backup
since then, or empty), `sheet` (whose signing key).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from ayni.audit import comparing
from ayni.audit.actor import Actor
from ayni.audit.comparing import Finding
from ayni.audit.models import Alarm, Entry, Head, HeldHead, SignedHead
from ayni.lib import clock, tree

RESTORE = "node.restore"
ACCEPTED = (Finding.FIRST, Finding.FOLLOWS, Finding.RESTORED, Finding.GAP, Finding.ANEW)
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NextHead:
    """What the next daily head will say, before it is signed; `proof` that it grows from the one
    before, in hexadecimal. `restored_at` also tells the line of messages after a restoring."""

    number: int
    size: int
    root: str
    previous: str
    restored: str
    proof: list[str]
    entries: int
    subtrees: list[str]


# What two documents have the same that must not be two.
NUMBERED = ("number",)


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of a head's body in RFC 8785 form, in hexadecimal."""
    return hashlib.sha256(rfc8785.dumps(dict(body))).hexdigest()


def digests_of_entries(first: int, last: int) -> Iterator[bytes]:
    """Digests (32 bytes) of the entries from `first` to `last`, in order."""
    found = Entry.objects.filter(number__gte=first, number__lte=last).order_by("number")
    for digest in found.values_list("digest", flat=True).iterator(chunk_size=5000):
        yield bytes(digest)


def signed_today(now: datetime) -> bool:
    """Whether this node has signed a head on the present day (UTC)."""
    last = SignedHead.objects.order_by("-number").first()
    return last is not None and last.at.astimezone(UTC).date() >= now.astimezone(UTC).date()


def last_signed_at() -> datetime | None:
    """When this node last signed a head; None before the first."""
    last = SignedHead.objects.order_by("-number").first()
    return None if last is None else last.at


def next_head() -> NextHead:
    """The head over all entries that stand in the chain now."""
    last = SignedHead.objects.order_by("-number").first()
    covered, before = (0, []) if last is None else (last.entries, last.subtrees)
    count = 0 if last is None else last.document["body"]["size"] // tree.BLOCK
    until = Head.objects.get(id=1).number
    known = [bytes.fromhex(subtree) for subtree in before]
    more = tree.blocks(digests_of_entries(covered + 1, until))
    after = tree.peaks(count, known, more)
    restore = Entry.objects.filter(verb=RESTORE, number__gt=covered, number__lte=until)
    restored = restore.order_by("-number").first()
    return NextHead(
        number=1 if last is None else last.number + 1,
        size=(count + len(more)) * tree.BLOCK,
        root=tree.root(after).hex(),
        previous="" if last is None else last.digest,
        restored="" if restored is None else clock.isoformat(restored.at),
        proof=[part.hex() for part in tree.consistency(count, known, more)],
        entries=until,
        subtrees=[subtree.hex() for subtree in after],
    )


def keep_own(head: NextHead, document: Document, *, by: Actor, at: datetime) -> None:
    """Keep our own head as it was signed on behalf of `by`."""
    SignedHead.objects.create(
        number=head.number,
        entries=head.entries,
        subtrees=head.subtrees,
        at=at,
        signed_by=by.id,
        digest=digest_of(document["body"]),
        document=dict(document),
    )


def own_heads() -> list[Document]:
    """The heads that this node has signed, in order."""
    return list(SignedHead.objects.order_by("number").values_list("document", flat=True))


def latest_restore() -> str:
    """When this node was last brought back from a backup; empty if it never was."""
    found = Entry.objects.filter(verb=RESTORE).order_by("-number").first()
    return "" if found is None else clock.isoformat(found.at)


def held_of(node: str, *, source: str, since: datetime | None = None) -> list[HeldHead]:
    """Heads of a node that `source` sent, in the order in which they came."""
    found = HeldHead.objects.filter(node=node, source=source)
    if since is not None:
        found = found.filter(received_at__gt=since)
    return list(found.order_by("id"))


def accepted_heads(node: str) -> list[HeldHead]:
    """The heads of a node that form its line as far as it is known here, contradictions apart."""
    return [row for row in held_of(node, source=node) if row.finding in ACCEPTED]


def keep_theirs(
    document: Document, proof: Sequence[str], *, other_identity: bool = False
) -> Finding:
    """Keep a head that its own node sent, compare it with the earlier ones, alarm if it must.
    `other_identity` as in `comparing.compare`."""
    body = document["body"]
    node, digest = body["node"], digest_of(body)
    held = {row.digest: row.document["body"] for row in held_of(node, source=node)}
    accepted = accepted_heads(node)
    latest = accepted[-1] if accepted else None
    finding = comparing.compare(
        held,
        "" if latest is None else latest.digest,
        digest=digest,
        new=body,
        proof=[bytes.fromhex(part) for part in proof],
        other_identity=other_identity,
    )
    if finding is Finding.SAME:
        return finding
    _hold(document, source=node, finding=finding.value)
    if finding in comparing.ALARMING:
        before = [] if latest is None else [latest.document]
        raise_alarm(finding.value, node=node, source=node, evidence=[*before, document])
    return finding


def _hold(document: Document, *, source: str, finding: str) -> None:
    HeldHead.objects.get_or_create(
        node=document["body"]["node"],
        source=source,
        digest=digest_of(document["body"]),
        defaults={"document": dict(document), "finding": finding, "received_at": clock.now()},
    )


def keep_echo(document: Document, *, source: str, own: bool) -> str:
    """Compare a head that another node holds, of ours or of a third, with what is here; the code
    of the alarm that was raised, or an empty one."""
    body = document["body"]
    if own:
        return _own_echo(document, source)
    same_number = HeldHead.objects.filter(
        node=body["node"], source=body["node"], document__body__number=body["number"]
    )
    for row in same_number:
        if comparing.two_truths(row.document["body"], body):
            return raise_alarm(
                "two_truths",
                node=body["node"],
                source=source,
                evidence=[row.document, document],
                one_of=NUMBERED,
            )
    return ""


def _own_echo(document: Document, source: str) -> str:
    body = document["body"]
    if SignedHead.objects.filter(digest=digest_of(body)).exists():
        _hold(document, source=source, finding=Finding.SAME)
        return ""
    ours = own_heads()
    if comparing.explained(body, [head["body"] for head in ours]):
        _hold(document, source=source, finding=Finding.RESTORED)
        return ""
    _hold(document, source=source, finding=Finding.CONTRADICTS)
    same = [head for head in ours if head["body"]["number"] == body["number"]]
    return raise_alarm("not_ours", node=body["node"], source=source, evidence=[*same, document])


def raise_alarm(
    code: str,
    *,
    node: str,
    source: str,
    evidence: Iterable[Document],
    one_of: Iterable[str] = (),
) -> str:
    """Keep an alarm for a person to see, once for the same head; its code. `one_of`: names in the
    body of what was signed twice; of those that have the same there is one alarm. Two prove that
    there are two; whoever signs a thousand would else bury every other alarm."""
    documents = [dict(document) for document in evidence]
    body = documents[-1]["body"]
    same = {f"evidence__0__body__{name}": body[name] for name in one_of}
    if same and Alarm.objects.filter(code=code, node=node, **same).exists():
        return code
    Alarm.objects.get_or_create(
        code=code,
        node=node,
        digest=digest_of(body),
        defaults={"at": clock.now(), "source": source, "evidence": documents},
    )
    return code


def keep_alarm(
    code: str,
    *,
    by: Actor,
    node: str,
    source: str,
    evidence: Iterable[Document],
    one_of: Iterable[str] = (),
) -> None:
    """The same for documents of others than heads, within a verb of the room that found them."""
    raise_alarm(code, node=node, source=source, evidence=evidence, one_of=one_of)


def alarms() -> list[Alarm]:
    """Every alarm, those that nobody has seen first, then the newest."""
    found = sorted(Alarm.objects.all(), key=lambda row: row.at, reverse=True)
    return sorted(found, key=lambda row: row.seen_at is not None)


def mark_seen(alarm_id: int, *, by: str, at: datetime) -> bool:
    """Note who has seen an alarm; False if somebody did before, or there is none."""
    return Alarm.objects.filter(id=alarm_id, seen_at=None).update(seen_at=at, seen_by=by) == 1
