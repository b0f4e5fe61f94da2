"""How a number on paper is read when it is typed. Pure."""

from __future__ import annotations

GROUPS, LENGTH = 3, 4
# Crockford's alphabet (lib.identifiers.spoken_code) leaves out four letters: read as what they
# look like.
_LOOKS_LIKE = str.maketrans("OILU", "011V")


def normal(typed: str) -> str:
    """What was typed as it was printed: capitals, without signs between the groups; empty if it
    cannot be a number of ours."""
    kept = "".join(c for c in typed.upper() if c.isascii() and c.isalnum())
    return kept.translate(_LOOKS_LIKE) if len(kept) == GROUPS * LENGTH else ""
