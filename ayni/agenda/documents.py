"""Documents of meetings: attached, taken back, read. The entry names one; its bytes are kept here
in parts and fetched by the nodes that lack them (`fetching_documents.py`)."""

from __future__ import annotations

import hashlib

from ayni.agenda import document_kind, reading, writing
from ayni.agenda.document_kind import DOCUMENT, Document, document_of
from ayni.agenda.errors import (
    AttachedAlready,
    DocumentNotHere,
    ItemUnknown,
    TooManyDocuments,
    WhyNeeded,
)
from ayni.agenda.meeting import check_step, meeting
from ayni.agenda.meeting_changes import Step
from ayni.agenda.models import DocumentPart, DocumentWanted
from ayni.agenda.reading import Presidencies
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation.api import CollectedFile
from ayni.gazette.api import Published
from ayni.lib.errors import NotFound

PART = 180 * 1024  # bytes; in base64 with its envelope a message of 256 KB
MOST = 40  # documents of one meeting


def incoming_document() -> CollectedFile:
    """What a document is written to as it comes in: it refuses more than 5 MB."""
    return CollectedFile(document_kind.LARGEST)


def parts_of(size: int) -> int:
    """How many parts a document of `size` bytes has."""
    return -(-size // PART)


def _all(known: Presidencies) -> list[Document]:
    rows = (document_of(key, stands) for key, stands in reading.all_of(DOCUMENT, known).items())
    return [each for each in rows if each is not None]


def all_documents(known: Presidencies) -> list[Document]:
    """Every document that stands and was not taken back."""
    return [each for each in _all(known) if each.there]


def documents_of(meeting_key: str, known: Presidencies) -> list[Document]:
    """The documents of a meeting: of the whole first, then by item and title."""
    found = [each for each in all_documents(known) if each.meeting == meeting_key]
    return sorted(found, key=lambda each: (each.item, each.title, each.key))


def document(key: str, known: Presidencies) -> Document:
    """One document that was not taken back. Raises `NotFound`."""
    found = document_of(key, reading.stands_of(DOCUMENT, key, known))
    if found is None or not found.there:
        raise NotFound
    return found


def is_here(found: Document) -> bool:
    """Whether all of its bytes are on this node."""
    held = DocumentPart.objects.filter(sha256=found.sha256).count()
    return held == parts_of(found.size)


def content_of(found: Document) -> bytes:
    """The bytes of a document. Raises `DocumentNotHere` while they have not all come."""
    rows = DocumentPart.objects.filter(sha256=found.sha256).order_by("number")
    content = b"".join(bytes(each) for each in rows.values_list("content", flat=True))
    if len(content) != found.size or hashlib.sha256(content).hexdigest() != found.sha256:
        raise DocumentNotHere
    return content


def attach_document(
    *, by: Actor, key: str, item: int, title: str, file: CollectedFile, instead: str = ""
) -> Published:
    """Attach a document to a meeting, or to the item of its agenda with that number (0: to the
    whole meeting), and publish that it is there.

    Raises `NotFound`, what `check_step` raises, `cooperation.FileNotTaken` for a wrong type or
    size, `ItemUnknown`, `AttachedAlready`, `TooManyDocuments`, and as `call_meeting`."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    about = meeting(key, known)
    check_step(about, Step.ATTACH)
    if not 0 <= item <= len(about.items):
        raise ItemUnknown
    content, type_ = file.finish()
    sha256 = hashlib.sha256(content).hexdigest()
    there = documents_of(key, known)
    if any(each.sha256 == sha256 for each in there):
        raise AttachedAlready
    if len(there) >= MOST:
        raise TooManyDocuments
    name = document_kind.key_of(key, sha256)
    body: writing.Json = {
        "item": item,
        "title": title.strip(),
        "type": type_.value,
        "size": len(content),
        "sha256": sha256,
        "there": True,
        "why": "",
    }
    with audit.act(by=by, verb="agenda.attach_document", subject=name[:80]):
        after = reading.stands_of(DOCUMENT, name, known).ref  # one that was taken back comes anew
        found = writing.publish(
            by, DOCUMENT, name, body, known=known, after=after, instead=instead
        )  # fmt: skip
        keep(sha256, content)
    return found


def keep(sha256: str, content: bytes) -> None:
    """Keep all bytes of a document here."""
    DocumentPart.objects.filter(sha256=sha256).delete()
    DocumentPart.objects.bulk_create(
        DocumentPart(sha256=sha256, number=number, content=content[at : at + PART])
        for number, at in enumerate(range(0, len(content), PART))
    )


def take_back_document(
    *, by: Actor, key: str, reason: str, after: str, instead: str = ""
) -> Published:
    """Take a document back, and say why: its bytes are removed here at once, and on every other
    node when the entry has come there. Raises `NotFound`, `WhyNeeded`, and as `call_meeting`."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    found = document(key, known)
    if len(reason.strip()) < 3:
        raise WhyNeeded
    assert found.stands.version is not None  # a document is what stands
    body = {**found.stands.version.body, "there": False, "why": reason.strip()}
    with audit.act(by=by, verb="agenda.take_back_document", subject=key[:80]):
        taken = writing.publish(
            by, DOCUMENT, key, body, known=known, after=after, instead=instead
        )  # fmt: skip
        forget_taken_back(known)
    return taken


def taken_back(known: Presidencies) -> set[str]:
    """Digests of documents whose bytes are here although they were taken back. Those of which
    nothing stands at the moment stay: a later version may name them again."""
    found = _all(known)
    gone = {each.sha256 for each in found if not each.there}
    gone -= {each.sha256 for each in found if each.there}
    held = DocumentPart.objects.filter(sha256__in=gone).values_list("sha256", flat=True)
    return set(held.distinct())


def forget_taken_back(known: Presidencies) -> int:
    """Remove the bytes of documents that were taken back; of how many."""
    gone = taken_back(known)
    DocumentPart.objects.filter(sha256__in=gone).delete()
    DocumentWanted.objects.filter(sha256__in=gone).delete()
    return len(gone)
