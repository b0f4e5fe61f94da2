"""Reads the tables of the survey of norms (`norms.md`), to compare them with the data shipped.

The file is not part of the repository. What is read here is worked on alike whether the text comes
from it or from the small invented one of the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ayni.norms.load import DATA

SURVEY = Path(__file__).parents[3] / "shared" / "domain" / "norms.md"
Row = list[str]
# Numbers of laws and articles, days, years, and names written with two capital letters or more.
_FACT = re.compile(
    r"C-\d+/\d+|\d{1,2}/\d{1,2}/\d{4}|\d{1,2}/\d{4}|\d[\d.]*(?:/\d+)?"
    r"|\b[A-Z][A-Za-z]*[A-Z][A-Za-z]*\b"
)
_MARK = re.compile(r"\[(?:[^\]]*? )?(V|2|I|M|X|C)(?:[ ,][^\]]*)?\]")


def table(text: str, heading: str) -> list[Row]:
    """The rows of the first table under a heading, without its head. Raises ValueError if there is
    no such heading."""
    _before, found, after = text.partition(f"\n{heading}")
    if not found:
        raise ValueError(heading)
    lines = []
    for line in after.splitlines()[1:]:
        if line.startswith("#"):
            break
        if line.startswith("|"):
            lines.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return lines[2:]


def head(text: str, heading: str) -> Row:
    """The head of the first table under a heading."""
    line = next(
        one for one in text.partition(f"\n{heading}")[2].splitlines() if one.startswith("|")
    )
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def facts(cell: str) -> set[str]:
    """What a cell says that can be looked for letter by letter: numbers, days, short names."""
    return {each.rstrip(".") for each in _FACT.findall(_plain_marks(cell))}


def _plain_marks(cell: str) -> str:
    return _MARK.sub(" ", cell)


def marks(cell: str) -> set[str]:
    """The marks of a cell."""
    return set(_MARK.findall(cell))


def plain(text: str) -> str:
    """A text in which both are written alike, and days also as the survey writes them."""
    text = text.replace("–", "-").replace("**", "").casefold()
    text = re.sub(r"\b(\d{4})-(\d\d)-(\d\d)\b", r"\g<0> \3/\2/\1", text)
    return re.sub(r"\b(\d{4})-(\d\d)\b(?!-)", r"\g<0> \2/\1", text)


def says(told: str, fact: str) -> bool:
    """Whether a plain text has a fact, and not only as a part of another number."""
    return bool(re.search(rf"(?<![\d.]){re.escape(plain(fact))}(?!\d)", told))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


def told(*values: Any) -> str:
    """Everything that parts of the data say, plain."""
    return plain(" ".join(part for each in values for part in _texts(each)))


@cache
def shipped(name: str) -> Any:
    """What a file of the data holds."""
    return YAML(typ="safe", pure=True).load((DATA / name).read_text("utf-8"))
