"""Documents of meetings: attached, taken back, read. The entry names one; `files.py` has its
bytes."""

from __future__ import annotations

from ayni.agenda import files, reading, writing
from ayni.agenda.document_kind import DOCUMENT, Document, document_of
from ayni.agenda.errors import AttachedAlready, ItemUnknown, TooManyDocuments, WhyNeeded
from ayni.agenda.file_entry import key_of
from ayni.agenda.meeting import check_step, meeting
from ayni.agenda.meeting_changes import Step
from ayni.agenda.reading import Presidencies
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation.api import CollectedFile
from ayni.gazette.api import Published
from ayni.lib import clock
from ayni.lib.errors import NotFound


def documents_of(meeting_key: str, known: Presidencies) -> list[Document]:
    """The documents of a meeting: of the whole first, then by item and title."""
    found = [each for each in files.documents(known) if each.there and each.meeting == meeting_key]
    return sorted(found, key=lambda each: (each.item, each.title, each.key))


def document(key: str, known: Presidencies) -> Document:
    """One document that was not taken back. Raises `NotFound`."""
    found = document_of(key, reading.stands_of(DOCUMENT, key, known))
    if found is None or not found.there:
        raise NotFound
    return found


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
    check_step(about, Step.ATTACH, now=clock.now())
    if not 0 <= item <= len(about.items):
        raise ItemUnknown
    content, named = files.finished(file, title)
    there = documents_of(key, known)
    if any(each.sha256 == named["sha256"] for each in there):
        raise AttachedAlready
    if len(there) >= files.MOST_DOCUMENTS:
        raise TooManyDocuments
    name = key_of(key, named["sha256"])
    body: writing.Json = {**named, "item": item}
    with audit.act(by=by, verb="agenda.attach_document", subject=name[:80]):
        after = reading.stands_of(DOCUMENT, name, known).ref  # one that was taken back comes anew
        found = writing.publish(
            by, DOCUMENT, name, body, known=known, after=after, instead=instead
        )  # fmt: skip
        files.keep(named["sha256"], content)
    return found


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
        files.forget_taken_back(known)
    return taken
