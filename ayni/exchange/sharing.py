"""A secret in shares: any k of n restore it, and fewer say nothing about it. Pure.

Shamir's scheme (A. Shamir, "How to share a secret", CACM 22, 1979) over GF(256) with the polynomial
of AES, byte by byte, arranged as in SLIP-0039: the secret stands at x = 255, a check value at
x = 254, so that a wrong set of shares is noticed. The published vectors of SLIP-0039 pass
(tests/exchange/test_sharing.py). Its table look-ups are not made for constant time: it runs where
the key lies in memory anyway.

A share as text is four numbered lines of base 32, each with a check of its own: a person who types
it from paper is told which line is wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ayni.exchange.errors import BadShare, TooFewShares

LENGTH = 32
MOST = 16
_SECRET_AT, _CHECK_AT, _CHECK = 255, 254, 4
_VERSION = 1
_PART, _SUM = 10, 5  # bytes of a line, and of its check
_LINE = re.compile(r"^\s*([0-9]+)[.:]?\s+([A-Za-z0-9 \t]+?)\s*$")
_MISREAD = str.maketrans("018", "OIB")  # base 32 has no such digits


def _tables() -> tuple[bytes, bytes]:
    """Powers of 3 in GF(256), and their logarithms."""
    powers, logarithms, value = bytearray(255), bytearray(256), 1
    for power in range(255):
        powers[power], logarithms[value] = value, power
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)
    return bytes(powers), bytes(logarithms)


_POWER, _LOG = _tables()


def _at(x: int, points: Mapping[int, bytes]) -> bytes:
    """The value at x of the polynomial through these points (Lagrange)."""
    if x in points:
        return points[x]
    found = bytearray(len(next(iter(points.values()))))
    whole = sum(_LOG[each ^ x] for each in points)
    for each, value in points.items():
        others = sum(_LOG[each ^ other] for other in points if other != each)
        factor = whole - _LOG[each ^ x] - others
        for place, byte in enumerate(value):
            found[place] ^= _POWER[(_LOG[byte] + factor) % 255] if byte else 0
    return bytes(found)


def split(secret: bytes, *, of: int, need: int) -> list[bytes]:
    """The values of `of` shares, numbers 0, 1, 2 …; any `need` of them restore the secret.

    Raises ValueError unless 2 <= need <= of <= 16 and the secret has 16 to 32 bytes.
    """
    if not 2 <= need <= of <= MOST or not 16 <= len(secret) <= LENGTH:
        raise ValueError("shares: 2 <= need <= of <= 16")
    filling = secrets.token_bytes(len(secret) - _CHECK)
    points = {n: secrets.token_bytes(len(secret)) for n in range(need - 2)}
    free = dict(points)
    points[_CHECK_AT] = _check(filling, secret) + filling
    points[_SECRET_AT] = secret
    return [free.get(number) or _at(number, points) for number in range(of)]


def restore(values: Mapping[int, bytes]) -> bytes:
    """The secret of shares by number, as many as it needs. Raises `BadShare` if they do not belong
    together."""
    secret, check = _at(_SECRET_AT, values), _at(_CHECK_AT, values)
    if not hmac.compare_digest(check[:_CHECK], _check(check[_CHECK:], secret)):
        raise BadShare("the shares do not belong together")
    return secret


def _check(filling: bytes, secret: bytes) -> bytes:
    return hmac.new(filling, secret, hashlib.sha256).digest()[:_CHECK]


@dataclass(frozen=True, slots=True)
class Share:
    """One share: `group` is a random name of the set, `number` counts from 1."""

    group: bytes
    number: int
    of: int
    need: int
    value: bytes

    def lines(self) -> list[str]:
        """The share as numbered lines for paper."""
        head = bytes([_VERSION, self.number, self.of, self.need])
        raw, found = head + self.group + self.value, []
        for start in range(0, len(raw), _PART):
            part = raw[start : start + _PART]
            text = base64.b32encode(part + _sum(raw[: start + _PART])).decode()
            groups = [text[i : i + 4] for i in range(0, len(text), 4)]
            found.append(f"{start // _PART + 1}  {' '.join(groups)}")
        return found


def _sum(so_far: bytes) -> bytes:
    return hashlib.sha256(b"ayni-share-1\0" + so_far).digest()[:_SUM]


def shares(secret: bytes, *, of: int, need: int) -> list[Share]:
    """A fresh set of shares of a secret of 32 bytes. Raises ValueError as `split` does."""
    group = secrets.token_bytes(4)
    values = split(secret, of=of, need=need)
    return [Share(group, n, of, need, value) for n, value in enumerate(values, 1)]


def read(text: str) -> Share:
    """The share in a text, whatever else stands there. Raises `BadShare`: `line` is the first one
    that is wrong, 0 if there is no share at all."""
    lines = {}
    for each in text.splitlines():
        found = _LINE.match(each)
        letters = "" if found is None else "".join(found[2].split()).upper().translate(_MISREAD)
        if found is not None and len(letters) >= 16 and len(found[1]) == 1:
            lines[int(found[1])] = letters
    if not lines:
        raise BadShare("no share")
    raw = b""
    for number in range(1, (8 + LENGTH) // _PART + 1):
        try:
            part = base64.b32decode(lines[number])
        except (KeyError, ValueError):
            raise BadShare("a line", line=number) from None
        raw += part[:_PART]
        if len(part) != _PART + _SUM or not hmac.compare_digest(part[_PART:], _sum(raw)):
            raise BadShare("a line", line=number)
    version, number, of, need = raw[:4]
    if version != _VERSION or not 1 <= number <= of <= MOST or not 2 <= need <= of:
        raise BadShare("a share of another version", line=1)
    return Share(raw[4:8], number, of, need, raw[8:])


def combine(given: Sequence[Share]) -> bytes:
    """The secret, proved with every share that is given: each is part of a set that restores it.

    Raises `TooFewShares`, or `BadShare` if they are of different sets or contradict each other.
    """
    if not given or len({(one.group, one.of, one.need) for one in given}) != 1:
        raise BadShare("shares of different sets")
    by_number: dict[int, bytes] = {}
    for one in given:
        if by_number.setdefault(one.number - 1, one.value) != one.value:
            raise BadShare("two shares with one number")
    need, numbers = given[0].need, sorted(by_number)
    if len(numbers) < need:
        raise TooFewShares(have=len(numbers), need=need)
    restored = {
        restore({n: by_number[n] for n in numbers[start : start + need]})
        for start in range(len(numbers) - need + 1)
    }
    if len(restored) != 1:
        raise BadShare("the shares do not belong together")
    return restored.pop()
