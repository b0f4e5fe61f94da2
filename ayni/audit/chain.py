"""The hash chain, pure: what an entry's digest covers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import rfc8785

START = bytes(32)


def digest(
    *,
    previous: bytes,
    number: int,
    at: datetime,
    actor: Mapping[str, str],
    verb: str,
    subject: str,
    detail: Mapping[str, str],
) -> bytes:
    """SHA-256 over the RFC 8785 form of an entry and its predecessor's digest (32 bytes)."""
    return hashlib.sha256(
        rfc8785.dumps(
            {
                "actor": dict(actor),
                "at": at.isoformat(timespec="microseconds"),
                "detail": dict(detail),
                "number": number,
                "previous": previous.hex(),
                "subject": subject,
                "verb": verb,
            }
        )
    ).digest()
