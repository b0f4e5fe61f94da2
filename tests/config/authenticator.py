"""A passkey in software, as a device answers (WebAuthn level 3, sections 6.3 and 6.5); that it
answers as a real browser does is held by tests/browser/test_second_step.py, which uses Chromium's
own."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

_PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


@dataclass(slots=True)
class Passkey:
    """A key for one host name (`host`); `origin` is what the browser says it stands at."""

    host: str
    origin: str
    flags: Any = _PRESENT_AND_VERIFIED
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    ident: bytes = field(default_factory=lambda: os.urandom(16))
    owner: str = ""

    def _said(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(challenge), self.origin)

    def _data(self, flags: Any, credential: bytes = b"") -> AuthenticatorData:
        host = hashlib.sha256(self.host.encode()).digest()
        return AuthenticatorData.create(host, flags, 0, credential)

    def made(self, options: dict[str, Any]) -> str:
        """What the browser sends after `navigator.credentials.create`."""
        asked = options["creation_options"]["publicKey"]
        self.owner = asked["user"]["id"]
        credential = AttestedCredentialData.create(
            bytes(16), self.ident, ES256.from_cryptography_key(self.key.public_key())
        )
        flags = self.flags | AuthenticatorData.FLAG.AT
        attested = AttestationObject.create("none", self._data(flags, bytes(credential)), {})
        return self._answer(
            {"attestationObject": websafe_encode(bytes(attested))},
            self._said("webauthn.create", asked["challenge"]),
        )

    def used(self, options: dict[str, Any]) -> str:
        """What the browser sends after `navigator.credentials.get`."""
        asked = options["request_options"]["publicKey"]
        said, data = self._said("webauthn.get", asked["challenge"]), bytes(self._data(self.flags))
        signature = self.key.sign(data + said.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": self.owner,
            },
            said,
        )

    def _answer(self, response: dict[str, str], said: CollectedClientData) -> str:
        ident = websafe_encode(self.ident)
        return json.dumps(
            {
                "id": ident,
                "rawId": ident,
                "type": "public-key",
                "clientExtensionResults": {"credProps": {"rk": True}},
                "response": {**response, "clientDataJSON": websafe_encode(bytes(said))},
            }
        )
