"""Text that looks as if it named or described a person: a name, a number of a document or of a
telephone, an e-mail, a date. Pure.

A guess, on purpose a strict one: what it finds goes back to the author, before it would be sent to
ten states for ever. A number or an address is never let through; a name or a date may be a place or
a day of work, and a person has to say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

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
LEAST_DIGITS = 6  # of a number of a document or telephone


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of a text, and what it looks like."""

    looks: Looks
    piece: str


_ADDRESS = re.compile(r"\S*@\S+|\b(?:wa|t)\.me/\S+", re.IGNORECASE)
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d|(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?)(?!\d)"
)
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d ?[-/–] ?(?:19|20)\d\d(?![-/.]?\d)")
_SIGN = r"(?:us\$|u\$s|r\$|\$us|\$b|\$|€|usd|eur|brl|ars|bob|pen|pyg|cop|clp|uyu|ves|bs\.?|gs\.?|₲)"
_CURRENCY = (
    r"(?:usd|eur|brl|ars|bob|pen|pyg|cop|clp|uyu|ves|d[oó]lares|dollars?|euros?|pesos|reales|reais"
    r"|soles|guaran[ií]es|guaranis|bolivianos|bol[ií]vares)"
)
_AMOUNT = r"(?:\d{1,3}(?:[., ]\d{3}){1,4}|\d{1,8})(?:[.,]\d{1,2})?(?![\d-])"
_MONEY = re.compile(
    rf"(?<![^\W_]){_SIGN} ?{_AMOUNT}|(?<![\d.,-]){_AMOUNT} ?{_CURRENCY}\b", re.IGNORECASE
)
# Digits, whatever stands between them that people write in numbers, and letters of a passport.
_NUMBER = re.compile(r"(?:\b[A-Z]{1,3}[-. ]?)?\+?\(?\d(?:[\d\-–./() ]*\d)?")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# After them a name follows.
_CUES = frozenset(
    "sra sr srta señora señor señorita senhora senhor doña dona dr dra llama llamada llamado chama"
    " chamada chamado nombre nome name named called mrs mr ms miss".split()
)


def looks_personal(text: str, *, places: Collection[str] = ()) -> tuple[Found, ...]:
    """What in a text looks like data of a person, in the order of the text. `places`: names that
    are known to be of places, such as the city that is asked for."""
    plain = unicodedata.normalize("NFKC", text)
    found: list[tuple[int, Found]] = []
    rest = plain
    for looks, pattern in ((Looks.ADDRESS, _ADDRESS), (Looks.DATE, _DATE)):
        found += [(match.start(), Found(looks, match[0])) for match in pattern.finditer(rest)]
        rest = _blank(pattern, rest)
    rest = _blank(_MONEY, _blank(_YEARS, rest))
    for match in _NUMBER.finditer(rest):
        if sum(each.isdigit() for each in match[0]) >= LEAST_DIGITS:
            found.append((match.start(), Found(Looks.NUMBER, match[0].strip())))
    known = KNOWN.union(*(fold(place).split() for place in places))
    found += [(at, Found(Looks.NAME, piece)) for at, piece in _names(plain, known)]
    return tuple(each for _at, each in sorted(found, key=lambda pair: pair[0]))


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """The text with other signs where the pattern was, so that places in it stay."""
    return pattern.sub(lambda match: "·" * len(match[0]), text)


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    folded: str
    capital: bool  # begins with one and is longer than it
    initial: bool  # is one
    known: bool  # as no name of a person, also because of the word before it: San Juan


def _names(text: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Runs of words that look like a name: two with capitals of which neither is known, a first
    name however written, or a word after "is called" and the like."""
    for part in _parts(text, known):
        at = 0
        while at < len(part):
            end = _name_from(part, at)
            if end is None:
                at += 1
            else:
                yield part[at].start, text[part[at].start : part[end - 1].end]
                at = end


def _parts(text: str, known: Collection[str]) -> Iterator[list[_Token]]:
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
            known=folded in known or placed,
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
