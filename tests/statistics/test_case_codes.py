"""What one case adds to the tallies."""

from __future__ import annotations

import pytest

from ayni.statistics.sources.case_codes import entries_of

CODED = {
    "side": "host", "tracks": ["smuggling", "trafficking"], "opened_year": 2025,
    "gender": "Feminine", "age_group": "adult", "citizenship": "bo", "host_state": "ar",
    "trafficking_status": "", "exploitation": ["ForcedLabour"],
}  # fmt: skip


def of(status: str) -> set[tuple[str, str]]:
    """Table and crime of what is added."""
    found = entries_of({**CODED, "trafficking_status": status}, situation="urgency", wait="later")
    return {(table, codes[0]) for table, _year, codes in found}


TABLES = ("persons", "origins", "flows", "reports", "forms")


@pytest.mark.parametrize("status", ["", "PossibleVictimOfTrafficking", "ActualVictimOfTrafficking"])
def test_a_case_of_both_crimes_is_in_each_and_in_no_sum_of_both(status: str) -> None:
    assert of(status) == {(table, crime) for table in TABLES for crime in CODED["tracks"]}


def test_who_was_found_to_be_no_victim_is_not_among_the_victims_of_trafficking() -> None:
    smuggled = {(table, "smuggling") for table in TABLES}
    assert of("NotAVictimOfTrafficking") == smuggled | {("reports", "trafficking")}
