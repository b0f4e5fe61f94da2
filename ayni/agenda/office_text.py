"""Whether a text that should name an office looks as if it named a person. Pure.

It stops slips; it cannot prove that a text names nobody.
"""

from __future__ import annotations

import re
from itertools import pairwise

_ADDRESS = re.compile(r"\S@\S")
_DAY = re.compile(r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b")
_DIGITS = re.compile(r"\d[\d ()\-]{5,}")  # nothing after it that could fail: read once
_PHONE = 8  # digits in a row, as people group them; numbers of acts have fewer
_TITLES = frozenset(
    "sr sra srta dr dra lic licda abog mr mrs ms señor señora senhor senhora".split()
)


def names_a_person(text: str) -> bool:
    """Whether there is an e-mail address, a telephone number, or a title before a name."""
    words = text.split()
    titled = any(
        word.casefold().strip(".,;:()") in _TITLES and after[:1].isupper()
        for word, after in pairwise(words)
    )
    rows = _DIGITS.findall(_DAY.sub(" ", text))
    phone = any(sum(sign.isdigit() for sign in row) >= _PHONE for row in rows)
    return titled or phone or bool(_ADDRESS.search(text))
