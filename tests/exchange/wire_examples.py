"""The examples of docs/reference/wire.md: `python -m tests.exchange.wire_examples` prints them.

Everything is made of fixed seeds, so that the document shows true signatures that another programme
can check; the keys are known to everybody and belong to no node.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ayni.exchange import documents, envelope, suites
from ayni.lib import clock
from tests.exchange.make_vectors import SIGNING

VECTORS = Path(__file__).parent / "vectors" / "envelope_1.json"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STATES = ("ar", "bo")


def seed(what: str) -> bytes:
    """32 bytes that everybody can compute: SHA-256 of `ayni wire example: ` and `what`."""
    return hashlib.sha256(b"ayni wire example: " + what.encode()).digest()


def _directory() -> dict[str, Any]:
    body = {
        "demo": False,
        "format": 1,
        "issued": clock.isoformat(NOW),
        "members": [
            {
                "endpoint": {"connect_to": "", "url": f"https://{node}.example"},
                "identity_key": documents.encode(documents.public_of(seed(f"identity {node}"))),
                "node": node,
            }
            for node in STATES
        ],
        "number": 1,
        "previous": "",
        "quorum": 2,
    }
    keys = {node: seed(f"identity {node}") for node in STATES}
    return documents.signed("directory", body, keys)


def _key_sheet() -> dict[str, Any]:
    body = {
        "format": 1,
        "institutions": [
            {
                "code": "bo-consulate",
                "key": documents.encode(suites.public_of(1, seed("hpke bo-consulate"))),
                "kind": "consulate",
                "names": {"en": "Consulate", "es": "Consulado", "pt": "Consulado"},
                "stands_in": "AR",
                "suite": 1,
                "time_zone": "America/Argentina/Buenos_Aires",
            }
        ],
        "issued": clock.isoformat(NOW),
        "node": "bo",
        "number": 1,
        "previous": "",
        "revoked": [],
        "signing_key": documents.encode(documents.public_of(seed("signing bo"))),
        "suites": [1, 2],
        "tls_pins": [hashlib.sha256(b"the SubjectPublicKeyInfo of bo.example").hexdigest()],
        "valid_from": clock.isoformat(NOW),
        "valid_until": clock.isoformat(NOW + timedelta(days=90)),
    }
    return documents.signed("key-sheet", body, {"bo": seed("identity bo")})


def _vector() -> bytes:
    """The envelope of suite 1 among the vectors."""
    found = json.loads(VECTORS.read_text())["opens"][0]
    assert found["suite"] == 1
    return documents.decode(found["envelope"])


def _answer(**said: Any) -> dict[str, Any]:
    raw = _vector()
    return {
        "at": clock.isoformat(datetime(2026, 11, 24, 15, 31, tzinfo=UTC)),
        "envelope": hashlib.sha256(raw).hexdigest(),
        "evidence": hashlib.sha256(envelope.evidence(raw)).hexdigest(),
        "receiver": "bo",
        "sheet": 1,
        **said,
    }


def _receipt() -> dict[str, Any]:
    header = envelope.parse(_vector()).header
    assert header.due is not None
    body = _answer(
        ahead_seconds=0,
        due=clock.isoformat(header.due),
        message=header.message,
        sender=header.sender,
        state="applied",
    )
    return documents.signed("receipt", body, {"bo": seed("signing bo")})


def _refusal() -> dict[str, Any]:
    return documents.signed("refusal", _answer(refused="key_gone"), {"bo": seed("signing bo")})


def _seen() -> dict[str, Any]:
    return {
        "directory": {"digest": documents.digest(_directory()["body"]), "number": 1},
        "key_sheets": {"bo": {"digest": documents.digest(_key_sheet()["body"]), "number": 1}},
    }


def _question() -> dict[str, Any]:
    receipt = _receipt()
    return {
        "answers": [{"message": receipt["body"]["message"], "receipt": receipt}],
        "sheets": [],
        "to": "ar",
        "token": hashlib.sha256(b"ayni wire example: token").hexdigest()[:32],
    }


def examples() -> dict[str, Any]:
    """Name of each example in the document, and what it shows."""
    return {
        "directory": _directory(),
        "key-sheet": _key_sheet(),
        "header": envelope.parse(_vector()).header.to_json(),
        "receipt": _receipt(),
        "refusal": _refusal(),
        "unsigned refusal": {"refused": "unknown_key_sheet"},
        "seen": _seen(),
        "attachment.send": attachment_send(),
        "attachment.state": attachment_state(),
        "account question": {"page": 0, "sheet": 1, "since": clock.isoformat(NOW)},
        "waiting question": _question(),
        "account wanted": {
            "question": {"page": 0, "sheet": 1, "since": clock.isoformat(NOW)},
            "refused": "account_wanted",
            "token": _question()["token"],
        },
        "waiting token": {"refused": "other_token", "token": _question()["token"]},
        "chunk question": {
            "attachment": attachment_send()["data"]["attachment"],
            "missing": [1],
            "state": "coming",
            "to": "ar",
            "token": _question()["token"],
        },
        "hpke": published(),
    }


def attachment_send() -> dict[str, Any]:
    """A file of two chunks is named: the one of 262,145 bytes among the vectors."""
    vectors = json.loads(VECTORS.with_name("attachment_1.json").read_text())
    described = next(v["described"] for v in vectors["seals"] if v["described"]["size"] == 262_145)
    return {"data": {**described, "type": "image/png", "what": "photo"}}


def attachment_state() -> dict[str, Any]:
    """What its receiver says: its content is no picture."""
    named = attachment_send()["data"]["attachment"]
    at = clock.isoformat(datetime(2026, 11, 24, 15, 40, tzinfo=UTC))
    return {"at": at, "attachment": named, "reason": "unknown", "state": "refused"}


def request() -> str:
    """The head of a request that carries the vector envelope, signed (RFC 9421)."""
    raw = _vector()
    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
    created = int(datetime(2026, 11, 24, 15, 30, tzinfo=UTC).timestamp())
    covered = '("@method" "@authority" "@path" "content-digest")'
    input_ = f'{covered};created={created};keyid="ar/3";alg="ed25519"'
    base = (
        '"@method": POST\n"@authority": bo.example\n"@path": /exchange/1/messages\n'
        f'"content-digest": sha-256=:{digest}:\n"@signature-params": {input_}'
    )
    signature = Ed25519PrivateKey.from_private_bytes(SIGNING).sign(base.encode())
    return (
        "POST /exchange/1/messages HTTP/1.1\n"
        "Host: bo.example\n"
        "Content-Type: application/vnd.ayni.envelope\n"
        f"Content-Length: {len(raw)}\n"
        f"Content-Digest: sha-256=:{digest}:\n"
        f"Signature-Input: ayni={input_}\n"
        f"Signature: ayni=:{base64.b64encode(signature).decode()}:"
    )


def published() -> dict[str, Any]:
    """The published HPKE vector of suite 1."""
    vectors = json.loads(VECTORS.with_name("published_hpke.json").read_text())
    found: dict[str, Any] = next(v for v in vectors if v["suite"] == 1)
    return found


def as_block(value: Any) -> str:
    """A value as the document shows it: indented for people, in the order of its canonical form."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


if __name__ == "__main__":
    for name, value in examples().items():
        print(f"<!-- example: {name} -->\n```json\n{as_block(value)}\n```\n")  # noqa: T201
    print(f"<!-- example: request -->\n```http\n{request()}\n```")  # noqa: T201
