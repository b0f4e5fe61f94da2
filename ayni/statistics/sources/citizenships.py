"""What a source writes for a citizenship or a country, and which code it is. Pure but for the file.

A value becomes a country only where a name or a listed spelling says so; a lost letter (U+FFFD,
"Rep\ufffdblica Dominicana") only where exactly one such name fits. Everything else keeps its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global
from ruamel.yaml import YAML

from ayni.lib.errors import Misconfigured
from ayni.lib.folding import fold

FILE = Path(__file__).parent.parent / "data" / "citizenships.yaml"
LOST = "\ufffd"
# Territories of CLDR that ISO 3166-1 does not assign: reserved codes, and CLDR's own.
NO_COUNTRY = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
)
_LANGUAGES = ("en", "es", "pt", "fr", "it")
_CODE = re.compile(r"[A-Z]{2}")


class Kind(StrEnum):
    """What a value says that is no country. These are codes of a citizenship, too."""

    ABROAD = "abroad"
    TOTAL = "total"
    STATELESS = "stateless"
    UNKNOWN = "unknown"
    OTHER = "other"
    UNCLEAR = "unclear"  # nobody can say what was meant; nothing was guessed


class How(StrEnum):
    """How a value became a code."""

    NAMED = "named"  # a name of the country, or the code itself
    SPELLED = "spelled"  # a spelling of the list
    OWN_STATE = "own_state"  # "Nationals": the state that reports
    LOST_LETTER = "lost_letter"  # one name fits, except for letters that were lost
    NO_CODE = "no_code"  # several states, or one without a code
    EMPTY = "empty"
    NOT_IN_LIST = "not_in_list"


@dataclass(frozen=True, slots=True)
class Read:
    """A code: ISO 3166-1 alpha-2 in capitals, or a `Kind`; and how it was found."""

    code: str
    how: How


@dataclass(frozen=True, slots=True)
class _Lists:
    names: Mapping[str, str]
    spellings: Mapping[str, str]
    others: Mapping[str, str]


@cache
def alpha2(code: str) -> str:
    """The alpha-2 code for an alpha-3 or alpha-2 code; empty for none. "NAM" and "NA": Namibia."""
    if _CODE.fullmatch(code):
        return code if code in _codes() else ""
    found = get_global("territory_aliases").get(code, [])
    return found[0] if len(code) == 3 and len(found) == 1 and found[0] in _codes() else ""


@cache
def _codes() -> frozenset[str]:
    return frozenset(
        code
        for code in map(str, Locale("en").territories)
        if _CODE.fullmatch(code) and code not in NO_COUNTRY
    )


@lru_cache(maxsize=10_000)
def read(text: str, *, reporting: str) -> Read:
    """What `text` says, in a row that the state `reporting` (alpha-2) reported."""
    lists = _lists()
    found = text.strip()
    if not found:
        return Read(Kind.UNKNOWN.value, How.EMPTY)
    if found in _codes():
        return Read(found, How.NAMED)
    # Folding would drop the lost letter, and "Ira\ufffd" would be the Portuguese name of Iran.
    listed = _with_lost_letters if LOST in found else _as_written
    return listed(found, lists, reporting) or Read(Kind.UNCLEAR.value, How.NOT_IN_LIST)


def _as_written(found: str, lists: _Lists, reporting: str) -> Read | None:
    return _listed(fold(found), lists, reporting)


def _listed(folded: str, lists: _Lists, reporting: str) -> Read | None:
    if folded in lists.names:
        return Read(lists.names[folded], How.NAMED)
    if folded in lists.spellings:
        return Read(lists.spellings[folded], How.SPELLED)
    kind = lists.others.get(folded)
    if kind is None:
        return None
    if kind == "own_state":
        known = bool(reporting)
        return Read(reporting, How.OWN_STATE) if known else Read(Kind.UNCLEAR, How.NO_CODE)
    return Read(kind, How.NO_CODE if kind == Kind.OTHER else How.SPELLED)


def _with_lost_letters(found: str, lists: _Lists, reporting: str) -> Read | None:
    """One lost letter stands for one letter; for two, too, where UTF-8 was cut in its bytes."""
    parts = [re.escape(fold(part)) for part in found.split(LOST)]
    spaced = [
        (" " if part[:1] == " " else "", text, " " if part[-1:] == " " and text else "")
        for part, text in zip(found.split(LOST), parts, strict=True)
    ]
    pattern = re.compile(".{1,2}".join(a + text + b for a, text, b in spaced))
    meant = {
        (read_.code, kind)
        for folded, kind in _everything(lists)
        if pattern.fullmatch(folded) and (read_ := _listed(folded, lists, reporting)) is not None
    }
    codes = {code for code, _kind in meant}
    return Read(codes.pop(), How.LOST_LETTER) if len(codes) == 1 else None


def _everything(lists: _Lists) -> Iterator[tuple[str, str]]:
    yield from lists.names.items()
    yield from lists.spellings.items()
    yield from lists.others.items()


@cache
def _lists() -> _Lists:
    data = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in _codes():
                names.setdefault(fold(name), code)
    spellings = dict(_spelled(data["countries"]))
    others = {
        fold(word): kind
        for kind in ("own_state", "abroad", "total", "stateless", "unknown", "other")
        for word in data[kind]
    }
    twice = set(spellings) & set(others)
    if twice:
        raise Misconfigured(f"{FILE.name}: stands in two lists: {', '.join(sorted(twice))}")
    return _Lists(names, spellings, others)


def _spelled(countries: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for code, words in countries.items():
        if code not in _codes():
            raise Misconfigured(f"{FILE.name}: {code!r} is no code of ISO 3166-1")
        for word in words:
            if seen.setdefault(fold(word), code) != code:
                raise Misconfigured(f"{FILE.name}: {word!r} stands under two codes")
            yield fold(word), code
