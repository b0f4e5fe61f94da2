"""A file on its way in: cleaned, sealed and kept part by part, a few hundred kilobytes in memory.

What is sealed, hashed and signed is the clean file, so both sides have the same bytes.
"""

from __future__ import annotations

from ayni.audit.api import Actor
from ayni.cooperation.camera import Trace
from ayni.cooperation.cleaning import Broken, Cleaning
from ayni.cooperation.contents import NotTaken, Why
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
