"""What both sides signed in one conversation, as a file for a court that needs no node."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import bundle, contents, envelope, missing, proving, trust
from ayni.exchange.errors import NoConversation
from ayni.exchange.models import (
    Conversation,
    DirectoryDocument,
    EarlierSealing,
    IncomingMessage,
    KeySheetDocument,
    OutgoingMessage,
)
from ayni.exchange.receipted import digest_of
from ayni.exchange.states import Incoming
from ayni.members import api as members

NEVER_SENT = "never_sent"


def export(*, by: Actor, conversation: str, now: datetime) -> bytes:
    """The bundle of a conversation, signed by this node: evidence and answer of each message, and
    the directories and key sheets that judge them. Of messages free of personal data also what
    they say; of no other.

    Raises `NoConversation`, `NotTrusted`, `KeysExpired`.
    """
    found = Conversation.objects.filter(id=conversation).first()
    if found is None:
        raise NoConversation(conversation)
    sheet, key = trust.own_signing_key()
    with audit.act(by=by, verb="exchange.export_evidence", subject=conversation) as act:
        ours = list(OutgoingMessage.objects.filter(conversation=conversation).order_by("sequence"))
        theirs = list(
            IncomingMessage.objects.filter(conversation=conversation).order_by("sequence")
        )
        rows: list[OutgoingMessage | IncomingMessage] = [*ours, *theirs]
        former = list(EarlierSealing.objects.filter(conversation=conversation).order_by("id"))
        # A restore may have lost the envelope, and not our answer to it.
        kept = [(bytes(row.evidence), row.answer) for row in former if row.evidence]
        kept += [(raw, row.receipt) for row in rows if (raw := _kept(bytes(row.envelope or b"")))]
        act.note(messages=len(kept))
    # What went down with an old machine stands in the log by its receipt, and not in the file.
    log = proving.prove(
        sent=[row.message for row in ours if row.envelope],
        came=[row.id for row in theirs if row.envelope],
        peer=found.peer,
        without={
            digest_of(row.answer or {})
            for row in former
            if not row.evidence and "state" in (row.answer or {}).get("body", {})
        },
    )
    needed = {(members.this_node(), sheet), *log.sheets}
    told = _told_by(found.peer, conversation)
    for raw, answer in [*kept, *told]:
        header = envelope.parse_evidence(raw).header
        needed.add((header.sender, header.signing_sheet))
        if answer is not None:
            needed.add((header.recipient, int(answer["body"]["sheet"])))
    return bundle.bundle(
        node=members.this_node(),
        sheet=sheet,
        signing_key=key,
        conversation=conversation,
        at=now,
        directories=[row.document for row in DirectoryDocument.objects.order_by("number")],
        key_sheets=_sheets(needed, {members.this_node(), found.peer}),
        messages=kept,
        left_out=_left_out(ours, found.sent),
        log=log.log,
        contents=contents.of([*_ids(kept), *_ids(told)]),
        told=told,
    )


def _ids(kept: Iterable[tuple[bytes, Any]]) -> list[str]:
    return [envelope.parse_evidence(raw).header.message for raw, _answer in kept]


def _told_by(peer: str, conversation: str) -> list[tuple[bytes, Any]]:
    """Evidence and answer of messages in which the peer told what became of missing numbers."""
    if not missing.told_of(conversation):
        return []
    rows = IncomingMessage.objects.filter(peer=peer, kind=contents.TOLD, state=Incoming.APPLIED)
    known = contents.of(rows.values_list("id", flat=True))
    ours = {m for m, told in known.items() if told["payload"].get("conversation") == conversation}
    return [(_kept(bytes(row.envelope)), row.receipt) for row in rows.filter(id__in=sorted(ours))]


def _kept(raw: bytes) -> bytes:
    """What a bundle shows of an envelope; nothing of one that went down with an old machine."""
    return envelope.evidence(raw) if raw[:4] == envelope.MARK[:4] else raw


def _sheets(needed: set[tuple[str, int]], nodes: set[str]) -> list[dict[str, Any]]:
    """The sheets that sign something here, and the later ones: they say what was revoked."""
    first = {node: min(number for of, number in needed if of == node) for node, _ in needed}
    rows = KeySheetDocument.objects.filter(node__in=sorted(nodes)).order_by("node", "number")
    return [
        dict(row.document)
        for row in rows
        if (row.node, row.number) in needed
        or (row.number > first.get(row.node, 0) and row.document["body"]["revoked"])
    ]


def _left_out(ours: list[OutgoingMessage], sent: int) -> list[tuple[int, str]]:
    """Numbers of this node that hold no evidence: cancelled, lost in a restore, or never used."""
    without = {row.sequence: row.reason or row.state for row in ours if not row.envelope}
    there = {row.sequence for row in ours}
    unused = {number: NEVER_SENT for number in range(1, sent + 1) if number not in there}
    return sorted({**without, **unused}.items())
