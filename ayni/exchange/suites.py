"""Cipher suites by number, and the key pairs of institutions. Pure.

1: HPKE base mode, DHKEM(X25519), HKDF-SHA256, AES-256-GCM (RFC 9180).
2: the same with the post-quantum hybrid MLKEM768_X25519 (draft-ietf-hpke-pq). The default: its
published vectors pass (tests/exchange/vectors, docs/reference/wire.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from ayni.exchange.errors import Malformed, NotGenuine, SuiteRefused

DEFAULT = 2
_MLKEM_SEED, _X25519 = 64, 32
_MLKEM_PUBLIC = 1184


def _x25519_private(raw: bytes) -> Any:
    return x25519.X25519PrivateKey.from_private_bytes(raw)


def _x25519_public(raw: bytes) -> Any:
    return x25519.X25519PublicKey.from_public_bytes(raw)


def _hybrid_private(raw: bytes) -> Any:
    if len(raw) != _MLKEM_SEED + _X25519:
        raise ValueError("length of a hybrid private key")
    return hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(raw[:_MLKEM_SEED]),
        x25519.X25519PrivateKey.from_private_bytes(raw[_MLKEM_SEED:]),
    )


def _hybrid_public(raw: bytes) -> Any:
    if len(raw) != _MLKEM_PUBLIC + _X25519:
        raise ValueError("length of a hybrid public key")
    return hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC]),
        x25519.X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:]),
    )


@dataclass(frozen=True, slots=True)
class Suite:
    """How the content key of a message is sealed to an institution."""

    number: int
    name: str
    hpke: hpke.Suite
    private: Callable[[bytes], Any]
    public: Callable[[bytes], Any]

    def check_key(self, raw: bytes) -> Any:
        """The public key of these bytes. Raises `Malformed` for a key of another form."""
        try:
            return self.public(raw)
        except ValueError:
            raise Malformed(f"a public key that suite {self.number} cannot read") from None

    def seal(self, key: bytes, recipient: bytes, info: bytes) -> bytes:
        """`key` sealed to a raw public key. Raises `Malformed` for a key of another form."""
        return self.hpke.encrypt(key, self.check_key(recipient), info)

    def open(self, sealed: bytes, private: bytes, info: bytes) -> bytes:
        """The content key. Raises `NotGenuine` if sealed to another key or info."""
        try:
            return bytes(self.hpke.decrypt(sealed, self.private(private), info))
        except (InvalidTag, ValueError):
            raise NotGenuine("the content key does not open") from None


_HKDF, _AES = hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM
SUITES = {
    1: Suite(
        1, "X25519", hpke.Suite(hpke.KEM.X25519, _HKDF, _AES), _x25519_private, _x25519_public
    ),
    2: Suite(
        2,
        "MLKEM768_X25519",
        hpke.Suite(hpke.KEM.MLKEM768_X25519, _HKDF, _AES),
        _hybrid_private,
        _hybrid_public,
    ),
}


def suite(number: int) -> Suite:
    """A suite by its number. Raises `SuiteRefused` for one that this software does not know."""
    try:
        return SUITES[number]
    except KeyError:
        raise SuiteRefused(f"suite {number} is not known") from None


def public_of(number: int, private: bytes) -> bytes:
    """The raw public key of a raw private key. Raises `SuiteRefused`, or ValueError for another
    form of key."""
    if suite(number).number == 1:
        return x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(private[:_MLKEM_SEED])
    return lattice.public_key().public_bytes_raw() + public_of(1, private[_MLKEM_SEED:])


def generate(number: int) -> tuple[bytes, bytes]:
    """A fresh key pair for a suite: raw private and raw public bytes."""
    private = x25519.X25519PrivateKey.generate().private_bytes_raw()
    if suite(number).number != 1:
        private = mlkem.MLKEM768PrivateKey.generate().private_bytes_raw() + private
    return private, public_of(number, private)
