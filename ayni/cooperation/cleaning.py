"""Takes out of a picture, as it comes in, what does not show it: where and when it was taken, with
what, a small preview, comments, what stands behind it. Pure; one pass, 64 KB of memory.

What shows the picture stays bit by bit: nothing is decoded and nothing is compressed again. Of
everything else only two things stay: how the picture is turned, and the colour profile (bruises on
a picture of a physician must not change their colour). Deny by default: a part that is not known to
show the picture goes. What is neither JPEG nor PNG passes as it is; so does what is hidden in the
picture itself.

JPEG: ITU-T T.81 (markers), JFIF 1.02. PNG: W3C, third edition (2025), 5 and 11.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Generator

from ayni.cooperation import camera
from ayni.cooperation.camera import Trace

JPEG_BEGINS, PNG_BEGINS = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_LARGEST_EXIF = 65_536
_MOST_PARTS = 200_000  # segments or chunks; more are made to cost time
# Frames, tables, restart interval, number of lines, hierarchical and expanded pictures.
_SHOWS = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xE0)} - {0xC8})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN, _END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_EXIF, _ICC, _JFIF, _ADOBE = b"Exif\0\0", b"ICC_PROFILE\0", b"JFIF\0", b"Adobe"
_XMP = (b"http://ns.adobe.com/xap/1.0/", b"http://ns.adobe.com/xmp/extension/")
_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"}
    | {b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI"}
)
_TOLD = {
    b"tEXt": Trace.TEXT, b"zTXt": Trace.TEXT, b"iTXt": Trace.TEXT, b"tIME": Trace.TIME,
    b"eXIf": Trace.CAMERA,
}  # fmt: skip
_NAME = re.compile(rb"[A-Za-z]{4}")
_Steps = Generator[None, None, None]


class Broken(ValueError):
    """A picture that is not made as its kind is: what of it shows it cannot be told."""


class Cleaning:
    """Cleans one file: `feed` each part in order, then `finish`. `taken_out` says what went."""

    def __init__(self) -> None:
        self.taken_out: set[Trace] = set()
        self._in, self._out = bytearray(), bytearray()
        self._over = False
        self._parts = 0
        self._steps = self._run()

    def feed(self, content: bytes) -> bytes:
        """What stays of the next part, as far as that can be told yet. Raises `Broken`."""
        self._in += content
        next(self._steps, None)
        return self._given()

    def finish(self) -> bytes:
        """What stays of the rest. Raises `Broken` for a picture that ends before it begins."""
        self._over = True
        for _step in self._steps:
            pass
        return self._given()

    def _given(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    def _there(self, count: int) -> Generator[None, None, bool]:
        """Wait for so many bytes; False if the file ends before."""
        while len(self._in) < count:
            if self._over:
                return False
            yield
        return True

    def _take(self, count: int) -> Generator[None, None, bytes]:
        if not (yield from self._there(count)):
            raise Broken("cut off")
        taken = bytes(self._in[:count])
        del self._in[:count]
        return taken

    def _pass(self, count: int, *, keep: bool) -> _Steps:
        """Keep, or take out, so many bytes, never holding them together."""
        while count:
            if not (yield from self._there(1)):
                raise Broken("cut off")
            part = self._in[:count]
            if keep:
                self._out += part
            count -= len(part)
            del self._in[: len(part)]

    def _next_part(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Broken("too many parts")

    def _run(self) -> _Steps:
        yield from self._there(len(PNG_BEGINS))
        if self._in.startswith(JPEG_BEGINS):
            yield from self._jpeg()
            yield from self._behind()
        elif self._in.startswith(PNG_BEGINS):
            yield from self._png()
            yield from self._behind()
        else:
            while (yield from self._there(1)):
                self._out += self._in
                self._in.clear()

    def _behind(self) -> _Steps:
        while (yield from self._there(1)):
            if self._in.strip(b"\0\r\n "):
                self.taken_out.add(Trace.BEHIND)
            self._in.clear()

    def _jpeg(self) -> _Steps:
        self._out += yield from self._take(2)
        while True:
            if (yield from self._take(1)) != b"\xff":
                raise Broken("no marker")
            self._next_part()
            code = 0xFF
            while code == 0xFF:
                code = (yield from self._take(1))[0]
            if code == _END:
                self._out += bytes([0xFF, code])
                return
            if code in _ALONE:
                self._out += bytes([0xFF, code])
                continue
            length = int.from_bytes((yield from self._take(2)), "big")
            if length < 2:
                raise Broken("length of a segment")
            body = yield from self._take(length - 2)
            stays = body if code in _SHOWS else self._told_by(code, body)
            if stays is not None:
                self._out += bytes([0xFF, code]) + (len(stays) + 2).to_bytes(2, "big") + stays
            if code == _SCAN and not (yield from self._scan()):
                return

    def _scan(self) -> Generator[None, None, bool]:
        """Coded picture up to the next marker; False if the file ends in it."""
        while True:
            found = _MARKER.search(self._in)
            until = found.start() if found else len(self._in) - self._in.endswith(b"\xff")
            self._out += self._in[:until]
            del self._in[:until]
            if found:
                return True
            if self._over:
                return False
            yield

    def _told_by(self, code: int, body: bytes) -> bytes | None:
        """What stays of a segment that shows nothing; None for nothing. What goes is noted."""
        if code == 0xE0 and body.startswith(_JFIF) and len(body) >= 14:
            self._note(Trace.PREVIEW, body[12:] != b"\0\0")
            return body[:12] + b"\0\0"
        if code == 0xEE and body.startswith(_ADOBE) and len(body) >= 12:
            self._note(Trace.MORE, len(body) > 12)
            return body[:12]
        if code == 0xE2 and body.startswith(_ICC):
            return body
        if code == 0xE1 and body.startswith(_EXIF):
            stays = self._turned(body[len(_EXIF) :])
            return _EXIF + stays if stays else None
        self._note(_told_by_segment(code, body), True)
        self._note(Trace.PLACE, body.startswith(_XMP) and b"GPS" in body)
        return None

    def _turned(self, tiff: bytes) -> bytes:
        turned, traces = camera.read(tiff)
        stays = camera.only_turned(turned)
        if stays != tiff:
            self.taken_out |= traces
        return stays

    def _note(self, trace: Trace, found: bool) -> None:
        if found:
            self.taken_out.add(trace)

    def _png(self) -> _Steps:
        yield from self._pass(len(PNG_BEGINS), keep=True)
        name = b""
        while name != b"IEND":
            self._next_part()
            head = yield from self._take(8)
            length, name = int.from_bytes(head[:4], "big"), head[4:]
            if not _NAME.fullmatch(name):
                raise Broken("name of a chunk")
            if name == b"eXIf" and length <= _LARGEST_EXIF:
                tiff = yield from self._take(length)
                yield from self._pass(4, keep=False)
                self._keep_turned(tiff)
                continue
            keep = name in _CHUNKS
            if keep:
                self._out += head
            else:
                self.taken_out.add(_TOLD.get(name, Trace.MORE))
            yield from self._pass(length + 4, keep=keep)

    def _keep_turned(self, tiff: bytes) -> None:
        stays = self._turned(tiff)
        if stays:
            self._out += struct.pack(">I", len(stays)) + b"eXIf" + stays
            self._out += struct.pack(">I", zlib.crc32(b"eXIf" + stays))


def _told_by_segment(code: int, body: bytes) -> Trace:
    if code == 0xFE or code == 0xED or body.startswith(_XMP):
        return Trace.TEXT
    small = (code == 0xE2 and body.startswith(b"MPF\0")) or body.startswith(b"JFXX\0")
    return Trace.PREVIEW if small else Trace.MORE


def clean(content: bytes) -> tuple[bytes, frozenset[Trace]]:
    """What stays of a whole file, and what went. Raises `Broken`."""
    cleaning = Cleaning()
    stays = cleaning.feed(content) + cleaning.finish()
    return stays, frozenset(cleaning.taken_out)
