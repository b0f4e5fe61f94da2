"""What an Exif block of a picture tells, and the one thing of it that is needed to show it.
Pure; nothing is trusted: an offset may lead anywhere, and then no further.

The format is TIFF 6.0 as CIPA DC-008 (Exif 2.32) uses it: a byte order, directories of entries of
12 bytes, some of which lead to further directories.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import StrEnum

_MOST_ENTRIES = 512  # of one directory; a telephone writes about 60
_ORIENTATION, _EXIF, _GPS = 0x0112, 0x8769, 0x8825
_UPRIGHT = 1
# Resolution, its unit, and where colours are sampled: they say nothing of anybody.
_DULL = frozenset({0x011A, 0x011B, 0x0128, 0x0213, _ORIENTATION, _EXIF, _GPS})
_TIMES = frozenset({0x0132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292})
# Artist, description, copyright, comments, owner, the notes of Windows, XMP and IPTC.
_TEXTS = frozenset({0x013B, 0x010E, 0x8298, 0x9286, 0xA430, 0x02BC, 0x83BB, *range(0x9C9B, 0x9CA0)})


class Trace(StrEnum):
    """What was found in a picture that shows nothing of it."""

    PLACE = "place"
    TIME = "time"
    CAMERA = "camera"
    TEXT = "text"
    PREVIEW = "preview"
    BEHIND = "behind"
    MORE = "more"


class _Block:
    def __init__(self, tiff: bytes) -> None:
        self._tiff = tiff
        self._order = "<" if tiff[:2] == b"II" else ">"

    def number(self, at: int, form: str = "H") -> int:
        """Raises `struct.error` where the block does not reach."""
        return int(struct.unpack_from(self._order + form, self._tiff, at)[0])

    def entries(self, at: int) -> Iterator[tuple[int, int]]:
        """(tag, where its value stands) of the directory at this place."""
        for each in range(min(self.number(at), _MOST_ENTRIES)):
            place = at + 2 + 12 * each
            yield self.number(place), place + 8

    def after(self, at: int) -> int:
        """Where the directory after this one begins; 0 for none."""
        return self.number(at + 2 + 12 * self.number(at), "I")


def read(tiff: bytes) -> tuple[int, frozenset[Trace]]:
    """How the picture is turned (1 to 8), and what an Exif block tells besides. A block that cannot
    be read to its end tells what was read of it, and of the camera."""
    traces: set[Trace] = set()
    turned = _UPRIGHT
    block = _Block(tiff)
    try:
        first = block.number(4, "I")
        for tag, at in block.entries(first):
            if tag == _ORIENTATION:
                turned = block.number(at)
            elif tag == _GPS:
                traces.add(Trace.PLACE)
            elif tag == _EXIF:
                traces.update(_told(inner) for inner, _at in block.entries(block.number(at, "I")))
            if tag not in _DULL:
                traces.add(_told(tag))
        if block.after(first):
            traces.add(Trace.PREVIEW)
    except struct.error:
        traces.add(Trace.CAMERA)
    return (turned if 1 <= turned <= 8 else _UPRIGHT), frozenset(traces)


def _told(tag: int) -> Trace:
    if tag in _TIMES:
        return Trace.TIME
    return Trace.TEXT if tag in _TEXTS else Trace.CAMERA


def only_turned(turned: int) -> bytes:
    """An Exif block that says how the picture is turned, nothing else; empty if it is upright."""
    if turned == _UPRIGHT:
        return b""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    return b"MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 1) + entry + bytes(4)
