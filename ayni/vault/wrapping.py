"""The master key, wrapped by what does not lie on the disk beside it. Pure but for random bytes.

A wrapped key is a JSON object: `format`, `kind`, what the kind needs to find its key again,
`nonce`, and `wrapped`, the master key under AES-256-GCM, bound to everything else in the object.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ayni.vault.errors import CustodyUnclear, CustodyWeak, CustodyWrong

FORMAT = 1
LEAST_PASSPHRASE = 16  # characters
LEAST_KEY_FILE = 32  # bytes
# RFC 9106, section 4, the second recommended choice; each file says what it was made with.
_ARGON2 = {"iterations": 3, "lanes": 4, "memory_kib": 65_536}
_MOST_MEMORY = 4 * 1024 * 1024  # KiB: a file that was tampered with must not fill the machine
_MOST_ITERATIONS = 1000
_NONCE, _SALT, _MASTER = 12, 16, 32

Document = Mapping[str, Any]
Crypt = Callable[[bytes, bytes, bytes], bytes]  # (nonce, content, associated data) -> content


class Kind(StrEnum):
    """By what a master key is wrapped."""

    PASSPHRASE = "passphrase"  # noqa: S105 - a kind of custody
    KEY_FILE = "key-file"
    TOKEN = "token"  # noqa: S105 - a kind of custody


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bound(document: Document) -> bytes:
    rest = {name: value for name, value in document.items() if name != "wrapped"}
    return b"ayni-master-1|" + json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()


def passphrase_bytes(given: bytes) -> bytes:
    """A passphrase as it counts: without the end of the line, NFKC. Raises `CustodyWrong`."""
    try:
        text = given.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise CustodyWrong("the passphrase is no UTF-8 text") from None
    return unicodedata.normalize("NFKC", text).encode()


def _by_passphrase(document: Document, passphrase: bytes) -> AESGCM:
    told = document["argon2id"]
    memory, rounds, lanes = (int(told[n]) for n in ("memory_kib", "iterations", "lanes"))
    if not (8 * lanes <= memory <= _MOST_MEMORY and 1 <= rounds <= _MOST_ITERATIONS and lanes >= 1):
        raise CustodyUnclear("the wrapped master key asks for too much work")
    made = Argon2id(
        salt=base64.b64decode(document["salt"]), length=_MASTER,
        iterations=rounds, lanes=lanes, memory_cost=memory,
    )  # fmt: skip
    return AESGCM(made.derive(passphrase_bytes(passphrase)))


def _by_key_file(document: Document, content: bytes) -> AESGCM:
    hkdf = HKDF(SHA256(), _MASTER, base64.b64decode(document["salt"]), b"ayni-master-key-file-1")
    return AESGCM(hkdf.derive(content))


def _wrapped(document: dict[str, Any], master: bytes, encrypt: Crypt) -> dict[str, Any]:
    nonce = os.urandom(_NONCE)
    document |= {"format": FORMAT, "nonce": _text(nonce)}
    return document | {"wrapped": _text(encrypt(nonce, master, _bound(document)))}


def by_passphrase(master: bytes, passphrase: bytes) -> dict[str, Any]:
    """Wrap under a passphrase (Argon2id). Raises `CustodyWeak` below 16 characters."""
    if len(passphrase_bytes(passphrase).decode()) < LEAST_PASSPHRASE:
        raise CustodyWeak(f"fewer than {LEAST_PASSPHRASE} characters")
    document = {
        "kind": Kind.PASSPHRASE.value,
        "argon2id": dict(_ARGON2),
        "salt": _text(os.urandom(_SALT)),
    }
    return _wrapped(document, master, _by_passphrase(document, passphrase).encrypt)


def by_key_file(master: bytes, content: bytes) -> dict[str, Any]:
    """Wrap under the bytes of a key file (HKDF-SHA-256). Raises `CustodyWeak` below 32 bytes."""
    if len(content) < LEAST_KEY_FILE or len(set(content)) < LEAST_KEY_FILE // 4:
        raise CustodyWeak(f"fewer than {LEAST_KEY_FILE} random bytes")
    document = {"kind": Kind.KEY_FILE.value, "salt": _text(os.urandom(_SALT))}
    return _wrapped(document, master, _by_key_file(document, content).encrypt)


def by_token(master: bytes, *, token: str, key: str, encrypt: Crypt) -> dict[str, Any]:
    """Wrap under the AES key `key` in the token `token`, which it does not leave."""
    document = {"kind": Kind.TOKEN.value, "token": token, "key": key}
    return _wrapped(document, master, encrypt)


def read(raw: bytes) -> dict[str, Any]:
    """The wrapped key in a file. Raises `CustodyUnclear` for one of another form."""
    names = {
        Kind.PASSPHRASE: {"argon2id", "salt"},
        Kind.KEY_FILE: {"salt"},
        Kind.TOKEN: {"token", "key"},
    }
    try:
        document = json.loads(raw)
        kind = Kind(document["kind"])
        wanted = {"format", "kind", "nonce", "wrapped"} | names[kind]
        if document["format"] != FORMAT or set(document) != wanted:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise CustodyUnclear("the wrapped master key cannot be read: restore it") from None
    found: dict[str, Any] = document
    return found


def opened(document: Document, secret: bytes, *, token: Crypt | None = None) -> bytes:
    """The master key. `secret` is the passphrase or the bytes of the key file; a token decrypts by
    itself. Raises `CustodyWrong` if it does not open, `CustodyUnclear`."""
    kind = Kind(document["kind"])
    try:
        nonce, wrapped = (
            base64.b64decode(document[n], validate=True) for n in ("nonce", "wrapped")
        )
        if kind is Kind.PASSPHRASE:
            decrypt: Crypt = _by_passphrase(document, secret).decrypt
        elif kind is Kind.KEY_FILE:
            decrypt = _by_key_file(document, secret).decrypt
        elif token is not None:
            decrypt = token
        else:
            raise CustodyUnclear("no token is at hand")
        master = decrypt(nonce, wrapped, _bound(document))
    except InvalidTag:
        raise CustodyWrong(kind.value) from None
    except (ValueError, KeyError, TypeError):
        raise CustodyUnclear("the wrapped master key cannot be read: restore it") from None
    if len(master) != _MASTER:
        raise CustodyUnclear("the wrapped master key is of another length")
    return master
