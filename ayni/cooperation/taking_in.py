"""A file on its way in: cleaned, sealed and kept part by part, a few hundred kilobytes in memory.

What is sealed, hashed and signed is the clean file, so both sides have the same bytes.
"""

from __future__ import annotations

from ayni.audit.api import Actor
from ayni.cooperation.camera import Trace
from ayni.cooperation.cleaning import Broken, Cleaning
from ayni.cooperation.contents import FileType, NotTaken, Why, look
from ayni.cooperation.errors import FileNotTaken
from ayni.exchange import api as exchange


class IncomingFile:
    """Takes a file in; `finish` says what it is now, `taken_out` what was taken out of it."""

    def __init__(self, into: type[exchange.AttachmentWriter] = exchange.AttachmentWriter) -> None:
        self._writer = into()
        self._cleaning = Cleaning()
        self._came = 0
        self._broken = False

    @property
    def id(self) -> str:
        """The id of its sealed stream."""
        return self._writer.id

    @property
    def taken_out(self) -> frozenset[Trace]:
        """What a camera or a program had written into it, and is gone."""
        return frozenset(self._cleaning.taken_out)

    def write(self, content: bytes) -> None:
        """Take more content. Raises `TooLarge`, also for what would be taken out."""
        self._came += len(content)
        if self._came > exchange.LARGEST_ATTACHMENT:
            raise exchange.TooLarge(f"more than {exchange.LARGEST_ATTACHMENT} bytes")
        if self._broken:
            return
        try:
            self._writer.write(self._cleaning.feed(content))
        except Broken:
            self._broken = True

    def finish(self, *, by: Actor) -> exchange.Described:
        """Seal what is left; from now on it is held. Raises `NotTaken` for a picture that cannot be
        read to its end, `Malformed` for an empty file; then it is not held."""
        try:
            rest = self._cleaning.finish()
        except Broken:
            self._broken = True
        if self._broken:
            raise NotTaken(Why.UNREADABLE)
        self._writer.write(rest)
        return self._writer.finish(by=by)

    def abandon(self) -> None:
        """Remove what was written."""
        self._writer.abandon()


class CollectedFile:
    """A small file that is about nobody, on its way in: cleaned as it comes, kept in memory, looked
    at when all of it is there. `most`: how many bytes it may have."""

    def __init__(self, most: int) -> None:
        self._most, self._came = most, 0
        self._cleaning, self._clean = Cleaning(), bytearray()
        self._broken = False

    def write(self, content: bytes) -> None:
        """Take more content. Raises `TooLarge`."""
        self._came += len(content)
        if self._came > self._most:
            raise exchange.TooLarge(f"more than {self._most} bytes")
        if self._broken:
            return
        try:
            self._clean += self._cleaning.feed(content)
        except Broken:
            self._broken = True

    def finish(self) -> tuple[bytes, FileType]:
        """All of it, and what it is. Raises `FileNotTaken`."""
        try:
            self._clean += self._cleaning.finish()
        except Broken:
            self._broken = True
        if self._broken:
            raise FileNotTaken(why=Why.UNREADABLE.value)
        content = bytes(self._clean)
        return content, file_type(content)

    def abandon(self) -> None:
        """Forget what came."""
        self._clean.clear()


def file_type(content: bytes, *, declared: str = "") -> FileType:
    """What a small file is, by its content. Raises `FileNotTaken`, also for another type than the
    one declared."""
    try:
        return look([content], declared=declared)
    except NotTaken as refusal:
        raise FileNotTaken(why=refusal.why.value) from None
