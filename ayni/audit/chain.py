"""The hash chain, pure: what an entry's digest covers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785

START = bytes(32)


def around(
    *, at: datetime, actor: Mapping[str, str], verb: str, subject: str, detail: Mapping[str, str]
) -> tuple[str, str, str]:
    """The RFC 8785 form of an entry in three parts: the entry's number stands between the first and
    the second, its predecessor's digest in hexadecimal between the second and the third."""
    before = _canonical(
        {
            "actor": dict(actor),
            "at": at.isoformat(timespec="microseconds"),
            "detail": dict(detail),
        }
    )
    after = _canonical({"subject": subject, "verb": verb})
    return f'{before[:-1]},"number":', ',"previous":"', f'",{after[1:]}'


def _canonical(value: Any) -> str:
    return rfc8785.dumps(value).decode()


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
    parts = around(at=at, actor=actor, verb=verb, subject=subject, detail=detail)
    text = f"{parts[0]}{number}{parts[1]}{previous.hex()}{parts[2]}"
    return hashlib.sha256(text.encode()).digest()
