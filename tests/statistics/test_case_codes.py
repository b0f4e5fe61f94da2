"""What one case adds to the tallies."""

from __future__ import annotations

import pytest

from ayni.protocol.load import shipped
from ayni.statistics.sources.case_codes import entries_of
from ayni.statistics.sources.profiles import FORMS, OF_CASES

CODED = {
    "side": "host", "tracks": ["smuggling", "trafficking"], "opened_year": 2025,
    "gender": "Feminine", "age_group": "adult", "citizenship": "bo", "host_state": "ar",
    "trafficking_status": "", "exploitation": ["ForcedLabour"],
}  # fmt: skip


def of(status: str) -> set[tuple[str, str]]:
    """Table and crime of what is added."""
    found = entries_of(
        {**CODED, "trafficking_status": status}, situation="urgency", wait="later", days="2-7"
    )
    return {(table, codes[0]) for table, _year, codes in found}


TABLES = ("persons", "origins", "flows", "reports", "forms", "profiles")


@pytest.mark.parametrize("status", ["", "PossibleVictimOfTrafficking", "ActualVictimOfTrafficking"])
def test_a_case_of_both_crimes_is_in_each_and_in_no_sum_of_both(status: str) -> None:
    assert of(status) == {(table, crime) for table in TABLES for crime in CODED["tracks"]}


def test_who_was_found_to_be_no_victim_is_not_among_the_victims_of_trafficking() -> None:
    smuggled = {(table, "smuggling") for table in TABLES}
    assert of("NotAVictimOfTrafficking") == smuggled | {("reports", "trafficking")}


def test_a_form_of_exploitation_that_nobody_wrote_down_is_not_told_and_never_a_no() -> None:
    coded = {**CODED, "tracks": ["trafficking"], "exploitation": ["Servitude", "OrganRemoval"]}
    found = entries_of(coded, situation="", wait="none", days="none")
    (profile,) = [codes for table, _year, codes in found if table == "profiles"]
    told = dict(zip(OF_CASES, profile, strict=True))
    assert {name: told[name] for name in FORMS} == {
        "isForcedLabour": "1", "isSexualExploit": "not_told", "isForcedBegging": "not_told",
        "isForcedMarriage": "not_told", "isOtherExploit": "1",
    }  # fmt: skip
    assert (told["situation"], told["days"]) == ("unknown", "none")


def test_every_form_of_the_protocol_has_one_column() -> None:
    written = [each.code for each in shipped("reference", "1.1").options["type_of_exploitation"]]
    assert sorted(code for codes in FORMS.values() for code in codes) == sorted(written)
