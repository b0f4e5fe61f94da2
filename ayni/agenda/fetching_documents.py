"""Bytes of documents of meetings and of evidence between nodes: whoever lacks some asks for one
part after the other.

The entry says which documents there are, and their digests; so it matters little who brings the
bytes, and a node that was away, is new or was restored asks as every other does. Never more than
one part of a document is on its way: what is urgent waits for no large file. Who does not answer
within `ASK_AGAIN` is left, and so is who has not brought a whole document within `WHOLE`; the next
node is asked for what is missing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import time
from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

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
Named = list[File]  # entries that name one digest; never empty
ASK_AGAIN = timedelta(minutes=30)
# For all parts that one node brings: one that tells each just in time would hold a document for
# fourteen hours. Thirty parts have four minutes each.
WHOLE = timedelta(hours=2)
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
    many. Bytes of documents that were taken back are removed first. What goes wrong with one
    document is logged and stops no other."""
    known = reading.presidencies()
    due = [each for each in _missing(known) if _is_due(each, now=now)]
    if not due and not files.taken_back(known):
        return 0
    with audit.act(by=by, verb="agenda.fetch_documents", subject="documents") as act:
        gone = files.forget_taken_back(known)
        asked = sum(_ask_anew_if_possible(by, each, now=now) for each in due)
        act.note(gone=gone, asked=asked)
    return asked


def _by_digest(known: reading.Presidencies) -> dict[str, Named]:
    """What is fetched, by digest. Entries may say different things of the same digest, and only one
    of them can be true: all are kept in mind until the bytes tell which."""
    found: dict[str, Named] = defaultdict(list)
    for each in files.to_be_fetched(known):
        found[each.sha256].append(each)
    return found


def _missing(known: reading.Presidencies) -> list[Named]:
    """Each document once of which a part is not here."""
    return [named for named in _by_digest(known).values() if not any(map(files.is_here, named))]


def _is_due(named: Named, *, now: datetime) -> bool:
    row = DocumentWanted.objects.filter(sha256=named[0].sha256).first()
    return row is None or row.asked_at <= now - ASK_AGAIN or _is_slow(row, now=now)


def _is_slow(row: DocumentWanted, *, now: datetime) -> bool:
    """Whether the node that is asked has had its time for the whole document."""
    return row.begun_at is not None and row.begun_at <= now - WHOLE


def _ask_anew_if_possible(by: Actor, named: Named, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return _ask_anew(by, named, now=now)
    except Exception:
        log.exception("document not asked for", extra={"ids": {"sha256": named[0].sha256}})
        return False


def _ask_anew(by: Actor, named: Named, *, now: datetime) -> bool:
    """Ask a node for a document: an author's first, then another one each time."""
    sha256 = named[0].sha256
    row = DocumentWanted.objects.select_for_update().filter(sha256=sha256).first()
    nodes = _whom(named)
    if not nodes:
        return False
    tries = 0 if row is None else row.tries + 1
    node = nodes[tries % len(nodes)]
    row, _new = DocumentWanted.objects.update_or_create(
        sha256=sha256, defaults={"node": node, "asked_at": now, "begun_at": now, "tries": tries}
    )
    if _is_settled(named, row):
        return False
    _ask(by, named, node)
    return True


def _whom(named: Named) -> list[str]:
    """Nodes that may have it, its authors' first."""
    authors = {each.author for each in named}
    return sorted(exchange.other_nodes(), key=lambda node: (node not in authors, node))


def _next(named: Named) -> int | None:
    """The number of the first part that is not here; None if no entry says that there is more."""
    rows = DocumentPart.objects.filter(sha256=named[0].sha256)
    held = set(rows.values_list("number", flat=True))
    most = max(files.parts_of(each.size) for each in named)
    return next((n for n in range(most) if n not in held), None)


def _ask(by: Actor, named: Named, node: str) -> None:
    number = _next(named)
    if number is None:
        return
    payload = {"sha256": named[0].sha256, "number": number}
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
    """Keep the part that this node asked the sender for, and ask for the next unless the sender has
    had its time; when all are here, look at the whole. Anything else that comes is not kept, and
    gives the sender no more time."""
    told, sender = received.payload, received.sender
    named = _by_digest(reading.presidencies()).get(told["sha256"])
    with audit.act(by=by, verb="agenda.receive_part", subject=received.message) as act:
        row = (
            DocumentWanted.objects.select_for_update()
            .filter(sha256=told["sha256"], node=sender)
            .first()
        )
        number, content = told["number"], _decoded(told["content"])
        if (
            named is None
            or row is None
            or number != _next(named)
            or not any(_fits(each, number, content) for each in named)
        ):
            act.note(kept=False)
            return
        DocumentPart.objects.create(sha256=row.sha256, number=number, content=content)
        act.note(kept=True)
        if _is_settled(named, row):
            return
        if _is_slow(row, now=clock.now()):
            return  # the next node is asked for what is missing
        row.asked_at = clock.now()
        row.save(update_fields=["asked_at"])
        _ask(by, named, sender)


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


def _is_settled(named: Named, row: DocumentWanted) -> bool:
    """Whether nothing more is to come: all is here as it was published and of a type that is taken,
    and is not wanted any more; or it is not, then nothing of it stays and another node is asked
    later."""
    content = files.held_bytes(row.sha256)
    ends = content and (len(content) % files.PART or _next(named) is None)
    sized = [each for each in named if each.size == len(content)]
    if not ends and not sized:
        return False
    if hashlib.sha256(content).hexdigest() == row.sha256:
        wrong = _not_taken(content, sized)
        if not wrong:
            row.delete()
            return True
    elif ends:
        wrong = "differs"
    else:
        return False  # as long as one entry says, which is wrong: another says that more comes
    log.error("document refused", extra={"ids": {"node": row.node, "why": wrong}})
    DocumentPart.objects.filter(sha256=row.sha256).delete()
    row.refused = wrong
    row.save(update_fields=["refused"])
    return True


def _not_taken(content: bytes, named: Named) -> str:
    """Why no entry of this size says what type these bytes are; empty if one does."""
    wrong = "differs"
    for each in named:
        try:
            cooperation.file_type(content, declared=each.type.value)
        except cooperation.FileNotTaken as refusal:
            wrong = refusal.why
        else:
            return ""
    return wrong
