"""A second implementation of docs/reference/wire.md, as another programme would begin it.

It uses no line of Ayni's, only the standard library and `cryptography`: what it reads wrongly the
document has left out. It raises `ValueError` for whatever it would refuse.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def canonical(value: Any) -> bytes:
    """RFC 8785 for what the format holds: ASCII names, texts and integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def binary(text: str) -> bytes:
    """Base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(raw: bytes) -> str:
    """A hash as the format writes it."""
    return hashlib.sha256(raw).hexdigest()


def check(purpose: str, message: bytes, signature: str, key: bytes) -> None:
    """Raise unless this key has signed this for this purpose."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(
            binary(signature), b"ayni-" + purpose.encode() + b"-1\0" + message
        )
    except InvalidSignature:
        raise ValueError(f"signature of a {purpose}") from None


def body_of(purpose: str, document: dict[str, Any], keys: dict[str, bytes]) -> dict[str, Any]:
    """The body of a document that each of these has signed."""
    signed = {
        entry["signer"]: entry["signature"]
        for entry in document["signatures"]
        if entry["algorithm"] == "Ed25519"
    }
    for node, key in keys.items():
        if node not in signed:
            raise ValueError(f"not signed by {node}")
        check(purpose, canonical(document["body"]), signed[node], key)
    body: dict[str, Any] = document["body"]
    return body


def parts(raw: bytes, mark: bytes, count: int) -> list[bytes]:
    """The parts of an envelope or of evidence."""
    if raw[:5] != mark:
        raise ValueError("mark")
    found, place = [], 5
    for _ in range(count):
        length = int.from_bytes(raw[place : place + 4], "big")
        found.append(raw[place + 4 : place + 4 + length])
        place += 4 + length
    if place != len(raw):
        raise ValueError("length")
    return found


def _opened(suite: int, sealed: bytes, private: bytes, info: bytes) -> bytes:
    key: Any
    if suite == 1:
        kem, key = hpke.KEM.X25519, x25519.X25519PrivateKey.from_private_bytes(private)
    else:
        kem = hpke.KEM.MLKEM768_X25519
        key = hpke.MLKEM768X25519PrivateKey(
            mlkem.MLKEM768PrivateKey.from_seed_bytes(private[:64]),
            x25519.X25519PrivateKey.from_private_bytes(private[64:]),
        )
    cipher = hpke.Suite(kem, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    return bytes(cipher.decrypt(sealed, key, info))


def read(raw: bytes, *, signing_key: bytes, private: bytes) -> tuple[dict[str, Any], Any]:
    """Header and payload of an envelope, for the holder of the institution's private key."""
    head, sealed_key, signatures, ciphertext = parts(raw, b"AYNI\x01", 4)
    header = json.loads(head)
    if canonical(header) != head or header["ciphertext"] != sha256(ciphertext):
        raise ValueError("header")
    signed = head + b"\0" + hashlib.sha256(sealed_key).digest()
    for entry in json.loads(signatures):
        check("envelope", signed, entry["signature"], signing_key)
    info = canonical(
        {
            "header": sha256(head),
            "recipient": f"{header['recipient']}/{header['recipient_institution']}",
            "sender": f"{header['sender']}/{header['sender_institution']}",
            "suite": header["suite"],
            "use": "ayni-content-key-1",
        }
    )
    core = canonical({name: value for name, value in header.items() if name != "ciphertext"})
    try:
        key = _opened(header["suite"], sealed_key, private, info)
        padded = AESGCM(key).decrypt(bytes(12), ciphertext, core)
    except InvalidTag:
        raise ValueError("content") from None
    length = int.from_bytes(padded[:4], "big")
    if len(padded) != header["size"] or any(padded[4 + length :]):
        raise ValueError("padding")
    content = json.loads(padded[4 : 4 + length])
    salted = bytes.fromhex(content["salt"]) + canonical(content["payload"])
    if sha256(salted) != header["commitment"]:
        raise ValueError("commitment")
    return header, content["payload"]
