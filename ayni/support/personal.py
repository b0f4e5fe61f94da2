"""Text that looks as if it named or described a person: a name, a number of a document or of a
telephone, an e-mail, a date. Pure.

A guess, on purpose a strict one: what it finds goes back to the author, before it would be sent to
ten states for ever. A number or an address is never let through; a name or a date may be a place or
a day of work, and a person has to say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ayni.lib import person_numbers
from ayni.lib.folding import fold
from ayni.support.known_words import FIRST_NAMES, KNOWN, PARTICLES, SAINTS


class Looks(StrEnum):
    """What a piece of text looks like."""

    ADDRESS = "address"  # e-mail or account
    NUMBER = "number"  # of a document or telephone
    DATE = "date"
    NAME = "name"


# Let through when a person says that nobody is meant.
MAY_BE_OTHER = frozenset({Looks.DATE, Looks.NAME})


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of a text, and what it looks like."""

    looks: Looks
    piece: str


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# After them a name follows.
_CUES = frozenset(
    "sra sr srta señora señor señorita senhora senhor doña dona dr dra llama llamada llamado chama"
    " chamada chamado nombre nome name named called mrs mr ms miss".split()
)


def looks_personal(text: str) -> tuple[Found, ...]:
    """What in a text looks like data of a person, in the order of the text."""
    plain = person_numbers.plain(text)
    seen = person_numbers.seen(plain)
    found = [
        (at, Found(looks, piece))
        for looks, pieces in (
            (Looks.ADDRESS, seen.addresses),
            (Looks.DATE, seen.dates),
            (Looks.NUMBER, seen.numbers),
            (Looks.NAME, _names(plain)),
        )
        for at, piece in pieces
    ]
    return tuple(each for _at, each in sorted(found, key=lambda pair: pair[0]))


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    folded: str
    capital: bool  # begins with one and is longer than it
    initial: bool  # is one
    known: bool  # as no name of a person, also because of the word before it: San Juan


def _names(text: str) -> Iterator[tuple[int, str]]:
    """Runs of words that look like a name: two with capitals of which neither is known, a first
    name however written, or a word after "is called" and the like."""
    for part in _parts(text):
        at = 0
        while at < len(part):
            end = _name_from(part, at)
            if end is None:
                at += 1
            else:
                yield part[at].start, text[part[at].start : part[end - 1].end]
                at = end


def _parts(text: str) -> Iterator[list[_Token]]:
    """Words with nothing but spaces between them; after a cue or an initial also a point."""
    part: list[_Token] = []
    for match in _WORD.finditer(text):
        folded = fold(match[0])
        upper, alone = match[0][0].isupper(), len(match[0]) == 1
        placed = bool(part) and part[-1].folded in SAINTS
        token = _Token(
            match.start(),
            match.end(),
            folded,
            capital=upper and not alone,
            initial=upper and alone,
            known=folded in KNOWN or placed,
        )
        if part:
            between = text[part[-1].end : token.start].strip()
            short = part[-1].folded in _CUES or part[-1].initial
            if between and not (short and between in (".", ":", ".:")):
                yield part
                part = []
        part.append(token)
    if part:
        yield part


def _name_from(part: list[_Token], at: int) -> int | None:
    """Where the name ends that begins at a word; None if none begins there."""
    token = part[at]
    before = part[at - 1].folded if at else ""
    if token.folded in _CUES or token.folded in PARTICLES:
        return None
    first = token.folded in FIRST_NAMES and not token.known
    cued = before in _CUES and not token.known and token.capital
    if not (first or cued or (token.capital and not token.known)):
        return None
    end, strong = at, 0
    for place in range(at, len(part)):
        each = part[place]
        if (each.capital or each.folded in FIRST_NAMES) and not each.known:
            strong += 1
            end = place + 1
        elif each.folded not in PARTICLES and not each.initial:
            break
    return end if first or cued or strong >= 2 else None
