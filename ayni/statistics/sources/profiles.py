"""What one case or record says at once, for releases and sums: its forms of exploitation, its
triage class and how long it took to the first referral, beside sex and age. Pure.

A person may have been exploited in several ways, so each form is a column of its own, as in CTDC's
public data sets: `YES`, or `NOT_TOLD` where nobody wrote it down, which is never a no.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from ayni.statistics.indicators.engine import Cell

PROFILES, PERSONS = "profiles", "persons"
YES, NOT_TOLD = "1", "not_told"
UNKNOWN = "unknown"
# Column -> codes of HTCDS 2.0 `vic_TypeOfExploitation`. Each form has one column.
FORMS: Mapping[str, tuple[str, ...]] = {
    "isForcedLabour": ("ForcedLabour", "ChildLabour", "Servitude"),
    "isSexualExploit": ("SexualExploitation",),
    "isForcedBegging": ("ForcedBegging",),
    "isForcedMarriage": ("ForcedMarriage",),
    "isOtherExploit": ("OrganRemoval", "ForcedAdoption", "Surrogacy", "Other",
                       "ForcedMilitaryByNonStateActors"),
}  # fmt: skip
OF_CASES = ("crime", "sex", "age", "side", "situation", "days", *FORMS)
OF_RECORDS = ("crime", "sex", "age", *FORMS)
# The last day of each band of calendar days to the first referral. Platform-proposed: no source
# sets bands; the first is the one of the indicator `first_referral`.
_BANDS = ((1, "0-1"), (7, "2-7"), (30, "8-30"))
# In which a person of `PERSONS` and her profile agree, where both tables have the column.
_ALIKE = ("year", "crime", "sex", "age", "side")
_NOTHING: Mapping[str, str] = {
    "situation": UNKNOWN, "days": UNKNOWN, **dict.fromkeys(FORMS, NOT_TOLD)
}  # fmt: skip


def forms_of(codes: Collection[str]) -> tuple[str, ...]:
    """What each column of `FORMS` says of these codes of HTCDS, in its order."""
    return tuple(YES if set(said) & set(codes) else NOT_TOLD for said in FORMS.values())


def days_of(opened: date, referred: date | None) -> str:
    """How many calendar days passed until the first referral, as a band."""
    if referred is None:
        return "none"
    days = (referred - opened).days
    if days < 0:
        return "before"
    return next((band for last, band in _BANDS if days <= last), "31+")


def completed(persons: Sequence[Cell], profiles: Sequence[Cell]) -> list[Cell]:
    """The profiles of all these persons. Who was counted before there were profiles, and was erased
    since, is among them as somebody of whom nothing more is told: else the difference of two tables
    would be those few."""
    names = [name for name in _ALIKE if persons and name in persons[0].codes]
    lacking = Counter[tuple[str, ...]]()
    for cells, sign in ((persons, 1), (profiles, -1)):
        for cell in cells:
            lacking[tuple(cell.codes[name] for name in names)] += sign * cell.count
    return [
        *profiles,
        *(
            Cell({**_NOTHING, **dict(zip(names, codes, strict=True))}, number)
            for codes, number in sorted(lacking.items())
            if number > 0
        ),
    ]
