"""What is sent as a file is refused before a byte of it is kept anywhere, except by the pages
that name a handler of their own (`cooperation.uploading`, ADR 0038 and 0070)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import FileUploadHandler


class NoFiles(FileUploadHandler):
    """The upload handler of every other page (ADR 0027)."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Raise `BadRequest`: the answer is 400 with a page that says that nothing was changed."""
        raise BadRequest("no page takes a file")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Never reached: `new_file` has refused."""
        raise BadRequest("no page takes a file")

    def file_complete(self, file_size: int) -> None:
        """Nothing was taken, so nothing is handed on."""
        return None
