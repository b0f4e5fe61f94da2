"""What records in HTCDS add to the tallies, against a reference that lists what each one tells."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.htcds.counted import entries_of
from ayni.statistics.htcds.records import Record

TEN = frozenset({"AR", "BO", "PE"})
PLACES = st.sampled_from(["", "AR", "BO", "PE", "NA", "ES"])
FORMS = st.lists(st.sampled_from(["ForcedLabour", "Servitude", "Other"]), unique=True)
STATUSES = st.sampled_from([
    "", "PossibleVictimOfTrafficking", "ActualVictimOfTrafficking", "NotAVictimOfTrafficking",
])  # fmt: skip
TRACKS = st.sampled_from([(), ("trafficking",), ("smuggling",), ("trafficking", "smuggling")])
EVENTS = st.lists(st.tuples(
    st.sampled_from(["Recruitment", "Transit", "Exploitation", ""]), PLACES
), max_size=4)  # fmt: skip
BORN = st.one_of(st.none(), st.dates(date(1950, 1, 1), date(2019, 12, 31)))
PEOPLE = st.lists(st.fixed_dictionaries({
    "citizen": PLACES, "host": PLACES, "registered_by": PLACES, "events": EVENTS, "forms": FORMS,
    "status": STATUSES, "tracks": TRACKS, "accused": st.booleans(), "born": BORN,
    "on": st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2025, 12, 31))),
    "gender": st.sampled_from(["", "Feminine", "Masculine", "NonConforming"]),
}), max_size=6)  # fmt: skip


def _record(person: dict[str, Any]) -> Record:
    values = {
        "prs_Citizenship": (person["citizen"],) if person["citizen"] else (),
        "ayni_HostCountry": person["host"], "ayni_RegisteringState": person["registered_by"],
        "vic_TypeOfExploitation": tuple(person["forms"]), "prs_Gender": person["gender"],
        "vic_TraffickingStatus": person["status"], "ayni_Track": person["tracks"],
        "per_RoleInProcess": ("Exploiter",) if person["accused"] else (),
        "prs_Birthdate": person["born"], "ayni_RegistrationDate": person["on"],
    }  # fmt: skip
    events = tuple(
        {name: told for name, told in (("hte_Type", kind), ("hte_Country", country)) if told}
        for kind, country in person["events"]
    )
    return Record({name: value for name, value in values.items() if value}, {"hte_": events})


def _is_victim(person: dict[str, Any]) -> bool:
    if person["accused"] or person["status"].startswith("Not"):
        return False
    return bool(person["status"]) or not person["tracks"] or "trafficking" in person["tracks"]


def _place(code: str) -> str:
    return {"": "unknown", "NA": "elsewhere", "ES": "elsewhere"}.get(code, code)


def _age(person: dict[str, Any]) -> str:
    born, on = person["born"], person["on"]
    if born is None or on is None:
        return "unknown"
    return (
        "child" if (on.year - 18, on.month, on.day) < (born.year, born.month, born.day) else "adult"
    )


@given(PEOPLE)
def test_each_victim_is_counted_once_with_what_her_record_tells(
    people: list[dict[str, Any]],
) -> None:
    found: Counter[Any] = Counter()
    for person in people:
        found.update(entries_of(_record(person), states=TEN, taken_in=2026))

    expected: Counter[Any] = Counter()
    for person in filter(_is_victim, people):
        year = person["on"].year if person["on"] else 2026
        sex = {"Feminine": "female", "Masculine": "male", "": "unknown"}.get(
            person["gender"], "other"
        )
        told = "yes" if person["forms"] else "no"
        exploited = [country for kind, country in person["events"]
                     if kind == "Exploitation" and country]  # fmt: skip
        way = (person["citizen"], [*exploited, ""][0], person["host"] or person["registered_by"])
        expected["persons", year, ("trafficking", sex, _age(person), told)] += 1
        expected["flows", year, ("trafficking", *map(_place, way))] += 1
        labour = bool({"ForcedLabour", "Servitude"} & set(person["forms"]))
        forms = [labour, False, False, False, "Other" in person["forms"]]
        marks = ("1" if each else "not_told" for each in forms)
        expected["profiles", year, ("trafficking", sex, _age(person), *marks)] += 1
        for form in person["forms"]:
            expected["forms", year, ("trafficking", form)] += 1
    assert found == expected


def test_a_birth_that_may_be_of_a_child_or_an_adult_is_of_neither() -> None:
    told = {"ayni_BirthPrecision": "year", "ayni_RegistrationDate": date(2024, 6, 1)}
    ages = {
        year: entries_of(Record({**told, "ayni_BirthValue": str(year)}), states=TEN, taken_in=2026)
        for year in (2004, 2006, 2008)
    }
    assert {year: dict(found_by_table(found))["persons"][2] for year, found in ages.items()} == {
        2004: "adult", 2006: "unknown", 2008: "child",
    }  # fmt: skip


def found_by_table(entries: list[Any]) -> list[tuple[str, tuple[str, ...]]]:
    """The codes of each table of one record."""
    return [(table, codes) for table, _year, codes in entries]
