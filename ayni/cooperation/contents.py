"""What a file is, by its content: PDF, JPEG or PNG and nothing else. Pure; one pass, little memory.

Looked at on both sides: before it leaves, and again before anybody at the other side opens it.

* What it is, by its first bytes (`puremagic`); what the sender says it is must be the same.
* Pictures: Pillow reads the header (the first 2 MB, never more) and nothing is decoded; the width
  and height that it declares may make 120 million pixels together. A PNG ends with its last chunk.
* PDF: begins and ends as one, is not locked, and neither it nor what is compressed in it has a
  program, a launch action or another file (`pdf_parts`). It is not parsed: weaknesses of the
  program that shows it are not seen.
* No archive, also not one that is appended to something else.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from enum import StrEnum

import puremagic
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from ayni.cooperation.pdf_parts import PdfParts

HEAD = 2 * 1024 * 1024
TAIL = 66_000  # an archive's end stands in the last 65,557 bytes
MOST_PIXELS = 120_000_000  # a sheet of paper at 1,000 dots an inch; a telephone takes 50 to 108
_ZIP_END = b"PK\x05\x06"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_PDF_BEGINS = b"%PDF-"
_FIRST_BYTES = 4096  # by which a kind is known; of a PDF no more is kept

# The limit is ours, below: Pillow's own would warn at one size and refuse at another.
Image.MAX_IMAGE_PIXELS = None
PngImagePlugin.MAX_TEXT_MEMORY = 1024 * 1024


class FileType(StrEnum):
    """What is taken."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


EXTENSION = {FileType.PDF: "pdf", FileType.JPEG: "jpg", FileType.PNG: "png"}
_FORMATS = {FileType.JPEG: ("JPEG",), FileType.PNG: ("PNG",)}


class Why(StrEnum):
    """Why a file is not taken."""

    UNKNOWN = "unknown"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"
    PIXELS = "pixels"
    ACTIVE = "active"
    LOCKED = "locked"
    PACKED = "packed"
    ARCHIVE = "archive"


class NotTaken(ValueError):
    """A file that is not taken; `why` is a code."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Looking:
    """Looks at content as it passes: `see` each part in order, then `verdict`."""

    def __init__(self) -> None:
        self._head, self._largest_head = bytearray(), HEAD
        self._tail = b""
        self._first: bytes | None = b""  # until it can be told whether it is a PDF
        self._parts: PdfParts | None = None

    def see(self, content: bytes) -> None:
        """Take note of the next part."""
        if len(self._head) < self._largest_head:
            self._head += content[: self._largest_head - len(self._head)]
        if self._parts is not None:
            self._parts.see(content)
        elif self._first is not None:
            self._first += content
            if len(self._first) >= len(_PDF_BEGINS):
                if self._first.startswith(_PDF_BEGINS):
                    self._largest_head = _FIRST_BYTES
                    del self._head[_FIRST_BYTES:]
                    self._parts = PdfParts()
                    self._parts.see(self._first)
                self._first = None
        self._tail = (self._tail + content)[-TAIL:]

    def verdict(self) -> FileType:
        """What it is. Raises `NotTaken`."""
        found = _by_first_bytes(bytes(self._head[:_FIRST_BYTES]))
        if _ZIP_END in self._tail:
            raise NotTaken(Why.ARCHIVE)
        if found is FileType.PDF:
            self._check_pdf()
        else:
            self._check_picture(found)
        return found

    def _check_pdf(self) -> None:
        if self._parts is None or b"%%EOF" not in self._tail[-1024:]:
            raise NotTaken(Why.UNREADABLE)
        found = self._parts.verdict()
        if found is not None:
            raise NotTaken(Why(found.value))

    def _check_picture(self, found: FileType) -> None:
        if found is FileType.PNG and not self._tail.endswith(_PNG_END):
            raise NotTaken(Why.UNREADABLE)
        try:
            with Image.open(io.BytesIO(self._head), formats=_FORMATS[found]) as picture:
                width, height = picture.size
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
            raise NotTaken(Why.UNREADABLE) from None
        if width * height > MOST_PIXELS:
            raise NotTaken(Why.PIXELS)


def _by_first_bytes(head: bytes) -> FileType:
    try:
        return FileType(puremagic.from_string(head, mime=True))
    except (puremagic.PureError, ValueError):
        raise NotTaken(Why.UNKNOWN) from None


def look(content: Iterable[bytes], *, declared: str = "") -> FileType:
    """What all of a content is. Raises `NotTaken`, also for another type than the one declared."""
    looking = Looking()
    for part in content:
        looking.see(part)
    found = looking.verdict()
    if declared and declared != found:
        raise NotTaken(Why.DIFFERS)
    return found
