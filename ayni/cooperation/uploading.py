"""The one way in which a page takes a file (ADR 0038): cleaned and sealed as it comes, a few
hundred kilobytes at a time in memory, never on a disk in clear."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from ayni.cooperation.taking_in import CollectedFile, IncomingFile
from ayni.exchange import api as exchange

NAME = "file"
Taking = IncomingFile | CollectedFile


class SealedFile(UploadedFile):  # type: ignore[type-arg]
    """A file that is held already; there is nothing to read. `writer` goes to the verb that
    attaches it; None: it was too large, and nothing of it is here."""

    def __init__(self, writer: Any, size: int) -> None:
        super().__init__(file=io.BytesIO(), name=NAME, size=size)
        self.writer = writer


class SealedUpload(FileUploadHandler):
    """Takes one file, under the name `file`, and seals it as it comes, or collects one that is
    small and about nobody (`begin`)."""

    chunk_size = 65_536

    def __init__(self, request: Any = None, *, begin: Callable[[], Taking] = IncomingFile) -> None:
        super().__init__(request)
        self._begin = begin
        self._writer: Taking | None = None
        self._begun = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin; a second file, or one under another name, is refused with 400."""
        super().new_file(*args, **kwargs)
        if self._begun or self.field_name != NAME:
            raise BadRequest("one file at a time")
        self._begun = True
        self._writer = self._begin()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Seal it; nobody after this handler sees a byte."""
        if self._writer is None:
            return None  # too large: the rest is read and forgotten, and the form can say so
        try:
            self._writer.write(raw_data)
        except exchange.TooLarge:
            self._writer.abandon()
            self._writer = None
        return None

    def file_complete(self, file_size: int) -> SealedFile:
        """What the form finds under the name `file`."""
        return SealedFile(self._writer, file_size)

    def upload_interrupted(self) -> None:
        """The line was cut, or the form was none: nothing stays but what was attached already."""
        if self._writer is not None:
            self._writer.abandon()
