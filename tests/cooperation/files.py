"""Invented files: a PDF, pictures, and what must not be taken."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image


def a_picture(form: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A grey picture."""
    into = io.BytesIO()
    Image.new("L", size, 128).save(into, form)
    return into.getvalue()


def a_pdf(more: bytes = b"") -> bytes:
    """A PDF of one empty page; `more` stands in it as a comment."""
    return (
        b"%PDF-1.7\n%" + more + b"\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def a_png_that_says(width: int, height: int, *, before: bytes = b"") -> bytes:
    """A small PNG that declares this size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = _chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + before + body + _chunk(b"IEND", b"")


def a_text_bomb() -> bytes:
    """A PNG whose text unpacks to 50 MB."""
    packed = zlib.compress(bytes(50_000_000))
    return a_png_that_says(8, 8, before=_chunk(b"zTXt", b"Comment\0\0" + packed))


def an_archive() -> bytes:
    """A ZIP archive with a file in it."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr(zipfile.ZipInfo("invoice.exe"), b"MZ")
    return into.getvalue()
