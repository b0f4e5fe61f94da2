"""Signed documents: canonical JSON (RFC 8785) with a list of Ed25519 signatures. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ayni.exchange.errors import Malformed, NotGenuine, TooLarge
from ayni.exchange.said import Said
from ayni.lib.terminal import gettext_noop as _

LARGEST = 1_048_576
ALGORITHM = "Ed25519"
MOST_SIGNATURES = 44  # eleven members, four algorithms


# U+0000 as RFC 8785 writes it. No database of texts keeps it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# Texts as RFC 8785 writes them, names sorted; no integer that others would read as another.
_AS_IT_STANDS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
# All but the first bytes of characters beyond U+FFFF, which UTF-16 sorts otherwise than UTF-8.
_BELOW = bytes(range(0xF0))


def _is_plain(value: Any, written: bytes) -> bool:
    """Whether what orjson has written is the canonical form: no number that is written otherwise
    there (or is none, and stands as null), no name that is sorted otherwise."""
    left = [value]
    while left:
        one = left.pop()
        kind = type(one)
        if kind is dict:
            left.extend(one.values())
        elif kind is list or kind is tuple:
            left.extend(one)
        elif kind is float:
            return False
    return written.isascii() or not written.translate(None, _BELOW)


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a value of JSON's own types. Raises `Malformed` for one that has none,
    or holds the character U+0000."""
    try:
        # Nearly all there is is plain, and thirty times as fast.
        written = orjson.dumps(value, option=_AS_IT_STANDS)
        plain = _is_plain(value, written)
    except TypeError:  # orjson.JSONEncodeError
        plain = False
    try:
        written = written if plain else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, ValueError, TypeError, RecursionError):
        raise Malformed("a value that has no canonical form") from None
    if b"u0000" in written and _NUL.search(written):
        raise Malformed("a text holds the character U+0000")
    return written


def parse(raw: bytes, *, largest: int = LARGEST) -> Any:
    """JSON that is exactly canonical. Raises `TooLarge` or `Malformed`."""
    if len(raw) > largest:
        raise TooLarge(f"{len(raw)} bytes, {largest} at most")
    try:
        value = orjson.loads(raw)
    except ValueError:  # orjson.JSONDecodeError; also bytes that are no UTF-8
        raise Malformed("not JSON") from None
    if canonical(value) != raw:  # also a name that stands twice: only one of the two is in `value`
        raise Malformed("not in canonical form")
    return value


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def encode(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: Any) -> bytes:
    """The inverse of `encode`. Raises `Malformed` for any other form."""
    if not isinstance(text, str):
        raise Malformed("not a text")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64url") from None
    if encode(raw) != text:
        raise Malformed("not base64url in its only form")
    return raw


def public_of(private: bytes) -> bytes:
    """The raw public key of a raw Ed25519 private key."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign_bytes(purpose: str, message: bytes, private: bytes) -> str:
    """A signature that counts only for this purpose."""
    key = Ed25519PrivateKey.from_private_bytes(private)
    return encode(key.sign(f"ayni-{purpose}-1\0".encode() + message))


def verify_bytes(purpose: str, message: bytes, signature: Any, public: bytes) -> None:
    """Raise `NotGenuine` unless the signature holds for this purpose."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            decode(signature), f"ayni-{purpose}-1\0".encode() + message
        )
    except (InvalidSignature, ValueError):
        raise NotGenuine(
            Said(_("a signature does not hold (%(purpose)s)"), purpose=purpose)
        ) from None


def signed(purpose: str, body: Mapping[str, Any], keys: Mapping[str, bytes]) -> dict[str, Any]:
    """`{body, signatures}`: `keys` maps the signer's name to a raw private key."""
    message = canonical(dict(body))
    return {
        "body": dict(body),
        "signatures": [
            {
                "algorithm": ALGORITHM,
                "signature": sign_bytes(purpose, message, keys[name]),
                "signer": name,
            }
            for name in sorted(keys)
        ],
    }


def signature_list(found: Any, *, largest: int) -> list[dict[str, str]]:
    """One to `largest` entries of algorithm, signature and signer. Raises `Malformed`."""
    if not isinstance(found, list) or not 0 < len(found) <= largest:
        raise Malformed("signatures are a list that is neither empty nor endless")
    for entry in found:
        if not isinstance(entry, dict) or set(entry) != {"algorithm", "signature", "signer"}:
            raise Malformed("a signature has algorithm, signature and signer")
        if not all(isinstance(value, str) for value in entry.values()):
            raise Malformed("algorithm, signature and signer are texts")
    return found


def signers(purpose: str, document: Any, known: Mapping[str, bytes]) -> set[str]:
    """Who of `known` (name -> raw public key) has validly signed. Raises `Malformed`.

    A signature that does not hold, or of someone not known, does not count and does no harm.
    """
    if not isinstance(document, dict) or set(document) != {"body", "signatures"}:
        raise Malformed("a signed document has body and signatures")
    message = canonical(document["body"])
    valid = set()
    for entry in signature_list(document["signatures"], largest=MOST_SIGNATURES):
        public = known.get(entry["signer"])
        if public is None or entry["algorithm"] != ALGORITHM:
            continue
        try:
            verify_bytes(purpose, message, entry["signature"], public)
        except (Malformed, NotGenuine):
            continue
        valid.add(entry["signer"])
    return valid


def as_file(document: Mapping[str, Any]) -> str:
    """A document as it is written to a file for people to compare."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def fingerprint(public: str) -> str:
    """An identity key as it is printed in a note verbale: SHA-256 in groups of four."""
    return _in_groups(digest({"identity_key": public})[:40])


def print_of(hexadecimal: str) -> str:
    """The digest of a whole directory as people compare it, on paper and on every screen: all of
    it, sixteen groups of four. Never shortened: whoever drafts a directory chooses words of it, so
    that half the bits would bar two with one print (an identity key is shortened: its print has to
    be met, not only repeated)."""
    return _in_groups(hexadecimal)


def _in_groups(hexadecimal: str) -> str:
    text = hexadecimal.upper()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))
