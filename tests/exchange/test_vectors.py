"""Published HPKE vectors hold for both suites; the format's own vectors open and are refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from ayni.exchange import documents, envelope, suites
from ayni.exchange.errors import NotGenuine
from ayni.lib.errors import AyniError

FOLDER = Path(__file__).parent / "vectors"
PUBLISHED: list[dict[str, Any]] = json.loads((FOLDER / "published_hpke.json").read_text())
OURS: dict[str, Any] = json.loads((FOLDER / "envelope_1.json").read_text())
AES_256_GCM = 2


def _extract(salt: bytes, label: bytes, secret: bytes, suite_id: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite_id + label + secret, "sha256")


def _expand(key: bytes, label: bytes, info: bytes, length: int, suite_id: bytes) -> bytes:
    text = length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + info
    block, found = b"", b""
    for count in range(1, 3):
        block = hmac.digest(key, block + text + bytes([count]), "sha256")
        found += block
    return found[:length]


def _key_schedule(vector: dict[str, Any], aead: int) -> tuple[bytes, bytes]:
    """Key and nonce of RFC 9180, section 5.1 (mode base, HKDF-SHA256), from the shared secret."""
    suite_id = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (vector["kem_id"], 1, aead))
    context = (
        b"\0"
        + _extract(b"", b"psk_id_hash", b"", suite_id)
        + _extract(b"", b"info_hash", bytes.fromhex(vector["info"]), suite_id)
    )
    secret = _extract(bytes.fromhex(vector["shared_secret"]), b"secret", b"", suite_id)
    return (
        _expand(secret, b"key", context, 32, suite_id),
        _expand(secret, b"base_nonce", context, 12, suite_id),
    )


def _private(vector: dict[str, Any]) -> bytes:
    """Our form of the private key: of the hybrid, both seeds that its published seed expands to."""
    seed = bytes.fromhex(vector["skRm"])
    return seed if vector["suite"] == 1 else hashlib.shake_256(seed).digest(96)


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda v: f"suite-{v['suite']}")
def test_the_published_key_schedule_and_ciphertext_are_met(vector: dict[str, Any]) -> None:
    key, nonce = _key_schedule(vector, vector["aead_id"])
    cipher = AESGCM if vector["aead_id"] == AES_256_GCM else ChaCha20Poly1305
    sealed = cipher(key).encrypt(
        nonce,
        bytes.fromhex(vector["encryption"]["pt"]),
        bytes.fromhex(vector["encryption"]["aad"]),
    )

    assert (key.hex(), nonce.hex()) == (vector["key"], vector["base_nonce"])
    assert sealed.hex() == vector["encryption"]["ct"]


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda v: f"suite-{v['suite']}")
def test_a_published_encapsulation_opens_under_the_suite(vector: dict[str, Any]) -> None:
    """Published encapsulation and shared secret, continued with the suite's own AES-256-GCM."""
    key, nonce = _key_schedule(vector, AES_256_GCM)
    sealed = bytes.fromhex(vector["enc"]) + AESGCM(key).encrypt(nonce, b"content key", b"")
    info = bytes.fromhex(vector["info"])
    suite = suites.suite(vector["suite"])

    assert suite.open(sealed, _private(vector), info) == b"content key"
    with pytest.raises(NotGenuine):
        suite.open(sealed, _private(vector), info + b"x")


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda v: f"suite-{v['suite']}")
def test_the_published_public_key_belongs_to_the_private_one(vector: dict[str, Any]) -> None:
    assert suites.public_of(vector["suite"], _private(vector)).hex() == vector["pkRm"]


def test_the_default_suite_is_the_hybrid() -> None:
    assert suites.suite(suites.DEFAULT).name == "MLKEM768_X25519"


@pytest.mark.parametrize("vector", OURS["opens"], ids=lambda v: f"suite-{v['suite']}")
def test_an_envelope_of_format_1_opens(vector: dict[str, Any]) -> None:
    sealed = envelope.parse(documents.decode(vector["envelope"]))
    envelope.check_signature(sealed, documents.decode(OURS["signing_public_key"]))

    assert sealed.header.to_json() == vector["header"]
    assert (
        envelope.open_payload(
            sealed,
            recipient="bo",
            recipient_institution="bo-consulate",
            private_key=documents.decode(vector["recipient_private_key"]),
            accepted_suites=[vector["suite"]],
        )
        == vector["payload"]
    )


@pytest.mark.parametrize("vector", OURS["refused"], ids=lambda v: v["what"])
def test_an_envelope_that_must_be_refused_is_refused_as_told(vector: dict[str, Any]) -> None:
    with pytest.raises(AyniError) as refusal:
        envelope.check_signature(
            envelope.parse(documents.decode(vector["envelope"])),
            documents.decode(OURS["signing_public_key"]),
        )

    assert refusal.value.code == vector["code"]
