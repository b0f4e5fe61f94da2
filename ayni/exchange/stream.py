"""Attachments as a sealed stream of chunks: the STREAM construction (Hoang, Reyhanitabar, Rogaway,
Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015). Pure.

Each chunk is sealed by itself with AES-256-GCM under a key that is made for this one attachment.
The nonce is the chunk's number (11 bytes, big-endian) and one byte that is 1 for the last chunk and
0 for every other; the associated data names the attachment. So a chunk opens only at its place of
its attachment, and the end is where it was written. The key, the length and the SHA-256 of the
whole travel in a sealed message (`Described`), never beside the chunks.

The content is filled with zero bytes to whole chunks, and the number of chunks rounded up by Padmé
(Nikitin and others, "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs",
PETS 2019): who carries them learns a size class, and at most 12 % more than the content is carried.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ayni.exchange import documents
from ayni.exchange.errors import Malformed, NotGenuine, TooLarge

CHUNK = 262_144  # bytes of content in a chunk
TAG = 16
SEALED_CHUNK = CHUNK + TAG
LARGEST = 100 * 1024 * 1024  # bytes of an attachment
_KEY = 32
_ID = re.compile(r"[0-9a-f]{32}")
_HASH = re.compile(r"[0-9a-f]{64}")


def chunks_of(size: int) -> int:
    """How many chunks carry so many bytes. Raises `TooLarge`, or `Malformed` for none."""
    if size < 1:
        raise Malformed("an attachment holds at least one byte")
    if size > LARGEST:
        raise TooLarge(f"{size} bytes, {LARGEST} at most")
    return _padme(-(-size // CHUNK))


def _padme(count: int) -> int:
    """Rounded up so that the number is as long as a floating-point number of the same size whose
    mantissa is no longer than its exponent."""
    if count < 2:
        return count
    exponent = count.bit_length() - 1
    free = exponent - exponent.bit_length()
    mask = (1 << max(free, 0)) - 1
    return (count + mask) & ~mask


MOST_CHUNKS = chunks_of(LARGEST)


@dataclass(frozen=True, slots=True)
class Described:
    """What the sealed message says of an attachment. `attachment` is a random id, made for this
    recipient; `size` is in bytes, `sha256` over the content without what fills it up."""

    attachment: str
    key: bytes
    size: int
    sha256: str

    @property
    def chunks(self) -> int:
        """How many chunks it has."""
        return chunks_of(self.size)

    def to_json(self) -> dict[str, Any]:
        """As it stands in the message."""
        return {
            "attachment": self.attachment,
            "key": documents.encode(self.key),
            "sha256": self.sha256,
            "size": self.size,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Described:
        """The inverse of `to_json`. Raises `Malformed`, `TooLarge`."""
        if not isinstance(told, dict) or set(told) != {"attachment", "key", "sha256", "size"}:
            raise Malformed("an attachment is not described by exactly its names")
        ident, digest, size = told["attachment"], told["sha256"], told["size"]
        if not isinstance(ident, str) or not _ID.fullmatch(ident):
            raise Malformed("attachment: id")
        if not isinstance(digest, str) or not _HASH.fullmatch(digest):
            raise Malformed("attachment: sha256")
        if type(size) is not int:
            raise Malformed("attachment: size")
        chunks_of(size)
        key = documents.decode(told["key"])
        if len(key) != _KEY:
            raise Malformed("attachment: key")
        return cls(ident, key, size, digest)


def new_id() -> str:
    """A random id of an attachment, made for one recipient and used nowhere else."""
    return secrets.token_hex(16)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _bound(attachment: str) -> bytes:
    return b"ayni-attachment-1\0" + attachment.encode("ascii")


class Sealing:
    """Seals content as it comes, never holding more than two chunks of it. `update` and `finish`
    give the sealed chunks in order; then `described` says what the message must carry."""

    def __init__(self, attachment: str, *, key: bytes | None = None) -> None:
        self._attachment = attachment
        self._key = os.urandom(_KEY) if key is None else key
        self._aead = AESGCM(self._key)
        self._held = bytearray()
        self._number = 0
        self._size = 0
        self._hash = hashlib.sha256()

    def update(self, content: bytes) -> Iterator[bytes]:
        """Take more content. Raises `TooLarge` as soon as there is too much."""
        self._size += len(content)
        if self._size > LARGEST:
            raise TooLarge(f"more than {LARGEST} bytes")
        self._hash.update(content)
        self._held += content
        # What might be the last chunk is held back until it is known whether it is.
        while len(self._held) > CHUNK:
            yield self._seal(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]

    def finish(self) -> Iterator[bytes]:
        """What is left, filled up. Raises `Malformed` for no content at all."""
        count = chunks_of(self._size)
        rest = bytes(self._held)
        self._held.clear()
        while self._number < count:
            filled = rest + bytes(CHUNK - len(rest))
            rest = b""
            yield self._seal(filled, last=self._number == count - 1)

    def _seal(self, content: bytes, *, last: bool) -> bytes:
        sealed = self._aead.encrypt(_nonce(self._number, last), content, _bound(self._attachment))
        self._number += 1
        return sealed

    def described(self) -> Described:
        """What the message says; after `finish`."""
        return Described(self._attachment, self._key, self._size, self._hash.hexdigest())


class Opening:
    """Opens chunks of one attachment at any place; `whole` opens all and checks the whole."""

    def __init__(self, described: Described) -> None:
        self._described = described
        self._aead = AESGCM(described.key)
        self._count = described.chunks

    def chunk(self, number: int, sealed: bytes) -> bytes:
        """The content at one place, without what fills it up. Raises `NotGenuine`, `Malformed`."""
        if not 0 <= number < self._count:
            raise NotGenuine(f"chunk {number} of {self._count}")
        if len(sealed) != SEALED_CHUNK:
            raise Malformed(f"chunk {number}: {len(sealed)} bytes")
        try:
            content = self._aead.decrypt(
                _nonce(number, number == self._count - 1),
                sealed,
                _bound(self._described.attachment),
            )
        except InvalidTag:
            raise NotGenuine(f"chunk {number} does not open") from None
        holds = min(max(self._described.size - number * CHUNK, 0), CHUNK)
        if content.count(0, holds) != CHUNK - holds:
            raise Malformed(f"chunk {number}: it is filled up with something")
        return content[:holds]

    def whole(self, sealed: Iterable[bytes]) -> Iterator[bytes]:
        """The content in order. What was given before an error is not the attachment: raises
        `NotGenuine` for a chunk changed, missing, too many or out of its place, and at the end if
        the whole is not the one that the message names."""
        digest, count = hashlib.sha256(), 0
        for number, each in enumerate(sealed):
            content = self.chunk(number, each)
            digest.update(content)
            count += 1
            if content:
                yield content
        if count != self._count:
            raise NotGenuine(f"{count} chunks of {self._count}")
        if digest.hexdigest() != self._described.sha256:
            raise NotGenuine("the whole is not the one that the message names")
