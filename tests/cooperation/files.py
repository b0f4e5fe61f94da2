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


def written_by_a_camera(turned: int = 6) -> bytes:
    """Exif as a telephone writes it: place, times, maker's notes, owner, a preview."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = turned, "ACME-MAKER", "ACME-MODEL-9"
    exif[0x0132], exif[0x013B] = "2026:11:24 15:30:00", "OWNER-OF-THE-TELEPHONE"
    exif.get_ifd(0x8769).update({0x9003: "2026:11:24 15:29:59", 0x927C: b"NOTES-OF-THE-MAKER"})
    exif.get_ifd(0x8825).update({1: "S", 2: (13.0, 25.0, 40.0), 29: "2026:11:24"})
    exif.get_ifd(1).update({0x0103: 6, 0x0201: 0, 0x0202: 0})
    return exif.tobytes()


def _segment(code: int, body: bytes) -> bytes:
    return bytes([0xFF, code]) + (len(body) + 2).to_bytes(2, "big") + body


XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>exif:GPSLatitude SECRET-XMP</x:xmpmeta>"


def a_photo(*, turned: int = 6, behind: bytes = b"SECRET-FILM", **how: object) -> bytes:
    """A JPEG as a telephone saves it, with all that it writes into one."""
    into = io.BytesIO()
    picture = Image.effect_noise((64, 48), 60).convert("RGB")
    picture.save(into, "JPEG", exif=written_by_a_camera(turned), comment=b"SECRET-NOTE", **how)
    found = into.getvalue()
    more = _segment(0xE1, XMP) + _segment(0xED, b"Photoshop 3.0\0SECRET-IPTC")
    more += _segment(0xE2, b"MPF\0SECRET-MORE-PICTURES") + _segment(0xEB, b"SECRET-ORIGIN")
    return found[:2] + more + found[2:] + behind


def a_screenshot(*, turned: int = 6) -> bytes:
    """A PNG with texts, a time, Exif and a chunk of nobody's kind."""
    exif = written_by_a_camera(turned).removeprefix(b"Exif\0\0")
    texts = _chunk(b"tEXt", b"Comment\0SECRET-NOTE") + _chunk(b"eXIf", exif)
    texts += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0SECRET-XMP") + _chunk(b"tIME", bytes(7))
    texts += _chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"SECRET"))
    texts += _chunk(b"prVt", b"SECRET-PRIVATE")
    picture = a_picture("PNG")
    at = 8 + 25
    return picture[:at] + texts + picture[at:]


def packed_in_a_pdf(
    content: bytes, *, names: bytes = b"/Type/ObjStm/N 1/First 4", more: bytes = b""
) -> bytes:
    """A PDF with a compressed stream that holds `content`."""
    packed = zlib.compress(content)
    head = b"4 0 obj<<" + names + b"/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    body = a_pdf()
    at = body.index(b"trailer")
    return body[:at] + head + packed + b"\nendstream endobj\n" + more + body[at:]
