"""Files that entries name (documents of meetings, evidence of commitments), and their bytes: kept
here in parts, fetched by the nodes that lack them (`fetching_documents.py`)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Length

from ayni.agenda import reading, work_kinds
from ayni.agenda.document_kind import DOCUMENT, Document, document_of
from ayni.agenda.errors import DocumentNotHere
from ayni.agenda.evidence_kind import EVIDENCE, Evidence, evidence_of
from ayni.agenda.file_entry import LARGEST, File
from ayni.agenda.models import DocumentPart, DocumentWanted
from ayni.agenda.reading import Presidencies
from ayni.cooperation.api import CollectedFile
from ayni.gazette import api as gazette

PART = 180 * 1024  # bytes; in base64 with its envelope a message of 256 KB
MOST_DOCUMENTS = 40  # of one meeting


def incoming_document() -> CollectedFile:
    """What a file is written to as it comes in: it refuses more than 5 MB."""
    return CollectedFile(LARGEST)


def finished(file: CollectedFile, title: str) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file that came in, and what its entry says of it. Raises
    `cooperation.FileNotTaken`."""
    content, type_ = file.finish()
    body = {
        "title": title.strip(),
        "type": type_.value,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "there": True,
        "why": "",
    }
    return content, body


def parts_of(size: int) -> int:
    """How many parts a file of `size` bytes has."""
    return -(-size // PART)


def is_here(found: File) -> bool:
    """Whether all of its bytes are on this node, and were looked at: while something of them is
    still wanted they are not. Another entry may give the same digest another size; only what these
    bytes are counts."""
    if DocumentWanted.objects.filter(sha256=found.sha256).exists():
        return False
    rows = DocumentPart.objects.filter(sha256=found.sha256)
    held = rows.aggregate(bytes=Sum(Length("content")))["bytes"]
    return bool(held == found.size)


def content_of(found: File) -> bytes:
    """The bytes of a file. Raises `DocumentNotHere` while they have not all come, and where they
    are not what this entry says."""
    content = held_bytes(found.sha256)
    if len(content) != found.size or hashlib.sha256(content).hexdigest() != found.sha256:
        raise DocumentNotHere
    return content


def held_bytes(sha256: str) -> bytes:
    """What has come of a file, one part after the other."""
    rows = DocumentPart.objects.filter(sha256=sha256).order_by("number")
    return b"".join(bytes(each) for each in rows.values_list("content", flat=True))


def keep(sha256: str, content: bytes) -> None:
    """Keep all bytes of a file here."""
    DocumentWanted.objects.filter(sha256=sha256).delete()
    DocumentPart.objects.filter(sha256=sha256).delete()
    DocumentPart.objects.bulk_create(
        DocumentPart(sha256=sha256, number=number, content=content[at : at + PART])
        for number, at in enumerate(range(0, len(content), PART))
    )


def documents(known: Presidencies) -> list[Document]:
    """Every document of a meeting, also those taken back."""
    rows = (document_of(key, stands) for key, stands in reading.all_of(DOCUMENT, known).items())
    return [each for each in rows if each is not None]


def evidence() -> dict[tuple[str, str], list[Evidence]]:
    """What each state gave as evidence, also what it took back: (state, key of commitment) ->
    files by title."""
    found: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for each in map(evidence_of, gazette.current(kind=EVIDENCE)):
        if each is not None:
            found[each.author, each.commitment].append(each)
    return {
        line: sorted(rows, key=lambda row: (row.title, row.key)) for line, rows in found.items()
    }


def owners(known: Presidencies) -> dict[str, str]:
    """The state that owns each commitment, by its key."""
    return {
        key: stands.version.body["state"]
        for key, stands in reading.all_of(work_kinds.COMMITMENT, known).items()
        if stands.version is not None
    }


def _given(known: Presidencies) -> list[list[Evidence]]:
    """Of each commitment what the state that owns it gave and did not take back."""
    lines, own = evidence().items(), owners(known)
    return [
        [each for each in rows if each.there]
        for (state, key), rows in lines
        if own.get(key) == state
    ]


def all_files(known: Presidencies) -> list[File]:
    """Every file that stands and was not taken back; of evidence what the state that owns the
    commitment gave: of any other nothing is fetched or handed on."""
    given = [each for rows in _given(known) for each in rows]
    return [*(each for each in documents(known) if each.there), *given]


def to_be_fetched(known: Presidencies) -> list[File]:
    """Of these as many as one meeting or commitment may have, whoever published more: of a meeting
    those that were published first."""
    meetings: dict[str, list[Document]] = defaultdict(list)
    for each in documents(known):
        if each.there:
            meetings[each.meeting].append(each)
    found: list[File] = []
    for rows in meetings.values():
        found += sorted(rows, key=_published)[:MOST_DOCUMENTS]
    for given in _given(known):
        found += given[: work_kinds.MOST_FILES]
    return found


def _published(each: Document) -> tuple[datetime, str]:
    assert each.stands.version is not None  # a document is what stands
    return each.stands.version.at, each.key


def taken_back(known: Presidencies) -> set[str]:
    """Digests of files whose bytes are here although they were taken back. Those of which nothing
    stands at the moment stay: a later version may name them again."""
    given = [each for rows in evidence().values() for each in rows]
    found: list[File] = [*documents(known), *given]
    gone = {each.sha256 for each in found if not each.there}
    gone -= {each.sha256 for each in found if each.there}
    held = DocumentPart.objects.filter(sha256__in=gone).values_list("sha256", flat=True)
    return set(held.distinct())


def forget_taken_back(known: Presidencies) -> int:
    """Remove the bytes of files that were taken back; of how many."""
    gone = taken_back(known)
    DocumentPart.objects.filter(sha256__in=gone).delete()
    DocumentWanted.objects.filter(sha256__in=gone).delete()
    return len(gone)
