"""Words as they are compared in a search, and where they stand in a text. Pure.

PostgreSQL's dictionaries of Spanish and Portuguese know a word by its ending, and some endings
only with their accent (*-ción*, *-ção*); people type without. So both sides lose their accents
here, and those endings, singular and plural, get one form that the dictionaries know (ADR 0071).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

LONGEST = 200  # characters of a question; the rest is not looked at
_WHOLE, _AROUND = 260, 90  # texts of this length are shown whole; of longer ones this much
_WORD = re.compile(r"\w+")
_LEFT_OUT = re.compile(r'(?:^|(?<=\s))-(?:"[^"]*"?|\S+)')
_ENDINGS = {
    "es": ((re.compile(r"(?<=[cs])(?:iones|ion)\b"), "ión"),),
    "pt": (
        (re.compile(r"(?<=\w)c(?:oes|ao)\b"), "ção"),
        (re.compile(r"(?<=\w)(?:oes|ao)\b"), "ão"),
    ),
}


def plain(text: str) -> str:
    """Small letters without accents, cedilla and tilde."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def canonical(text: str, language: str) -> str:
    """A text or question as the dictionary of its language (`es`, `pt`, `en`) is given it."""
    found = plain(text).replace("\0", " ")
    for pattern, ending in _ENDINGS.get(language, ()):
        found = pattern.sub(ending, found)
    return found


def looked_for(question: str, language: str) -> list[str]:
    """The words of a question that a text may show: without those that it shall not have, and
    without the word between alternatives."""
    asked = canonical(_LEFT_OUT.sub(" ", question[:LONGEST]), language)
    return [each for each in dict.fromkeys(_WORD.findall(asked)) if each != "or"]


def left_out(question: str, language: str) -> list[str]:
    """Words, or several that stand together, that what is found shall not have."""
    found = (each.strip('-" ') for each in _LEFT_OUT.findall(question[:LONGEST]))
    return [canonical(each, language) for each in found if each]


def words(text: str, language: str) -> set[str]:
    """The different words of a text, as they are compared."""
    return {canonical(each, language) for each in _WORD.findall(text)}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `hit`: it is one of the words looked for."""

    text: str
    hit: bool


def excerpt(text: str, hits: Collection[str], language: str) -> list[Piece]:
    """A text with the words in `hits` (as they are compared) told apart; of a long one what stands
    around them, or its beginning if there is none."""
    spans = [
        each.span() for each in _WORD.finditer(text) if canonical(each.group(), language) in hits
    ]
    if len(text) <= _WHOLE:
        return list(_pieces(text, spans, 0, len(text)))
    found: list[Piece] = []
    end = 0
    for start, stop in _windows(text, spans):
        if start > end:
            found.append(Piece("… ", hit=False))
        found += _pieces(text, spans, start, stop)
        end = stop
    return [*found, Piece(" …", hit=False)] if end < len(text) else found


def _windows(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of a long text is shown, from word to word, in order and without overlap."""
    wanted = [_at_words(text, start - _AROUND, stop + _AROUND) for start, stop in spans]
    begin, end = wanted[0] if wanted else _at_words(text, 0, _WHOLE)
    for start, stop in wanted[1:]:
        if start > end:
            yield begin, end
            begin = start
        end = max(end, stop)
    yield begin, end


def _at_words(text: str, start: int, stop: int) -> tuple[int, int]:
    """The nearest spaces outside of a stretch."""
    start = 0 if start <= 0 else text.rfind(" ", 0, start) + 1
    after = text.find(" ", stop) if stop < len(text) else -1
    return start, len(text) if after < 0 else after


def _pieces(text: str, spans: list[tuple[int, int]], start: int, stop: int) -> Iterator[Piece]:
    at = start
    for begin, end in spans:
        if begin < start or end > stop:
            continue
        if begin > at:
            yield Piece(text[at:begin], hit=False)
        yield Piece(text[begin:end], hit=True)
        at = end
    if at < stop:
        yield Piece(text[at:stop], hit=False)
