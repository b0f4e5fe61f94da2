"""How a number on paper is read when it is typed. Pure."""

from __future__ import annotations

import ipaddress

GROUPS, LENGTH = 3, 4
# Crockford's alphabet (lib.identifiers.spoken_code) leaves out four letters: read as what they
# look like.
_LOOKS_LIKE = str.maketrans("OILU", "011V")


def normal(typed: str) -> str:
    """What was typed as it was printed: capitals, without signs between the groups; empty if it
    cannot be a number of ours."""
    kept = "".join(c for c in typed.upper() if c.isascii() and c.isalnum())
    return kept.translate(_LOOKS_LIKE) if len(kept) == GROUPS * LENGTH else ""


def place(address: str) -> str:
    """From where somebody asks: an IPv4 address, or the /64 network of an IPv6 one, of which one
    household has all addresses. Anything else is one place together."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
