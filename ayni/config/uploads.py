"""No page takes a file: what is sent as one is refused before a byte of it is kept anywhere."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import FileUploadHandler


class NoFiles(FileUploadHandler):
    """The only upload handler of a node. A page that shall take files one day names its own, with
    the kinds, the largest size and what is looked at in them (ADR 0027)."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Raise `BadRequest`: the answer is 400 with a page that says that nothing was changed."""
        raise BadRequest("no page takes a file")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Never reached: `new_file` has refused."""
        raise BadRequest("no page takes a file")

    def file_complete(self, file_size: int) -> None:
        """Nothing was taken, so nothing is handed on."""
        return None
