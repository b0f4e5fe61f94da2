"""Makes the browser's pictures small: few colours (a page has few), packed well. RFC 2083."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


def _rows(data: bytes, width: int, size: int) -> Iterator[bytes]:
    """The rows of pixels of `size` bytes, without their filters."""
    stride = width * size
    before = bytes(stride)
    for start in range(0, len(data), stride + 1):
        how, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for i in range(stride) if how else ():
            left, corner = (row[i - size], before[i - size]) if i >= size else (0, 0)
            add = (0, left, before[i], (left + before[i]) // 2, 0)[how]
            row[i] = (row[i] + (add if how < 4 else _paeth(left, before[i], corner))) & 255
        before = bytes(row)
        yield before


def _palette(seen: Counter[bytes]) -> dict[bytes, bytes]:
    """Colour -> colour that stands for it: the nearest of those that are seen most."""
    kept = [colour for colour, _times in seen.most_common(MOST_COLOURS)]

    def nearest(colour: bytes) -> bytes:
        r, g, b = colour
        return min(kept, key=lambda o: (o[0] - r) ** 2 + (o[1] - g) ** 2 + (o[2] - b) ** 2)

    return {colour: colour for colour in kept} | {
        colour: nearest(colour) for colour in seen.keys() - set(kept)
    }


def shrink(png: bytes) -> bytes:
    """The same picture with at most 256 colours; for pictures of 8 bits, RGB or RGBA."""
    parts = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    assert (depth, kind) in {(8, 2), (8, 6)}, "not the kind of picture that a browser makes"
    size = 3 if kind == 2 else 4
    packed = b"".join(data for name, data in parts if name == b"IDAT")
    rows = [
        [row[at : at + 3] for at in range(0, len(row), size)]
        for row in _rows(zlib.decompress(packed), width, size)
    ]
    stands_for = _palette(Counter(colour for row in rows for colour in row))
    places = {colour: n for n, colour in enumerate(sorted(set(stands_for.values())))}
    index = {colour: places[other] for colour, other in stands_for.items()}
    body = b"".join(b"\0" + bytes(index[colour] for colour in row) for row in rows)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(places)),
            _chunk(b"IDAT", zlib.compress(body, 9)),
            _chunk(b"IEND", b""),
        ]
    )
