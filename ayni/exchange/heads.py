"""Daily heads of the audit chain: signed here, sent to every other node, theirs kept and compared.

Each message also hands on the heads of others that came since the last one, so that a node that
shows two histories to two others is found out, and so that ours lie abroad where we can see them.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import directory as rules
from ayni.exchange import documents, outbox, trust
from ayni.exchange.errors import KeysExpired, NoNode, NotGenuine, NotTrusted, UnknownSender
from ayni.exchange.kinds import MessageKind
from ayni.exchange.models import Conversation, DirectoryDocument
from ayni.exchange.wired import Received
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")
PURPOSE = "audit-head"
# A node that signs every day is late when nothing came for so long.
LATE_AFTER = timedelta(hours=48)
# What arrived while the last head was being made is handed on with the next one.
OVERLAP = timedelta(hours=1)
MOST_HANDED_ON = 200
HASH = "^[0-9a-f]{64}$"
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }


TEXT = {"type": "string", "maxLength": 200}
DOCUMENT = closed(
    body=closed(
        at={"type": "string", "format": "moment", "pattern": TIME},
        format={"const": 1},
        node={"type": "string", "maxLength": 12},
        number={"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        previous={"type": "string", "pattern": "^([0-9a-f]{64}|)$"},
        restored={"type": "string", "pattern": f"{TIME}|^$"},
        root={"type": "string", "pattern": HASH},
        sheet={"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        size={"type": "integer", "minimum": 256, "maximum": 2**53, "multipleOf": 256},
    ),
    signatures={
        "type": "array",
        "minItems": 1,
        "maxItems": 4,
        "items": closed(algorithm=TEXT, signature=TEXT, signer=TEXT),
    },
)
AUDIT_HEAD = MessageKind(
    name="audit.head",
    personal=False,
    about_person=False,
    schema=closed(
        head=DOCUMENT,
        held={"type": "array", "maxItems": MOST_HANDED_ON, "items": DOCUMENT},
        proof={"type": "array", "maxItems": 128, "items": {"type": "string", "pattern": HASH}},
    ),
)


def sign_head(*, by: Actor, now: datetime) -> int | None:
    """Sign a head over the audit chain and queue it for every other node; its number.

    None if one was signed on the same day (UTC). Raises `NotTrusted` without a key sheet,
    `KeysExpired` when it is over.
    """
    if audit.signed_today(now):
        return None
    sheet, key = trust.own_signing_key()
    here = members.this_node()
    with audit.act(by=by, verb="exchange.sign_head", subject=here) as act:
        held = _to_hand_on()
        head = audit.next_head()
        body = {
            "at": clock.isoformat(now),
            "format": 1,
            "node": here,
            "number": head.number,
            "previous": head.previous,
            "restored": head.restored,
            "root": head.root,
            "sheet": sheet,
            "size": head.size,
        }
        document = documents.signed(PURPOSE, body, {here: key})
        audit.keep_own_head(head, document, by=by, at=now)
        act.note(number=head.number)
        for node in trust.peers():
            send(node, {"head": document, "held": held, "proof": head.proof}, by=by)
    return head.number


def _to_hand_on() -> list[Any]:
    """The heads of the others that came since our last one; each is handed on once."""
    former = audit.own_heads()
    since = clock.parse(former[-1]["body"]["at"]) - OVERLAP if former else None
    rows = [row for n in trust.peers() for row in audit.held_heads(n, source=n, since=since)]
    return [row.document for row in rows][-MOST_HANDED_ON:]


def _office(institutions: Sequence[Mapping[str, str]]) -> str:
    """The institution that speaks for its node about the node itself. Raises `NoNode`."""
    for entry in institutions:
        if entry["kind"] == "focal_point":
            return entry["code"]
    if not institutions:
        raise NoNode
    return institutions[0]["code"]


def send(
    node: str,
    payload: Mapping[str, Any],
    *,
    by: Actor,
    kind: str = AUDIT_HEAD.name,
    must: bool = False,
    subject: str = "",
) -> None:
    """Queue for one node; one that cannot be reached by anybody now stops nobody else, unless it
    `must` be queued: then it raises `NoNode`, `NotTrusted` or `KeysExpired`."""
    here = members.this_node()
    own, theirs = trust.key_sheet(here), trust.key_sheet(node)
    try:
        outbox.queue(
            by=by,
            kind=kind,
            recipient=node,
            recipient_institution=_office(theirs["body"]["institutions"] if theirs else []),
            institution=_office(own["body"]["institutions"] if own else []),
            payload=payload,
            grant=None,
            conversation=_line(kind, here, node),
            subject=subject,
        )
    except (NoNode, NotTrusted, KeysExpired) as refusal:
        if must:
            raise
        ids = {"peer": node, "kind": kind, "why": refusal.code}
        log.warning("message to a node not sent", extra={"ids": ids})


def _line(kind: str, here: str, node: str) -> str:
    """The conversation about heads with one node: another one after a restoring, because the
    numbers that the backup does not know are taken there. Likewise on a machine that has taken over
    with a new identity key and does not know the conversation that its predecessor had."""
    named = f"{kind} {here} {node} {audit.latest_restore()}"
    line = hashlib.sha256(named.encode()).hexdigest()[:32]
    if Conversation.objects.filter(id=line).exists() or not _had_another_identity():
        return line
    return hashlib.sha256(f"{named} {trust.identity_public()}".encode()).hexdigest()[:32]


def _had_another_identity() -> bool:
    present = trust.identity_public()
    entries = [
        rules.member(row.document["body"], members.this_node())
        for row in DirectoryDocument.objects.all()
    ]
    return any(entry is not None and entry["identity_key"] != present for entry in entries)


def check_head(document: Mapping[str, Any], *, purpose: str = PURPOSE) -> None:
    """Raise `NotGenuine` or `UnknownSender` unless its node has signed a head, by a key sheet that
    was in force then and was not revoked since."""
    body = document["body"]
    made = clock.parse(body["at"])
    key = trust.signing_key_of(body["node"], body["sheet"], made=made)
    if documents.signers(purpose, dict(document), {body["node"]: key}) != {body["node"]}:
        raise NotGenuine(f"a head of {body['node']} is not signed by it")


def is_ours(document: Mapping[str, Any]) -> bool:
    """Whether this node has signed a head, by any key sheet of its own, revoked or over since."""
    here = members.this_node()
    body = document["body"]
    sheet = trust.key_sheet(here, body["sheet"])
    if sheet is None or body["node"] != here:
        return False
    known = {here: documents.decode(sheet["body"]["signing_key"])}
    return documents.signers(PURPOSE, dict(document), known) == {here}


def check_document(document: object) -> None:
    """Raise `Malformed` unless it has the form of a signed head."""
    AUDIT_HEAD.check({"head": document, "held": [], "proof": []})


def receive_head(*, by: Actor, received: Received) -> None:
    """Keep and compare the head of another node, and what it holds of ours and of others.

    Raises `NotGenuine` for a head of another node than the sender, or one not signed.
    """
    told = received.payload
    if told["head"]["body"]["node"] != received.sender:
        raise NotGenuine("a head is sent by its own node")
    check_head(told["head"])
    with audit.act(by=by, verb="exchange.receive_head", subject=received.sender) as act:
        other = is_by_other_identity(told["head"], audit.accepted_heads(received.sender))
        found = audit.keep_their_head(told["head"], told["proof"], other_identity=other)
        act.note(number=told["head"]["body"]["number"], finding=found)
        codes = [str(found)] if found in audit.ALARMING else []
        codes += [code for each in told["held"] if (code := _compare_handed_on(each, received))]
    for code in codes:
        log.error("audit head", extra={"ids": {"peer": received.sender, "why": code}})


class _Held(Protocol):
    """A head that is held."""

    document: Any


def is_by_other_identity(document: Mapping[str, Any], line: Sequence[_Held]) -> bool:
    """Whether a node's head is signed by a sheet of the identity key that the directory names now,
    and the last of its `line` by a sheet of a former one."""
    if not line:
        return False
    body, last = document["body"], line[-1].document["body"]
    listed = trust.directory_body()
    sheets = [trust.key_sheet(body["node"], each["sheet"]) for each in (body, last)]
    by_present = [s is not None and rules.is_signed_by_identity(s, listed) for s in sheets]
    return by_present == [True, False] and None not in sheets


def _compare_handed_on(document: Mapping[str, Any], received: Received) -> str:
    node = document["body"]["node"]
    try:
        check_head(document)
    except (NotGenuine, UnknownSender) as wrong:
        # Whoever handed it on may have been told so by a key sheet that is not here yet; what is
        # not proven accuses nobody.
        log.warning("head not proven", extra={"ids": {"peer": node, "why": wrong.code}})
        return ""
    if node == received.sender:
        return ""
    return audit.keep_echo(document, source=received.sender, own=node == members.this_node())


@dataclass(frozen=True, slots=True)
class Witness:
    """What this node and another one hold of each other. `number` and `at`: the latest head of
    theirs that is here; `ours_there`: number of our latest head that they say they hold."""

    node: str
    number: int | None
    at: datetime | None
    late: bool
    ours_there: int | None


@dataclass(frozen=True, slots=True)
class Witnesses:
    """How the audit chain of this node is witnessed: its own latest head, the others, alarms."""

    number: int | None
    at: datetime | None
    others: list[Witness]
    alarms: list[audit.Alarm]


def witnesses(*, by: Actor) -> Witnesses:
    """For the data protection officer. Raises `NotAllowed`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    audit.read(by=by, verb="exchange.witnesses", subject=members.this_node())
    own = audit.own_heads()
    now = clock.now()
    founded = trust.directory_document() is not None
    others = [_witness(node, now) for node in trust.peers()] if founded else []
    last = own[-1]["body"] if own else None
    return Witnesses(
        None if last is None else last["number"],
        None if last is None else clock.parse(last["at"]),
        others,
        audit.alarms(),
    )


def _witness(node: str, now: datetime) -> Witness:
    theirs = audit.accepted_heads(node)
    ours = audit.held_heads(members.this_node(), source=node)
    body = theirs[-1].document["body"] if theirs else None
    late = bool(theirs) and theirs[-1].received_at + LATE_AFTER < now
    return Witness(
        node,
        None if body is None else body["number"],
        None if body is None else clock.parse(body["at"]),
        late,
        max((row.document["body"]["number"] for row in ours), default=None),
    )


def alarms_waiting(*, by: Actor) -> int:
    """How many alarms of the audit chain nobody has seen; 0 for who may not read them."""
    if not members.may(by, members.Permission.AUDIT_READ):
        return 0
    return sum(row.seen_at is None for row in audit.alarms())


def see_alarm(*, by: Actor, alarm_id: int) -> None:
    """Note that the data protection officer has seen an alarm and looks into it. A second click
    changes nothing. Raises `NotAllowed`, `NotFound`."""
    members.check_may(by, members.Permission.AUDIT_READ)
    if not any(row.id == alarm_id for row in audit.alarms()):
        raise NotFound
    with audit.act(by=by, verb="exchange.see_alarm", subject=alarm_id):
        audit.mark_seen(alarm_id, by=by.id, at=clock.now())
