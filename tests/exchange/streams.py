"""Sealed streams in tests: made in memory, by the code and by a reference of a few lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ayni.exchange import stream

ATTACHMENT = "0123456789abcdef" * 2
KEY = hashlib.sha256(b"ayni test vector: attachment key").digest()


def sealed(
    content: bytes, cuts: Iterable[int], *, attachment: str = ATTACHMENT, key: bytes | None = KEY
) -> tuple[list[bytes], stream.Described]:
    """The chunks of `content`, given in pieces of these lengths and then the rest."""
    sealing = stream.Sealing(attachment, key=key)
    chunks, rest = [], content
    for cut in cuts:
        chunks += sealing.update(rest[:cut])
        rest = rest[cut:]
    chunks += sealing.update(rest)
    chunks += sealing.finish()
    return chunks, sealing.described()


def opened(described: stream.Described, chunks: Iterable[bytes]) -> bytes:
    """The whole content."""
    return b"".join(stream.Opening(described).whole(chunks))


def reference(content: bytes) -> list[bytes]:
    """The same chunks, all in memory, straight from the description of the format."""
    whole = -(-len(content) // stream.CHUNK)
    if whole > 1:
        bits = len(f"{whole:b}") - 1
        step = 2 ** max(bits - len(f"{bits:b}"), 0)
        whole = -(-whole // step) * step
    padded = content.ljust(whole * stream.CHUNK, b"\0")
    bound = b"ayni-attachment-1\0" + ATTACHMENT.encode()
    return [
        AESGCM(KEY).encrypt(
            number.to_bytes(11, "big") + (b"\1" if number == whole - 1 else b"\0"),
            padded[number * stream.CHUNK : (number + 1) * stream.CHUNK],
            bound,
        )
        for number in range(whole)
    ]
