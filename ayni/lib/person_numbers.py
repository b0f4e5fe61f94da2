"""Pieces of a text by which a person is found: addresses, numbers of documents and telephones; and
dates. Pure, and linear in the length of the text.

A guess, on purpose a strict one. Amounts of money with a currency, years from-to and times of the
day are left out; where a law or a gazette is named (`official`), their numbers and web addresses.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LEAST_DIGITS = 6  # of a number of a document or telephone
LEAST_BESIDE_LAWS = 7  # laws and gazettes have reached six

Piece = tuple[int, str]  # where it begins in the plain text, and what stands there
# Stands where something was taken out, so that places stay; of no pattern here.
_GONE = "\N{BROKEN BAR}"
_ADDRESS = re.compile(r"(?<!\S)\S*@\S+|\b(?:wa|t)\.me/\S+", re.IGNORECASE)
# Days and months that there are: +55 61 2030 1234 is a telephone.
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?<!\d)(?:{_DAY}[-/. ]{_MONTH}[-/. ](?:19|20)\d\d"
    rf"|(?:19|20)\d\d[-/.]{_MONTH}[-/.]{_DAY})(?!\d)"
)
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d) ?[-/–] ?((?:19|20)\d\d)(?![-/.]?\d)")
_TIME = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])")
_SIGN = r"(?:us\$|u\$s|r\$|\$us|\$b|\$|€|usd|eur|brl|ars|bob|pen|pyg|cop|clp|uyu|ves|bs\.?|gs\.?|₲)"
_CURRENCY = (
    r"(?:usd|eur|brl|ars|bob|pen|pyg|cop|clp|uyu|ves|d[oó]lares|dollars?|euros?|pesos|reales|reais"
    r"|soles|guaran[ií]es|guaranis|bolivianos|bol[ií]vares)"
)
# Above six digits only with separators: 71234567 soles is a telephone, and somebody's pay.
_AMOUNT = r"(?:\d{1,3}(?:[., ]\d{3}){1,4}|\d{1,6})(?:[.,]\d{1,2})?(?![\d-])"
_MONEY = re.compile(
    rf"(?<![^\W_]){_SIGN} ?{_AMOUNT}|(?<![\d.,\-'’:*·_])(?<!\d ){_AMOUNT} ?{_CURRENCY}\b",
    re.IGNORECASE,
)
# Digits, whatever stands between them that people write in numbers, and letters of a passport.
_BETWEEN = r"\-‐−–—./()*·_\s"
_ENDS = "-‐−–—./()*·_ \t\r\n"
_NUMBER = re.compile(rf"(?:\b[A-Z]{{1,3}}[-. ]?)?\+?\(?\d(?:[\d{_BETWEEN}]|(?<=\d)[,'’:](?=\d))*")
_WEB = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# 1048/2024, 12.345/08, 2024/1048, 001-2016 and (2008), not within a longer number.
_OFFICIAL = re.compile(
    r"(?<!\d)(?<!\d[\s.\-/()])(?:"
    r"(?:\d{1,3}\.\d{3}|\d{1,5})/(?:(?:19|20)\d\d|\d\d)"
    r"|(?:19|20)\d\d/\d{1,5}|\d{1,3}-(?:19\d\d|20[0-3]\d)"
    r")(?!\d)(?![-./]\d)|\((?:19|20)\d\d\)"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, each in the order of the text."""

    addresses: tuple[Piece, ...]
    dates: tuple[Piece, ...]
    numbers: tuple[Piece, ...]


def plain(text: str) -> str:
    """The text in one form of its characters, without those that nobody sees."""
    return "".join(
        each
        for each in unicodedata.normalize("NFKC", text)
        if unicodedata.category(each) not in ("Cf", "Me") and not "\ufe00" <= each <= "\ufe0f"
    )


def seen(text: str, *, official: bool = False) -> Seen:
    """Addresses, dates and numbers in a text as `plain` gives it. `official`: the text names laws
    or gazettes, whose numbers and web addresses are no person's."""
    addresses, rest = _taken(_ADDRESS, text)
    if official:
        rest = _blank(_WEB, rest)
    dates, rest = _taken(_DATE, rest)
    if official:
        rest = _blank(_OFFICIAL, rest)
    rest = _YEARS.sub(lambda match: match[0] if match[2] < match[1] else _gone(match), rest)
    rest = _blank(_MONEY, _blank(_TIME, rest))
    least = LEAST_BESIDE_LAWS if official else LEAST_DIGITS
    numbers = tuple(
        (match.start(), match[0].rstrip(_ENDS))
        for match in _NUMBER.finditer(rest)
        if sum(each.isdigit() for each in match[0]) >= least
    )
    return Seen(addresses, dates, numbers)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[tuple[Piece, ...], str]:
    found = tuple((match.start(), match[0]) for match in pattern.finditer(text))
    return found, _blank(pattern, text)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(_gone, text)


def _gone(match: re.Match[str]) -> str:
    return _GONE * len(match[0])
