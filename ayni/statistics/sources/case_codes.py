"""What one case adds to the tallies of its institution. Pure.

A case of both crimes is counted in each and added up in none: `crime` is a dimension of every
table, and every indicator and every sum asks for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ayni.statistics.sources.profiles import PROFILES, forms_of

Entry = tuple[str, int, tuple[str, ...]]  # table, year, codes in the order of `tallies.TABLES`

TRAFFICKING = "trafficking"
NO_CRIME = "not_told"  # neither crime, or not decided yet
UNKNOWN, OTHER, ELSEWHERE = "unknown", "other", "elsewhere"
# HTCDS 2.0 `prs_Gender`, as its public data set groups it (CTDC codebook v6): neither trans nor
# non-binary persons are counted among women or men.
_SEXES = {
    "Feminine": "female",
    "Masculine": "male",
    "TransgenderFeminine": OTHER,
    "TransgenderMasculine": OTHER,
    "NonConforming": OTHER,
}

_NOT_A_VICTIM = "NotAVictimOfTrafficking"  # HTCDS 2.0 `vic_TraffickingStatus`


def entries_of(coded: Mapping[str, Any], *, situation: str, wait: str, days: str) -> list[Entry]:
    """What a case adds. `coded`: as `cases.codes_of` says it; `situation`: its triage class or "";
    `wait` and `days`: as `wait_of` and `profiles.days_of` say it. Who was found to be no victim of
    trafficking in persons is a case that was taken and referred (`reports`), and among its victims
    no more."""
    sex = _SEXES.get(str(coded["gender"]), UNKNOWN)
    age = str(coded["age_group"])
    citizenship, detected_in = _country(coded["citizenship"]), _country(coded["host_state"])
    forms = [str(each) for each in coded["exploitation"]]
    year, side = int(coded["opened_year"]), str(coded["side"])
    found: list[Entry] = []
    for crime in coded["tracks"] or [NO_CRIME]:
        told = "yes" if forms else "no"
        found.append(("reports", year, (crime, situation or UNKNOWN, wait)))
        if crime == TRAFFICKING and coded["trafficking_status"] == _NOT_A_VICTIM:
            continue
        found += [
            ("persons", year, (crime, sex, age, told, side)),
            ("origins", year, (crime, citizenship, sex, side)),
            # No version of the protocol asks where somebody was exploited; the `place` of a notice
            # is free words about where something happened (`indicators.yaml` tells readers so).
            ("flows", year, (crime, _place(citizenship), UNKNOWN, _place(detected_in))),
            *(("forms", year, (crime, form)) for form in forms),
            (PROFILES, year, (crime, sex, age, side, situation or UNKNOWN, days, *forms_of(forms))),
        ]
    return sorted(found)


def _country(code: object) -> str:
    """The code of one of the ten states in capitals; `other`; `unknown` where none is told."""
    text = str(code)
    return UNKNOWN if not text else OTHER if text == OTHER else text.upper()


def _place(code: str) -> str:
    """Of a way: another country is a place like the ten, only not said which."""
    return ELSEWHERE if code == OTHER else code


def wait_of(opened: date, referred: date | None) -> str:
    """How many calendar days passed until the first referral, as a band."""
    if referred is None:
        return "none"
    days = (referred - opened).days
    return "before" if days < 0 else "next_day" if days <= 1 else "later"


def as_json(entries: Iterable[Entry]) -> list[Any]:
    """Entries as they are kept."""
    return [[table, year, *codes] for table, year, codes in entries]


def from_json(told: Any) -> list[Entry]:
    """Entries of what is kept; nothing kept is none."""
    return [(each[0], each[1], tuple(each[2:])) for each in told or ()]


def difference(before: Iterable[Entry], after: Iterable[Entry]) -> Counter[Entry]:
    """What must be added to (or, below zero, taken from) the tallies of a case that changed."""
    found = Counter(after)
    found.subtract(Counter(before))
    return Counter({entry: n for entry, n in found.items() if n})
