"""Identifiers. All are random: an id that counts tells a stranger how many there are."""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

# Crockford's alphabet: no I, L, O, U, so that a code read over a telephone is heard right.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A random identifier (RFC 9562, version 4)."""
    return uuid4()


def random_token(nbytes: int = 16) -> str:
    """URL-safe random text with `nbytes` bytes of entropy."""
    return secrets.token_urlsafe(nbytes)


def spoken_code(groups: int = 2, length: int = 4) -> str:
    """A random code that a person can read aloud, as `7KQ2-M9XD` (5 bits a character)."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(length)) for _ in range(groups)
    )
