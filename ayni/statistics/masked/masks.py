"""Counts of one state under masks that cancel out in the sum over all states. Pure.

Each pair of states shares a secret seed of its own for one round. The state whose code comes first
adds what the seed gives, the other takes it away, modulo 2**64. A share alone, and any set of
shares that is not all of them, is uniformly random to whoever lacks one seed of each pair it
would have to separate.

Source: the pairwise masks of Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving
Machine Learning", CCS 2017, section 4, without its way of unmasking who has dropped out: a round
that lacks a state ends, and the next one has new seeds (ADR 0079). Expansion: HKDF-SHA-256
(RFC 5869), AES-256 in counter mode (NIST SP 800-38A).
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ayni.statistics.masked.errors import CountRefused, SeedMissing, ShareMalformed

MODULUS = 2**64
LONGEST = 65_536  # cells of one table
LARGEST_COUNT = 2**40  # far above any count of persons, far below where ten of them would wrap
_SEED = 32
_DIGEST = 32


def new_seed() -> bytes:
    """A fresh secret of one pair of states for one round: 32 bytes."""
    return secrets.token_bytes(_SEED)


def giver(one: str, other: str) -> str:
    """Which of two states makes the seed of their pair and sends it: the first in code order."""
    return min(one, other)


def masked(
    counts: Sequence[int],
    *,
    state: str,
    states: Iterable[str],
    seeds: Mapping[str, bytes],
    round_digest: bytes,
) -> list[int]:
    """The share of `state`: its counts, one per cell, under its masks with every other state.

    `seeds`: other state -> secret of the pair. `round_digest`: SHA-256 of what was declared for
    the round; other words give other masks. Raises `SeedMissing`, `CountRefused`.
    """
    check_counts(counts)
    share = list(counts)
    for other in sorted(set(states) - {state}):
        if other not in seeds:
            raise SeedMissing(other=other)
        mask = _expanded(seeds[other], round_digest, (state, other), len(counts))
        sign = 1 if state < other else -1
        share = [(cell + sign * noise) % MODULUS for cell, noise in zip(share, mask, strict=True)]
    return share


def added(shares: Iterable[Sequence[int]]) -> list[int]:
    """The sum over all states of a round, cell by cell. It means nothing if one share is missing.

    Raises `ShareMalformed` if the shares are of different lengths, or there are none.
    """
    columns = list(shares)
    if not columns or len({len(share) for share in columns}) != 1:
        raise ShareMalformed()
    return [sum(cells) % MODULUS for cells in zip(*columns, strict=True)]


def check_counts(counts: Sequence[int]) -> None:
    """Refuse what is no table of counts. Raises `CountRefused` with the place of the first."""
    if not 1 <= len(counts) <= LONGEST:
        raise CountRefused(place=0)
    for place, count in enumerate(counts):
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= LARGEST_COUNT:
            raise CountRefused(place=place)


def packed(share: Sequence[int]) -> bytes:
    """A share as it travels: each cell in 8 bytes, least significant first."""
    return struct.pack(f"<{len(share)}Q", *share)


def unpacked(data: bytes, *, cells: int) -> list[int]:
    """The share in these bytes. Raises `ShareMalformed` unless it has exactly `cells` cells."""
    if not 1 <= cells <= LONGEST or len(data) != 8 * cells:
        raise ShareMalformed()
    return list(struct.unpack(f"<{cells}Q", data))


def commitment(share: bytes, *, state: str, round_digest: bytes) -> str:
    """What a state publishes of its share before anybody has added: SHA-256, in hexadecimal."""
    _check_digest(round_digest)
    return hashlib.sha256(
        b"ayni masked share 1\0" + round_digest + state.encode() + b"\0" + share
    ).hexdigest()


def _expanded(seed: bytes, digest: bytes, pair: tuple[str, str], cells: int) -> tuple[int, ...]:
    _check_digest(digest)
    if len(seed) != _SEED:
        raise SeedMissing(other=max(pair))
    about = b"ayni masked sum 1\0" + "\0".join(sorted(pair)).encode()
    key = HKDF(SHA256(), 32, digest, about).derive(seed)
    stream = Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor()
    return struct.unpack(f"<{cells}Q", stream.update(bytes(8 * cells)) + stream.finalize())


def _check_digest(digest: bytes) -> None:
    if len(digest) != _DIGEST:
        raise ValueError("a digest of a round has 32 bytes")
