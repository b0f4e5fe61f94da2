"""What stands in a PDF, also in its compressed parts, looked at as it passes. Pure; bounded memory
(a few hundred kilobytes) and bounded work (512 MB unpacked, whatever it claims).

A PDF acts by dictionaries: a program, a launch, a file in it. They stand in the clear, or in an
*object stream* (ISO 32000-2, 7.5.7), which is compressed. So every stream that begins as zlib does
is unpacked; what begins as an object stream does, with two numbers, is read like the rest. A name
may be spelt with escapes (`/Java#53cript`, 7.3.5). What cannot be looked at is not taken: a locked
PDF, an object stream packed in another way, one that unpacks to more than anybody needs.

No structure is parsed, no offset followed: all bytes are looked at, whatever a reader makes of
them.
"""

from __future__ import annotations

import re
import zlib
from enum import StrEnum

MOST_UNPACKED = 512 * 1024 * 1024  # all streams of a file together
_MOST_STREAMS = 50_000  # of a file: more are made to cost time
_AT_ONCE = 64  # streams that have begun and not ended: one may be hidden in another
_BLOCK, _HEAD, _FIRST, _PIECE, _OUT = 16_384, 16, 512, 4096, 65_536
_ACTIVE_NAMES = (
    "JavaScript", "Launch", "EmbeddedFile", "RichMedia", "Rendition", "ImportData", "SubmitForm",
)  # fmt: skip
_BEFORE = 2048  # bytes before a stream in which its dictionary is looked for


def _letter(each: str) -> str:
    code = "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in f"{ord(each):02x}")
    return f"(?:{each}|#{code})"


def _any_of(*names: str) -> re.Pattern[bytes]:
    """Any of these names, each letter as itself or escaped."""
    spelt = ("".join(map(_letter, name)) for name in names)
    return re.compile(f"/(?:{'|'.join(spelt)})".encode())


_ACTIVE, _LOCKED = _any_of(*_ACTIVE_NAMES), _any_of("Encrypt")
_LONGEST = 3 * max(map(len, _ACTIVE_NAMES)) + 1
_STREAM = re.compile(rb"(?<!end)stream[ \t\r\n]")
_PAIRS = re.compile(rb"(?:\s|%[^\r\n]*[\r\n])*\d+\s+\d+\s")
_NAME = re.compile(rb"/([^\s/\[\]<>(){}%]*)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED_BY = frozenset({b"FlateDecode", b"Fl"})
_ODD = frozenset(
    {b"DecodeParms", b"DP", b"F", b"FFilter", b"Crypt", b"LZWDecode", b"LZW", b"ASCIIHexDecode"}
    | {b"AHx", b"ASCII85Decode", b"A85", b"RunLengthDecode", b"RL"}
)


class Found(StrEnum):
    """Why a PDF is not taken."""

    ACTIVE = "active"
    LOCKED = "locked"
    PACKED = "packed"


class PdfParts:
    """Looks at a PDF as it passes: `see` each part in order, then `verdict`."""

    def __init__(self) -> None:
        self._before = b""
        self._waiting = bytearray()
        self._open: list[_Unpacking] = []
        self.found: set[Found] = set()
        self._worked = self._begun = 0

    def see(self, content: bytes) -> None:
        """Take note of the next part."""
        self._waiting += content
        # In blocks of its own: what is found does not depend on how the content came.
        for at in range(0, len(self._waiting) - _BLOCK + 1, _BLOCK):
            self._block(bytes(self._waiting[at : at + _BLOCK]))
        del self._waiting[: len(self._waiting) // _BLOCK * _BLOCK]

    def verdict(self) -> Found | None:
        """What is wrong with it; None for nothing that can be seen."""
        self._block(bytes(self._waiting))
        self._waiting.clear()
        for each in self._open:
            each.finish()
        return next((each for each in Found if each in self.found), None)

    def _block(self, content: bytes) -> None:
        if self.found:
            return
        for each in self._open:
            each.feed(content)
        whole = self._before + content
        self._search(whole[max(0, len(self._before) - _LONGEST) :])
        for match in _STREAM.finditer(whole, max(0, len(self._before) - 16)):
            if match.end() > len(self._before):
                self._begin(whole[: match.start()][-_BEFORE:], whole[match.end() :])
                if self._begun > _MOST_STREAMS:
                    self.found.add(Found.PACKED)
                    return
        self._open = [each for each in self._open if not each.over]
        if len(self._open) > _AT_ONCE:
            self.found.add(Found.PACKED)
        self._before = whole[-_BEFORE:]

    def _begin(self, before: bytes, content: bytes) -> None:
        self._begun += 1
        unpacking = _Unpacking(self, _names(before[before.rfind(b"obj") + 3 :]))
        unpacking.feed(content)
        self._open.append(unpacking)

    def _search(self, content: bytes) -> None:
        if _ACTIVE.search(content):
            self.found.add(Found.ACTIVE)
        if _LOCKED.search(content):
            self.found.add(Found.LOCKED)

    def worked(self, size: int) -> None:
        """So many bytes were unpacked, or looked through for what is packed."""
        self._worked += size
        if self._worked > MOST_UNPACKED:
            self.found.add(Found.PACKED)

    def read(self, out: bytes) -> None:
        """Take note of what stands in an object stream."""
        self._search(out)


def _names(text: bytes) -> list[bytes]:
    """The names in a dictionary, without their escapes."""
    return [
        _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), name) for name in _NAME.findall(text)
    ]


class _Unpacking:
    """One stream, from its first byte on. Worked at in pieces that do not depend on how it came."""

    def __init__(self, parts: PdfParts, names: list[bytes]) -> None:
        self.over = False
        self._parts = parts
        self._objects = b"ObjStm" in names or b"First" in names
        self._plain = b"Filter" not in names
        filters = sum(name in _PACKED_BY for name in names)
        if self._objects and (filters > 1 or not _ODD.isdisjoint(names)):
            self._refuse()
        self._waiting = bytearray()
        self._inflating: zlib._Decompress | None = None
        self._reads: bool | None = None  # whether it reads as an object stream; None: not known yet
        self._tail = b""

    def _refuse(self) -> None:
        self._parts.found.add(Found.PACKED)
        self.over = True

    def feed(self, content: bytes) -> None:
        """Take more of it, and of what follows it."""
        if self.over:
            return
        self._waiting += content
        if self._inflating is None:
            if len(self._waiting) < _HEAD or (self._compressed() and len(self._waiting) < _FIRST):
                return
            self._start()
        while not self.over and len(self._waiting) >= _PIECE:
            self._step(_PIECE)

    def finish(self) -> None:
        """The file is over."""
        if not self.over and self._inflating is None:
            self._start()
        while not self.over and self._waiting:
            self._step(_PIECE)

    def _compressed(self) -> bool:
        """Whether it begins as zlib does (RFC 1950, 2.2)."""
        first = self._waiting[:_HEAD].lstrip(b" \t\r\n")[:2]
        return len(first) == 2 and first[0] & 15 == 8 and not int.from_bytes(first, "big") % 31

    def _start(self) -> None:
        if not self._compressed():
            if self._objects and not self._plain:
                self._refuse()
            self.over = True
            return
        first = bytes(self._waiting[:_FIRST]).lstrip(b" \t\r\n")
        del self._waiting[:_FIRST]
        self._inflating = zlib.decompressobj()
        try:
            self._inflate(first)
        except zlib.error:
            self._inflating = zlib.decompressobj()
            self._damaged(first)

    def _damaged(self, first: bytes) -> None:
        """Readers show what a damaged stream holds before the damage: byte by byte up to there."""
        assert self._inflating is not None
        out = bytearray()
        try:
            for at in range(len(first)):
                out += self._inflating.decompress(first[at : at + 1], _OUT)
        except zlib.error:
            if _PAIRS.match(out):
                self._refuse()
        self.over = True

    def _step(self, size: int) -> None:
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        try:
            self._inflate(piece)
        except zlib.error:
            if self._reads:
                self._refuse()
            self.over = True

    def _inflate(self, piece: bytes) -> None:
        assert self._inflating is not None
        self._parts.worked(len(piece))
        while piece and not self._inflating.eof and not self._parts.found:
            out = self._inflating.decompress(piece, _OUT)
            piece = self._inflating.unconsumed_tail
            self._parts.worked(len(out))
            if self._reads is None and out:
                self._reads = self._objects or _PAIRS.match(out) is not None
            if self._reads:
                self._parts.read(self._tail + out)
                self._tail = (self._tail + out)[-_LONGEST:]
        self.over = self._inflating.eof or bool(self._parts.found)
