"""What one record of HTCDS 2.0 adds to the tallies of the institution that took it in. Pure.

Counted are actual and possible victims of trafficking in persons. These records are a source of
their own: the same person may have a case, so they are never added to the cases of a node.
"""

from __future__ import annotations

from collections.abc import Collection

from ayni.statistics.htcds import ctdc, mapping
from ayni.statistics.htcds.records import Record
from ayni.statistics.sources.case_codes import ELSEWHERE, OTHER, TRAFFICKING, UNKNOWN, Entry
from ayni.statistics.sources.profiles import PROFILES, forms_of

_SEXES = ("female", "male", OTHER)
_ADULT_FROM = 18


def entries_of(record: Record, *, states: Collection[str], taken_in: int) -> list[Entry]:
    """What a record adds: nothing for one that is of no victim. `states`: ISO 3166-1 alpha-2 codes
    of the states that are told by name, for a rare country tells who somebody is; `taken_in`: the
    year in which the record came here, which counts where it tells no year of its own."""
    if not ctdc.is_victim(record):
        return []
    year = int(ctdc.year_of(record) or taken_in)
    sex = ctdc.gender_of(record, _SEXES) or UNKNOWN
    forms = sorted(ctdc.codes_of(record, "vic_TypeOfExploitation"))
    way = (ctdc.first_of(record, "prs_Citizenship"), ctdc.exploited_in(record), _detected(record))
    persons = (TRAFFICKING, sex, _age(record), "yes" if forms else "no")
    return sorted([
        ("persons", year, persons),
        ("flows", year, (TRAFFICKING, *(_place(code, states) for code in way))),
        *(("forms", year, (TRAFFICKING, form)) for form in forms),
        (PROFILES, year, (TRAFFICKING, sex, _age(record), *forms_of(forms))),
    ])  # fmt: skip


def _detected(record: Record) -> str:
    """HTCDS has no field for it (trap 10): our own tell where the person was, or else which state
    registered her. A record that says neither is not said to be of any."""
    told = record.values
    return str(told.get("ayni_HostCountry") or told.get("ayni_RegisteringState") or "")


def _place(code: str, states: Collection[str]) -> str:
    return UNKNOWN if not code else code if code in states else ELSEWHERE


def _age(record: Record) -> str:
    """Child or adult on the day of registration, where that is certain."""
    possible = _ages(record)
    if possible is None:
        return UNKNOWN
    youngest, oldest = possible
    return "adult" if youngest >= _ADULT_FROM else "child" if oldest < _ADULT_FROM else UNKNOWN


def _ages(record: Record) -> tuple[int, int] | None:
    band, day = record.values.get("ayni_AgeBand"), mapping.registered_on(record)
    if band:
        low, high = (int(part) for part in str(band).split("-"))
        return low, high
    birth = mapping.person_of(record).get("birth")
    return mapping.ages(birth, day) if birth and day else None
