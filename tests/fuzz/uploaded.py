"""The form by which an officer's browser sends a file, as bytes: what reads it, cleans the file and
seals it, with all of Django that this needs. The chunks go to memory instead of a database."""

from __future__ import annotations

import io
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from ayni.cooperation import cleaning
from ayni.cooperation.contents import NotTaken
from ayni.cooperation.taking_in import IncomingFile
from ayni.cooperation.uploading import NAME, SealedFile, SealedUpload
from ayni.exchange import stream
from ayni.exchange.errors import Malformed


class InMemory:
    """`exchange.AttachmentWriter` without a database. `open`: writers that hold half a file."""

    open = 0

    def __init__(self) -> None:
        self.id = "0" * 32
        self._sealing = stream.Sealing(self.id)
        self.chunks: list[bytes] = []
        InMemory.open += 1

    def write(self, content: bytes) -> None:
        """Keep what it gives."""
        self.chunks += self._sealing.update(content)

    def finish(self, *, by: Any) -> stream.Described:
        """Seal what is left."""
        self.chunks += self._sealing.finish()
        InMemory.open -= 1
        return self._sealing.described()

    def abandon(self) -> None:
        """Forget it."""
        self.chunks.clear()
        InMemory.open -= 1


def _began() -> IncomingFile:
    return IncomingFile(into=InMemory)  # type: ignore[arg-type]


def read(data: bytes) -> None:
    """A line with the type that the browser names, then the form. What comes out of its file is
    clean and is the file's, and nothing half stays, whatever the form is. Raises `Malformed` for
    what a page answers with 400."""
    kind, _, body = data.partition(b"\n")
    meta = {"CONTENT_TYPE": kind.decode("latin-1"), "CONTENT_LENGTH": str(len(body))}
    InMemory.open = 0
    handler = SealedUpload(begin=_began)
    try:
        parser = MultiPartParser(meta, io.BytesIO(body), [handler], "utf-8")
    except (MultiPartParserError, ValueError):
        # A type that Django cannot read (ValueError) fails when it makes the request of it, before
        # any page is asked.
        raise Malformed("type") from None
    try:
        _form, files = parser.parse()
        _same(files.getlist(NAME), body)
    except (MultiPartParserError, BadRequest, SuspiciousOperation):
        raise Malformed("form") from None
    finally:
        handler.upload_interrupted()
        assert InMemory.open <= 0, "half a file stays"


def _same(found: list[Any], body: bytes) -> None:
    for file in found:
        assert isinstance(file, SealedFile)
        assert file.writer is not None
        try:
            described = file.writer.finish(by=None)  # type: ignore[arg-type]
        except NotTaken:
            raise Malformed("picture") from None
        writer: Any = file.writer._writer
        content = b"".join(stream.Opening(described).whole(writer.chunks))
        assert content
        assert cleaning.clean(content) == (content, frozenset())
        if not file.writer.taken_out and b"base64" not in body.lower():
            assert content in body
