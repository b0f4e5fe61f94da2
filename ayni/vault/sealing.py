"""Sealing of single values under a subject's key: AES-256-GCM, bound to the place where they stand.

Pure: a key comes in as bytes. Format: one version byte, 12 bytes nonce, ciphertext with tag. The
associated data names table, column, row and subject, so that a sealed value moved to another place
by someone with access to the database is refused.
"""

from __future__ import annotations

import json
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ayni.vault.errors import Tampered

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_VERSION = b"\x01"
_NONCE = 12
_BLOCK = 32  # lengths are rounded up, so that the size of a column does not tell a short name


class Sealer:
    """Seals and opens values of one subject."""

    __slots__ = ("_aead", "subject")

    def __init__(self, subject: UUID, key: bytes) -> None:
        self.subject = subject
        self._aead = AESGCM(key)

    def _bound(self, place: str) -> bytes:
        return f"ayni-field-1|{place}|{self.subject}".encode()

    def seal(self, place: str, value: Json) -> bytes:
        """`value` as a sealed JSON text that can be opened only at `place`."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % _BLOCK)
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._aead.encrypt(nonce, text, self._bound(place))

    def open(self, place: str, blob: bytes) -> Json:
        """The value sealed at `place`. Raises `Tampered` if it was changed or stood elsewhere."""
        if blob[:1] != _VERSION or len(blob) < 1 + _NONCE + 16:
            raise Tampered(f"sealed value of an unknown form at {place}")
        nonce, ciphertext = blob[1 : 1 + _NONCE], blob[1 + _NONCE :]
        try:
            text = self._aead.decrypt(nonce, ciphertext, self._bound(place))
        except InvalidTag:
            raise Tampered(f"sealed value does not belong at {place}") from None
        value: Json = json.loads(text)
        return value
