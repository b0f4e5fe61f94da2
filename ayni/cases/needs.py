"""What she needs: codes of the protocol's list, read in every language, and apart from them what
was written freely, kept as it was written and marked with its language. Pure.

One list holds both: a string is a code (or, from before there were codes, a text whose language
nobody noted), an object `{"text", "language"}` is free text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ayni.cases import vocabulary as words


@dataclass(frozen=True, slots=True)
class Written:
    """One need in somebody's own words; `language` is empty where it was not noted."""

    text: str
    language: str


def coded(value: Any) -> list[str]:
    """The codes among the needs, each once, in the order of the list of needs."""
    there = {one for one in _parts(value) if isinstance(one, str)}
    return [code for code in words.Need.values if code in there]


def written(value: Any) -> list[Written]:
    """What was written freely, in its order."""
    found = []
    for one in _parts(value):
        if isinstance(one, Mapping):
            found.append(Written(str(one.get("text", "")), str(one.get("language", ""))))
        elif one not in words.Need.values:
            found.append(Written(str(one), ""))
    return [one for one in found if one.text]


def joined(codes: Iterable[str], free: Iterable[Written]) -> list[Any]:
    """Both as one list, as a case keeps it. Raises ValueError for a code that is none."""
    chosen = [words.Need(code).value for code in codes]
    own = [{"text": o.text, "language": o.language} if o.language else o.text for o in free]
    return chosen + own


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
