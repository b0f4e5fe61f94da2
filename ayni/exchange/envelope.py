"""The envelope: header in clear, content sealed to one institution, signatures as a list. Pure.

Bytes: the mark `AYNI`, one version byte, then four parts, each behind its length (big-endian, four
bytes): header, sealed content key, signatures, ciphertext. Header and signatures are RFC 8785
JSON. The payload is encrypted under a fresh AES-256-GCM key with the header (without the
ciphertext's hash) as associated data; that key is sealed by HPKE (RFC 9180) to the institution,
with suite, sender, recipient and header hash as `info`. Signatures cover header and ciphertext
hash, so evidence verifies after the payload's key is gone.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ayni.exchange import documents
from ayni.exchange.errors import (
    Malformed,
    NotGenuine,
    SuiteRefused,
    TooLarge,
    WrongRecipient,
)
from ayni.exchange.said import Said
from ayni.exchange.suites import suite
from ayni.lib import clock
from ayni.lib.terminal import gettext_noop as _

FORMAT = 1
MARK = b"AYNI\x01"
EVIDENCE_MARK = b"AYNE\x01"
LARGEST = 4 * 1024 * 1024
_LARGEST_HEADER = 4096
_LARGEST_KEY = 2048
_LARGEST_SIGNATURES = 16_384
_NONCE = bytes(12)  # the content key is used once only
_TAG = 16
_SIZES = (4096, 16_384, 65_536)
_ID = re.compile(r"^[0-9a-f]{32}$")
_HASH = re.compile(r"^[0-9a-f]{64}$")
_NODE = re.compile(r"^[a-z]{2,12}$")
_CODE = re.compile(r"^[a-z0-9-]{2,60}$")
_KIND = re.compile(r"^[a-z][a-z_.]{2,40}$")


@dataclass(frozen=True, slots=True)
class Header:
    """What a message says in clear to the receiving node. Ids are random, made for this recipient.

    `key_sheet` numbers the recipient's sheet that it was sealed under, `signing_sheet` the
    sender's sheet whose key has signed. `size` is the size class in bytes. `commitment` is
    SHA-256 over salt and payload; `ciphertext` SHA-256 of the ciphertext. Times are UTC to the
    second; `due` (when an answer is owed) and `valid_until` (not to be applied later) may be
    absent.
    """

    suite: int
    message: str
    conversation: str
    sequence: int
    sender: str
    sender_institution: str
    recipient: str
    recipient_institution: str
    key_sheet: int
    signing_sheet: int
    kind: str
    created: datetime
    due: datetime | None
    valid_until: datetime | None
    size: int
    commitment: str
    ciphertext: str

    def to_json(self) -> dict[str, Any]:
        """The header as it is hashed and signed."""
        return {
            "ciphertext": self.ciphertext,
            "commitment": self.commitment,
            "conversation": self.conversation,
            "created": clock.isoformat(self.created),
            "due": _time(self.due),
            "format": FORMAT,
            "key_sheet": self.key_sheet,
            "kind": self.kind,
            "message": self.message,
            "recipient": self.recipient,
            "recipient_institution": self.recipient_institution,
            "sender": self.sender,
            "sender_institution": self.sender_institution,
            "sequence": self.sequence,
            "signing_sheet": self.signing_sheet,
            "size": self.size,
            "suite": self.suite,
            "valid_until": _time(self.valid_until),
        }


def _time(moment: datetime | None) -> str:
    return "" if moment is None else clock.isoformat(moment)


_FORMS: Mapping[str, re.Pattern[str]] = {
    "ciphertext": _HASH,
    "commitment": _HASH,
    "conversation": _ID,
    "kind": _KIND,
    "message": _ID,
    "recipient": _NODE,
    "recipient_institution": _CODE,
    "sender": _NODE,
    "sender_institution": _CODE,
}
_NUMBERS = ("format", "key_sheet", "sequence", "signing_sheet", "size", "suite")
_TIMES = ("created", "due", "valid_until")


def _header(raw: bytes) -> Header:
    value = documents.parse(raw, largest=_LARGEST_HEADER)
    wanted = {*_FORMS, *_NUMBERS, *_TIMES}
    if not isinstance(value, dict) or set(value) != wanted:
        raise Malformed("the header does not have exactly its names")
    for name, form in _FORMS.items():
        if not isinstance(value[name], str) or not form.fullmatch(value[name]):
            raise Malformed(f"header: {name}")
    for name in _NUMBERS:
        if type(value[name]) is not int or not 0 < value[name] < 2**31:
            raise Malformed(f"header: {name}")
    if value.pop("format") != FORMAT:
        raise Malformed("header: not format 1")
    if _padded(value["size"]) != value["size"]:
        raise Malformed("header: size is no size class")
    for name in _TIMES:
        value[name] = _parsed_time(value[name])
    if value["created"] is None:
        raise Malformed("header: created")
    return Header(**value)


def _parsed_time(text: Any) -> datetime | None:
    if text == "":
        return None
    try:
        moment = clock.parse(text)
        if clock.isoformat(moment) != text:
            raise ValueError
    except (ValueError, TypeError):
        raise Malformed("header: a time") from None
    return moment


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope taken apart. Nothing of it is trusted before `check_signature`."""

    header: Header
    header_bytes: bytes
    sealed_key: bytes
    signatures: tuple[Mapping[str, str], ...]
    ciphertext: bytes


def _padded(length: int) -> int:
    """The size class that holds so many bytes: 4, 16, 64 KB, then powers of two."""
    for size in _SIZES:
        if length <= size:
            return size
    size = _SIZES[-1]
    while size < min(length, LARGEST):
        size *= 2
    return size


def _pad(text: bytes) -> bytes:
    framed = len(text).to_bytes(4, "big") + text
    return framed + bytes(_padded(len(framed)) - len(framed))


def _unpad(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:4], "big")
    text, rest = padded[4 : 4 + length], padded[4 + length :]
    if len(text) != length or any(rest) or len(padded) != _padded(4 + length):
        raise Malformed("padding")
    return text


def _core(header: Mapping[str, Any]) -> bytes:
    return documents.canonical({k: v for k, v in header.items() if k != "ciphertext"})


def _info(header: Header, header_bytes: bytes) -> bytes:
    return documents.canonical(
        {
            "header": hashlib.sha256(header_bytes).hexdigest(),
            "recipient": f"{header.recipient}/{header.recipient_institution}",
            "sender": f"{header.sender}/{header.sender_institution}",
            "suite": header.suite,
            "use": "ayni-content-key-1",
        }
    )


def commitment(salt: bytes, payload: Any) -> str:
    """SHA-256 over salt and canonical payload: opens later what was sent, tells nothing before."""
    return hashlib.sha256(salt + documents.canonical(payload)).hexdigest()


_BEFORE = b'{"payload":'


def _after(salt: str) -> bytes:
    return f',"salt":"{salt}"}}'.encode()


@dataclass(frozen=True, slots=True)
class Route:
    """From whom to whom, under which keys."""

    suite: int
    sender: str
    sender_institution: str
    signing_sheet: int
    recipient: str
    recipient_institution: str
    key_sheet: int


def seal(
    payload: Mapping[str, Any],
    *,
    route: Route,
    kind: str,
    message: str,
    conversation: str,
    sequence: int,
    created: datetime,
    due: datetime | None,
    recipient_key: bytes,
    signing_key: bytes,
    valid_until: datetime | None = None,
    content_key: bytes | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The bytes of an envelope. `recipient_key` and `signing_key` are raw keys.

    `content_key`: 32 fresh bytes of the caller's, who may open it again by them (`open_own`).
    `salt`: of an earlier sealing of the same payload, so that both commit to the same.
    Raises `TooLarge`, or `Malformed` for a payload without canonical form.
    """
    salt, key = salt or os.urandom(32), content_key or os.urandom(32)
    content = documents.canonical({"payload": dict(payload), "salt": salt.hex()})
    padded = _pad(content)
    if len(padded) > LARGEST // 2:
        raise TooLarge(f"{len(content)} bytes of payload")
    unsealed = Header(
        suite=route.suite,
        message=message,
        conversation=conversation,
        sequence=sequence,
        sender=route.sender,
        sender_institution=route.sender_institution,
        recipient=route.recipient,
        recipient_institution=route.recipient_institution,
        key_sheet=route.key_sheet,
        signing_sheet=route.signing_sheet,
        kind=kind,
        created=created,
        due=due,
        valid_until=valid_until,
        size=len(padded),
        commitment=commitment(salt, dict(payload)),
        ciphertext="0" * 64,
    ).to_json()
    ciphertext = AESGCM(key).encrypt(_NONCE, padded, _core(unsealed))
    header_bytes = documents.canonical(
        {**unsealed, "ciphertext": hashlib.sha256(ciphertext).hexdigest()}
    )
    header = _header(header_bytes)
    sealed_key = suite(route.suite).seal(key, recipient_key, _info(header, header_bytes))
    signatures = documents.canonical(
        [
            {
                "algorithm": documents.ALGORITHM,
                "signature": documents.sign_bytes(
                    "envelope", _signed_bytes(header_bytes, sealed_key), signing_key
                ),
                "signer": route.sender,
            }
        ]
    )
    parts = (header_bytes, sealed_key, signatures, ciphertext)
    return MARK + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _signed_bytes(header_bytes: bytes, sealed_key: bytes) -> bytes:
    """Header (which holds the ciphertext's hash) and the hash of the sealed key."""
    return header_bytes + b"\0" + hashlib.sha256(sealed_key).digest()


def _parts(raw: bytes, mark: bytes, largest: tuple[int, ...]) -> list[bytes]:
    if len(raw) > LARGEST:
        raise TooLarge(f"{len(raw)} bytes, {LARGEST} at most")
    if raw[: len(mark)] != mark:
        raise Malformed(f"not {mark[:4].decode()} of version {mark[4]}")
    parts, place = [], len(mark)
    for limit in largest:
        length = int.from_bytes(raw[place : place + 4], "big")
        part = raw[place + 4 : place + 4 + length]
        if len(part) != length or not 0 < length <= limit:
            raise Malformed("a part of the envelope has a wrong length")
        parts.append(part)
        place += 4 + length
    if place != len(raw):
        raise Malformed("bytes after the end of the envelope")
    return parts


_LIMITS = (_LARGEST_HEADER, _LARGEST_KEY, _LARGEST_SIGNATURES)


def parse(raw: bytes) -> Sealed:
    """Take an envelope apart, strictly. Raises `TooLarge`, `Malformed`; trusts nothing yet."""
    header_bytes, sealed_key, signatures, ciphertext = _parts(raw, MARK, (*_LIMITS, LARGEST))
    header = _header(header_bytes)
    if len(ciphertext) != header.size + _TAG:
        raise Malformed("the ciphertext is not of the size that the header names")
    if hashlib.sha256(ciphertext).hexdigest() != header.ciphertext:
        raise NotGenuine("the ciphertext is not the one that the header names")
    return Sealed(header, header_bytes, sealed_key, _signatures(signatures), ciphertext)


def evidence(raw: bytes) -> bytes:
    """What is kept of an envelope when its content is no longer needed here: all but the
    ciphertext. `check_signature` holds for it as before; nobody can open it any more."""
    kept = _parts(raw, MARK, (*_LIMITS, LARGEST))[:3]
    return EVIDENCE_MARK + b"".join(len(part).to_bytes(4, "big") + part for part in kept)


def parse_evidence(raw: bytes) -> Sealed:
    """Take evidence apart; its ciphertext is empty. Raises `TooLarge`, `Malformed`."""
    header_bytes, sealed_key, signatures = _parts(raw, EVIDENCE_MARK, _LIMITS)
    return Sealed(_header(header_bytes), header_bytes, sealed_key, _signatures(signatures), b"")


def _signatures(raw: bytes) -> tuple[Mapping[str, str], ...]:
    found = documents.parse(raw, largest=_LARGEST_SIGNATURES)
    return tuple(documents.signature_list(found, largest=4))


def check_signature(sealed: Sealed, signing_key: bytes) -> None:
    """Raise `NotGenuine` unless the sender's key has signed; every known signature must hold."""
    mine = [s for s in sealed.signatures if s["algorithm"] == documents.ALGORITHM]
    if not mine or any(s["signer"] != sealed.header.sender for s in sealed.signatures):
        raise NotGenuine(Said(_("no signature of the sender")))
    for entry in mine:
        documents.verify_bytes(
            "envelope",
            _signed_bytes(sealed.header_bytes, sealed.sealed_key),
            entry["signature"],
            signing_key,
        )


def open_payload(
    sealed: Sealed,
    *,
    recipient: str,
    recipient_institution: str,
    private_key: bytes,
    accepted_suites: Iterable[int],
) -> dict[str, Any]:
    """The payload, for its recipient only. Raises as `open_content`."""
    return open_content(
        sealed,
        recipient=recipient,
        recipient_institution=recipient_institution,
        private_key=private_key,
        accepted_suites=accepted_suites,
    )[0]


def open_content(
    sealed: Sealed,
    *,
    recipient: str,
    recipient_institution: str,
    private_key: bytes,
    accepted_suites: Iterable[int],
) -> tuple[dict[str, Any], bytes]:
    """Payload and salt, for its recipient only.

    Raises `WrongRecipient`, `SuiteRefused` (a downgrade that the key sheet does not accept),
    `NotGenuine` or `Malformed`.
    """
    header = sealed.header
    if (header.recipient, header.recipient_institution) != (recipient, recipient_institution):
        raise WrongRecipient(f"for {header.recipient}/{header.recipient_institution}")
    if header.suite not in set(accepted_suites):
        raise SuiteRefused(f"suite {header.suite} is not accepted by the key sheet")
    key = suite(header.suite).open(
        sealed.sealed_key, private_key, _info(header, sealed.header_bytes)
    )
    return _content(sealed, key)


def open_own(sealed: Sealed, content_key: bytes) -> tuple[dict[str, Any], bytes]:
    """Payload and salt, for the sender that kept the content key. Raises as `open_payload`."""
    return _content(sealed, content_key)


def _content(sealed: Sealed, key: bytes) -> tuple[dict[str, Any], bytes]:
    header = sealed.header
    try:
        padded = AESGCM(key).decrypt(_NONCE, sealed.ciphertext, _core(header.to_json()))
    except (InvalidTag, ValueError):
        raise NotGenuine("the content does not open") from None
    content_bytes = _unpad(padded)
    content = documents.parse(content_bytes, largest=LARGEST)
    if not isinstance(content, dict) or set(content) != {"payload", "salt"}:
        raise Malformed("content")
    payload, salt = content["payload"], content["salt"]
    if not isinstance(payload, dict) or not isinstance(salt, str) or not _HASH.fullmatch(salt):
        raise Malformed("content")
    # The content is canonical, so the payload's own canonical form stands in it as it is.
    inside = content_bytes[len(_BEFORE) : -len(_after(salt))]
    if hashlib.sha256(bytes.fromhex(salt) + inside).hexdigest() != header.commitment:
        raise NotGenuine("the content is not the one committed to")
    return payload, bytes.fromhex(salt)
