"""Every table of the survey of norms against the data: nothing of it is forgotten silently.

Numbers, days and short names of each row have to stand in the data of that state or instrument, in
whatever words; marks, standings and articles are compared one by one.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from ayni.members import api as members
from tests.norms.survey import (
    SURVEY,
    facts,
    head,
    marks,
    plain,
    says,
    shipped,
    table,
    told,
)

TEN = sorted(members.states())


@pytest.fixture(scope="module")
def survey() -> str:
    """The text of the survey."""
    if not SURVEY.exists():
        pytest.skip(f"the survey of norms is not on this machine: {SURVEY}")
    return SURVEY.read_text("utf-8")


# Said in other words, or told of by the survey for its own sake. (place, fact): why.
OTHERWISE = {
    ("bo lead_body", "DG"): "Dirección General",
    ("br lead_body", "NETPs"): "NETP",
    ("br lead_body", "UFs"): "unidades federativas",
    ("br residence", "PF"): "Policía Federal",
    ("co lead_body", "MinInterior"): "Ministerio del Interior",
    ("py plan", "26"): "2025-2026",
    ("CO–EC", "25"): "2024-2025",
    ("AR fund", "21"): "2019-2021",
    ("UY Consejo Nacional", "NGOs"): "organizaciones",
    ("CO", "2003"): "the year of Peru",
    ("EC", "2003"): "the year of Peru",
    ("PE", "2004"): "the year of Colombia and Ecuador",
    ("Smuggling protocol", "1772"): "half an address; the host is named",
    ("Smuggling protocol", "0"): "half an address; the host is named",
    ("CAN Decision 548", "3.2.2"): "points to another table of the survey",
}


def forgotten(place: str, cells: list[str], told_there: str) -> list[tuple[str, str]]:
    """Facts of cells that the data of a place does not say."""
    found = {fact for cell in cells for fact in facts(cell)}
    return [
        (place, fact)
        for fact in sorted(found)
        if not says(told_there, fact)
        and (place, fact) not in OTHERWISE
        and fact.casefold() not in TEN  # the survey's name of a state
    ]


# Columns of the tables of states, by topic of the data.
OVERVIEW = ("trafficking", "smuggling", "lead_body", "plan")
VICTIMS = (
    "non_punishment", "reflection", "residence", "compensation", "help", "consular_duty"
)  # fmt: skip
# What the survey did not find is a sentence of the provision beside it; what a headline alone shows
# is marked so; what "the same law" says has its mark from the column before.
MARKED_OTHERWISE = {
    ("bo", "smuggling"), ("bo", "plan"), ("br", "trafficking"), ("co", "help"), ("ec", "smuggling"),
    ("py", "smuggling"), ("py", "plan"), ("uy", "plan"), ("ve", "plan"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "topics"), [("#### 3.1.1 ", OVERVIEW), ("#### 3.1.2 ", VICTIMS)]
)
def test_each_cell_of_the_states_stands_under_its_topic_with_its_marks(
    survey: str, heading: str, topics: tuple[str, ...]
) -> None:
    missing, other = [], set()
    rows = table(survey, heading)
    for row in rows:
        state = row[0].strip("*").casefold()
        provisions = shipped(f"states/{state}.yaml")["provisions"]
        for topic, cell in zip(topics, row[1:], strict=False):
            these = [each for each in provisions if each["topic"] == topic]
            missing += forgotten(f"{state} {topic}", [cell], told(these))
            if marks(cell) != {each["mark"] for each in these}:
                other.add((state, topic))

    assert sorted(row[0].strip("*").casefold() for row in rows) == TEN
    assert not missing
    assert other == {each for each in MARKED_OTHERWISE if each[1] in topics}


def test_each_law_on_personal_data_stands_with_its_transfer_rule(survey: str) -> None:
    laws, missing = shipped("transfer.yaml")["laws"], []
    for row in table(survey, "#### 3.1.3 "):
        state = row[0].strip("*").casefold()
        these = [each for each in laws if each["state"] == state]
        missing += forgotten(f"{state} personal_data", row[1:], told(these))
    assert not missing


def test_each_membership_of_a_bloc_stands_with_its_day(survey: str) -> None:
    missing = []
    for row in table(survey, "#### 3.2.1 "):
        for state in re.findall("[A-Z]{2}", row[0]):
            blocs = [
                each
                for each in shipped(f"states/{state.casefold()}.yaml")["provisions"]
                if each["topic"] == "blocs"
            ]
            missing += forgotten(state, row[1:], told(blocs))
    assert not missing


@pytest.mark.parametrize(
    ("heading", "files"),
    [
        ("**Source key**", ["sources.yaml"]),
        ("#### 3.2.2 ", ["regional.yaml", "articles.yaml"]),
        ("#### 3.2.3 ", ["bilateral.yaml"]),
        ("### 3.4 ", ["articles.yaml"]),
        ("### 3.6 ", ["disagreements.yaml"]),
    ],
)
def test_each_row_of_instruments_articles_and_disagreements_stands(
    survey: str, heading: str, files: list[str]
) -> None:
    data, missing, last = told(*(shipped(each) for each in files)), [], ""
    for row in table(survey, heading):
        last = row[0].strip("*") or last
        if "VE with any" not in last:  # pairs of which nothing was found
            missing += forgotten(last, row, data)
    assert not missing


def test_each_pair_with_a_bilateral_text_has_one_and_no_other_has(survey: str) -> None:
    rows = [each for each in table(survey, "#### 3.2.3 ") if "VE with any" not in each[0]]
    pairs = {pair.replace("–", "-") for row in rows for pair in re.findall(r"[A-Z–]{5,8}", row[0])}
    states = {
        "-".join(sorted(each["standing"])).upper()
        for each in shipped("bilateral.yaml")["instruments"]
    }
    assert {"-".join(sorted(pair.split("-"))) for pair in pairs} | {"AR-PE"} == states


def test_as_many_disagreements_stand_as_the_survey_names(survey: str) -> None:
    assert len(table(survey, "### 3.6 ")) == len(shipped("disagreements.yaml")["disagreements"])


INSTRUMENTS = {
    "UNTOC 2000": "untoc",
    "Trafficking protocol": "palermo-trafficking",
    "Smuggling protocol": "palermo-smuggling",
    "VCCR 1963": "vccr",
    "Refugees 1951": "refugees-1951",
    "Refugees 1967": "refugees-1967",
    "CEDAW": "cedaw",
    "CEDAW-OP": "cedaw-op",
    "CRC": "crc",
    "CRC-OPSC": "crc-opsc",
    "ICRMW": "icrmw",
    "CAT": "cat",
    "CPED (disappearance)": "cped",
    "Trafficking convention 1949": "trafficking-1949",
    "ILO C29": "ilo-c29",
    "ILO P29 (2014)": "ilo-p29",
}


def standing_of(cell: str) -> str:
    """What a cell of the universal instruments says of a state, by the words of the data."""
    cell = plain(cell)
    if "neither signed nor" in cell:
        return "neither"
    for words, standing in (
        ("not party", "not_party"), ("no action", "no_action"), ("only", "signed_only"),
    ):  # fmt: skip
        if words in cell:
            return standing
    if cell in ("—", "[m]"):
        return "unknown"
    if cell.startswith("signed"):
        return "signed_only"
    return "acceded" if cell.endswith(" a") else "party"


def test_every_cell_of_the_universal_instruments_stands_with_its_standing_and_days(
    survey: str,
) -> None:
    found = {each["id"]: each for each in shipped("universal.yaml")["instruments"]}
    states = [each.casefold() for each in head(survey, "### 3.3 ")[1:]]
    rows = table(survey, "### 3.3 ")
    for row in rows:
        instrument = found[INSTRUMENTS[row[0].replace("**", "")]]
        said = told(instrument)
        for state, cell in zip(states, row[1:], strict=True):
            standing = instrument["standing"][state]
            where = (instrument["id"], state, cell)
            assert standing["standing"] == standing_of(cell), where
            days = [each for each in facts(cell) if re.fullmatch(r"[\d/]+", each)]
            assert all(says(told(standing, instrument.get("notes")), day) for day in days), where
            assert not forgotten(str(where), [cell], said)
            marked = marks(cell) - {"V"}
            assert not marked or standing.get("mark") in marked, where
    assert sorted(states) == TEN
    assert len(rows) == len(found), "and no instrument that it does not name"


def test_the_notes_and_signatures_under_the_universal_instruments_stand(survey: str) -> None:
    part = survey.partition("\n### 3.3 ")[2].partition("\n### ")[0]
    (signed,) = re.findall(r"Signatures of the trafficking protocol: [^\n]*", part)
    (notes,) = re.findall(r"\nNotes\. [^\n]*", part)
    files = ("universal.yaml", "regional.yaml", "articles.yaml", "sources.yaml")
    data = told(*(shipped(each) for each in files))

    protocol = next(
        each
        for each in shipped("universal.yaml")["instruments"]
        if each["id"] == "palermo-trafficking"
    )
    assert not forgotten("signatures", [signed], told(protocol))
    assert not forgotten("notes", [re.sub(r"\(\d\)", "", notes)], data)


def test_the_articles_are_those_that_the_survey_names_and_no_others(survey: str) -> None:
    named, instrument = set(), ""
    for row in table(survey, "### 3.4 "):
        instrument = row[0].replace("**", "") or instrument
        id_ = {"CAN Decision 548": "can-decision-548", **INSTRUMENTS, "VCCR": "vccr"}[instrument]
        numbers = re.findall(r"\d+", row[1])
        if re.search(r"\b8 \[M\]", row[-1]):  # named beside its mark
            numbers.append("8")
        named |= {f"{id_}.{number}" for number in numbers}
    articles = shipped("articles.yaml")["provisions"]

    assert {each["id"] for each in articles} == named


def test_what_is_forgotten_is_found_in_a_small_survey_too() -> None:
    text = (
        "# x\n\n### 9.9 Small\n\n| State | Law |\n|---|---|\n"
        "| **ZZ** | Ley 12.345 (OG 01/02/2003), PROBE [V] | \n| **YY** | [M] |\n\n### 9.10\n"
    )
    first, second = table(text, "### 9.9 ")

    assert head(text, "### 9.9 ") == ["State", "Law"]
    assert facts(first[1]) == {"12.345", "OG", "01/02/2003", "PROBE"}
    assert (marks(first[1]), marks(second[1])) == ({"V"}, {"M"})
    data: dict[str, Any] = {"reference": "ley 12.345 (OG 2003-02-01)", "text": {"es": "x"}}
    assert forgotten("zz", first[1:], told(data)) == [("zz", "PROBE")]
    assert not says(told({"reference": "112.345 y 12.3456"}), "12.345")
    with pytest.raises(ValueError, match="9.11"):
        table(text, "### 9.11 ")
