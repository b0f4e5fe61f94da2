"""Bytes of documents of meetings and of evidence between nodes: whoever lacks some asks for one
part after the other.

The entry says which documents there are, and their digests; so it matters little who brings the
bytes, and a node that was away, is new or was restored asks as every other does. Never more than
one part of a document is on its way: what is urgent waits for no large file. Who does not answer
within `ASK_AGAIN` is left, and the next node is asked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from ayni.agenda import files, reading
from ayni.agenda.file_entry import File
from ayni.agenda.models import DocumentPart, DocumentWanted
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.gazette.api import closed
from ayni.lib import clock
from ayni.lib.pace import Counter, Pace

log = logging.getLogger("ayni.agenda")
ASK_AGAIN = timedelta(minutes=30)
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 63}

WANTED = exchange.MessageKind(
    name="agenda.document_wanted",
    personal=False,
    about_person=False,
    schema=closed(sha256=_SHA256, number=_NUMBER),
    largest=1024,
)
PART = exchange.MessageKind(
    name="agenda.document_part",
    personal=False,
    about_person=False,
    schema=closed(
        sha256=_SHA256,
        number=_NUMBER,
        content={"type": "string", "pattern": "^[A-Za-z0-9+/]+={0,2}$", "maxLength": 245_760},
    ),
    largest=260_000,
)
# A question of a hundred bytes is answered with 256 KB: a peer that repeats it is not answered.
_ANSWERS = Counter(Pace(burst=200, every=2.0))


def ask_for_missing(*, by: Actor, now: datetime) -> int:
    """Ask for documents of which something is missing here, where nobody was asked just now; of how
    many. Bytes of documents that were taken back are removed first."""
    known = reading.presidencies()
    due = [each for each in _missing(known) if _is_due(each, now=now)]
    if not due and not files.taken_back(known):
        return 0
    with audit.act(by=by, verb="agenda.fetch_documents", subject="documents") as act:
        gone = files.forget_taken_back(known)
        asked = [each for each in due if _ask_anew(by, each, now=now)]
        act.note(gone=gone, asked=len(asked))
    return len(asked)


def _missing(known: reading.Presidencies) -> Iterable[File]:
    """Each document once of which a part is not here."""
    by_digest = {each.sha256: each for each in files.all_files(known)}
    return [each for each in by_digest.values() if not files.is_here(each)]


def _is_due(found: File, *, now: datetime) -> bool:
    row = DocumentWanted.objects.filter(sha256=found.sha256).first()
    return row is None or row.asked_at <= now - ASK_AGAIN


def _ask_anew(by: Actor, found: File, *, now: datetime) -> bool:
    """Ask a node for a document: its author's first, then another one each time."""
    row = DocumentWanted.objects.filter(sha256=found.sha256).first()
    nodes = _whom(found)
    if not nodes:
        return False
    tries = 0 if row is None else row.tries + 1
    node = nodes[tries % len(nodes)]
    DocumentWanted.objects.update_or_create(
        sha256=found.sha256, defaults={"node": node, "asked_at": now, "tries": tries}
    )
    _ask(by, found, node)
    return True


def _whom(found: File) -> list[str]:
    """Nodes that may have it, its author's first."""
    return sorted(exchange.other_nodes(), key=lambda node: (node != found.author, node))


def _ask(by: Actor, found: File, node: str) -> None:
    held = set(DocumentPart.objects.filter(sha256=found.sha256).values_list("number", flat=True))
    number = next(n for n in range(files.parts_of(found.size)) if n not in held)
    payload = {"sha256": found.sha256, "number": number}
    exchange.send_to_node(by=by, node=node, kind=WANTED.name, payload=payload)


def receive_wanted(*, by: Actor, received: exchange.Received) -> None:
    """Send the part that was asked for, if it is here, its document stands, and the peer does not
    ask too fast. What is not sent is asked for elsewhere."""
    told, sender = received.payload, received.sender
    row = DocumentPart.objects.filter(sha256=told["sha256"], number=told["number"]).first()
    stands = {each.sha256 for each in files.all_files(reading.presidencies())}
    with audit.act(by=by, verb="agenda.answer_wanted", subject=received.message, to=sender) as act:
        sends = row is not None and told["sha256"] in stands
        act.note(sent=sends)
        if row is None or not sends or _ANSWERS.wait(sender, time.monotonic()):
            return
        payload = {
            "sha256": row.sha256,
            "number": row.number,
            "content": base64.b64encode(bytes(row.content)).decode(),
        }
        exchange.send_to_node(by=by, node=sender, kind=PART.name, payload=payload)


def receive_part(*, by: Actor, received: exchange.Received) -> None:
    """Keep a part that this node asked the sender for, and ask for the next; when all are here,
    look at the whole. Anything else that comes is not kept."""
    told, sender = received.payload, received.sender
    known = reading.presidencies()
    found = next((each for each in files.all_files(known) if each.sha256 == told["sha256"]), None)
    with audit.act(by=by, verb="agenda.receive_part", subject=received.message) as act:
        row = (
            DocumentWanted.objects.select_for_update()
            .filter(sha256=told["sha256"], node=sender)
            .first()
        )
        content = _decoded(told["content"])
        if found is None or row is None or not _fits(found, told["number"], content):
            act.note(kept=False)
            return
        DocumentPart.objects.get_or_create(
            sha256=found.sha256, number=told["number"], defaults={"content": content}
        )
        act.note(kept=True)
        if not files.is_here(found):
            row.asked_at = clock.now()
            row.save(update_fields=["asked_at"])
            _ask(by, found, sender)
            return
        _look(found, row)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _fits(found: File, number: int, content: bytes) -> bool:
    """Whether a part has the length that its place has."""
    last = files.parts_of(found.size) - 1
    length = found.size - last * files.PART if number == last else files.PART
    return number <= last and len(content) == length


def _look(found: File, row: DocumentWanted) -> None:
    """All parts are here: are they what was published, and of a type that is taken? If not, nothing
    of them stays, and another node is asked."""
    rows = DocumentPart.objects.filter(sha256=found.sha256).order_by("number")
    content = b"".join(bytes(each) for each in rows.values_list("content", flat=True))
    wrong = ""
    if hashlib.sha256(content).hexdigest() != found.sha256:
        wrong = "differs"
    else:
        try:
            cooperation.file_type(content, declared=found.type.value)
        except cooperation.FileNotTaken as refusal:
            wrong = refusal.why
    if not wrong:
        row.delete()
        return
    log.error("document refused", extra={"ids": {"node": row.node, "why": wrong}})
    rows.delete()
    row.refused = wrong
    row.save(update_fields=["refused"])
