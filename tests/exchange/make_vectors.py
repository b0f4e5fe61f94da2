"""Write tests/exchange/vectors/envelope_1.json: `python -m tests.exchange.make_vectors`.

For whoever writes another implementation of the format: fixed keys, sealed envelopes with what
they hold, and envelopes that must be refused with the code. Content keys are fresh, so a second
run gives other bytes with the same meaning; the committed file stays, it is what old nodes sent.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ayni.exchange import documents, envelope, suites

FILE = Path(__file__).parent / "vectors" / "envelope_1.json"
SIGNING = hashlib.sha256(b"ayni test vector: signing key").digest()
PAYLOAD = {"data": {"needs": ["albergue", "médica"]}, "step": "2.1", "years": 17}


def _key_pair(number: int) -> tuple[bytes, bytes]:
    """A key pair that everybody can know; never used outside of tests."""
    seed = hashlib.shake_256(b"ayni test vector: recipient key").digest(96)
    private = seed[:32] if number == 1 else seed
    return private, suites.public_of(number, private)


def _seal(number: int) -> bytes:
    return envelope.seal(
        PAYLOAD,
        route=envelope.Route(number, "ar", "ar-programme", 3, "bo", "bo-consulate", 7),
        kind="referral",
        message="0123456789abcdef" * 2,
        conversation="fedcba9876543210" * 2,
        sequence=4,
        created=datetime(2026, 11, 24, 15, 30, tzinfo=UTC),
        due=datetime(2026, 12, 1, 15, 30, tzinfo=UTC),
        recipient_key=_key_pair(number)[1],
        signing_key=SIGNING,
    )


def _refused(raw: bytes) -> list[dict[str, str]]:
    """Envelopes that differ from a good one, each in one way."""
    header_at = len(envelope.MARK) + 4
    header_length = int.from_bytes(raw[header_at - 4 : header_at], "big")
    header, rest = raw[header_at : header_at + header_length], raw[header_at + header_length :]

    def with_header(changed: bytes) -> bytes:
        return envelope.MARK + len(changed).to_bytes(4, "big") + changed + rest

    cases = {
        "version 2": (b"AYNI\x02" + raw[5:], "malformed"),
        "a byte after the end": (raw + b"\0", "malformed"),
        "cut short": (raw[:-1], "malformed"),
        "last bit of the ciphertext": (raw[:-1] + bytes([raw[-1] ^ 1]), "not_genuine"),
        "a blank in the header": (with_header(header.replace(b":", b": ", 1)), "malformed"),
        "a name twice": (with_header(b'{"due":"",' + header[1:]), "malformed"),
        "a name too many": (with_header(header[:-1] + b',"z":""}'), "malformed"),
        "another sequence": (
            with_header(header.replace(b'"sequence":4', b'"sequence":5')),
            "not_genuine",
        ),
        "another due time": (
            with_header(header.replace(b'"due":"2026-12-01', b'"due":"2026-12-31')),
            "not_genuine",
        ),
        "another recipient": (
            with_header(header.replace(b'"recipient":"bo"', b'"recipient":"cl"')),
            "not_genuine",
        ),
    }
    return [
        {"what": what, "envelope": documents.encode(changed), "code": code}
        for what, (changed, code) in cases.items()
    ]


def main() -> None:
    """Write the file."""
    good: list[dict[str, Any]] = []
    for number in sorted(suites.SUITES):
        raw = _seal(number)
        good.append(
            {
                "suite": number,
                "recipient_private_key": documents.encode(_key_pair(number)[0]),
                "recipient_public_key": documents.encode(_key_pair(number)[1]),
                "envelope": documents.encode(raw),
                "header": envelope.parse(raw).header.to_json(),
                "payload": PAYLOAD,
            }
        )
    vectors = {
        "format": 1,
        "signing_public_key": documents.encode(documents.public_of(SIGNING)),
        "opens": good,
        "refused": _refused(_seal(1)),
    }
    FILE.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
