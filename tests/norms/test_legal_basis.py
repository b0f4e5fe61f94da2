"""The legal basis between two states as one answer, by the command and through the door."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ayni.lib.errors import NotFound
from ayni.norms import api as norms
from ayni.norms import load, source
from ayni.norms.errors import DataRefused
from ayni.norms.load import DATA


def _asked(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("legal_basis", *words, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def _return_to_colombia(day: str = "2025-06-01") -> dict[str, Any]:
    return _asked(
        "--from", "BO", "--to", "CO", "--matter", "smuggling", "--purpose", "return", "--date", day
    )


def test_bolivia_and_colombia_have_decision_548_and_not_the_smuggling_protocol() -> None:
    found = _return_to_colombia()

    assert {"instruments", "missing", "warnings", "data_protection"} <= set(found)
    assert "can-decision-548" in _ids(found["instruments"])
    assert "palermo-smuggling" not in _ids(found["instruments"])
    assert [(each["state"], each["code"]) for each in found["warnings"]] == [
        ("BO", "ratification_pending"), ("CO", "not_party"),
    ]  # fmt: skip
    assert all(each["note"] and each["source"] for each in found["warnings"])
    (missing,) = [each for each in found["missing"] if each["id"] == "palermo-smuggling"]
    assert missing["certain"]
    assert missing["settled_by"]


def test_for_evidence_the_agreement_on_joint_teams_is_missing_with_what_would_settle_it() -> None:
    for matter in ("trafficking", "smuggling"):
        found = _asked("--from", "AR", "--to", "BR", "--matter", matter, "--purpose", "evidence")

        (missing,) = [each for each in found["missing"] if each["id"] == "mercosur-jit"]
        assert missing["purposes"] == ["evidence"]
        assert not missing["certain"], "whether Brazil is bound is not known"
        assert len(missing["settled_by"]) == 3, "standing, day of entry, article"
        assert found["unserved"] == ["evidence"]


def test_an_instrument_that_was_only_seen_applied_counts_from_that_day_and_says_so() -> None:
    (decision,) = [
        each for each in _return_to_colombia()["instruments"] if each["id"] == "can-decision-548"
    ]
    assert decision["in_force_since"] == "2025-03-05"
    assert decision["seen_in_force_only"]

    (before,) = [
        each for each in _return_to_colombia("2025-03-04")["missing"]
        if each["id"] == "can-decision-548"
    ]  # fmt: skip
    assert not before["certain"]
    assert {each["force"] for each in before["states"].values()} == {"not_known"}


def test_the_mercosur_agreement_is_unverified_until_its_entry_is_recorded_for_both() -> None:
    found = _asked("--from", "AR", "--to", "PY", "--matter", "trafficking")

    assert "mercosur-trafficking" not in _ids(found["instruments"])
    (missing,) = [each for each in found["missing"] if each["id"] == "mercosur-trafficking"]
    assert not missing["certain"]
    assert "entry_unverified" in [each["code"] for each in missing["reasons"]]


def test_both_sides_say_what_lets_personal_data_pass() -> None:
    found = _return_to_colombia()["data_protection"]

    assert set(found) == {"BO", "CO"}
    assert [each["ground"] for each in found["CO"]][0] == "consent"
    assert {each["reasons"][0]["code"] for each in found["BO"]} == {"no_general_law"}


def test_a_purpose_that_nothing_serves_is_named() -> None:
    found = _asked("--from", "AR", "--to", "PY", "--matter", "trafficking")

    assert "missing_person" in found["unserved"]
    assert "assistance" not in found["unserved"]


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "XX", "--to", "CO", "--matter", "smuggling"),
        ("--from", "BO", "--to", "CO", "--matter", "both"),
        ("--from", "BO", "--to", "CO", "--matter", "smuggling", "--date", "2025-13-01"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("legal_basis", *words, "--json", stdout=StringIO())


def test_without_json_it_is_said_in_words() -> None:
    out = StringIO()
    call_command("legal_basis", "--from", "BO", "--to", "CO", "--matter", "smuggling",
                 "--purpose", "return", "--date", "2025-06-01", stdout=out)  # fmt: skip

    assert "548" in out.getvalue()
    assert "2025-03-05" in out.getvalue()


def test_common_ground_has_45_pairs_with_both_matters_gaps_and_bridges() -> None:
    out = StringIO()
    call_command("common_ground", "--json", "--date", "2026-11-29", stdout=out)
    found = json.loads(out.getvalue())

    def having(ident: str, matter: str) -> set[str]:
        return {
            f"{each['a']}-{each['b']}" for each in found["pairs"]
            if ident in each["matters"][matter]["instruments"]
        }  # fmt: skip

    assert len(found["pairs"]) == 45
    assert len(having("palermo-trafficking", "trafficking")) == 45
    assert len(having("palermo-smuggling", "smuggling")) == 28
    gaps = {f"{each['a']}-{each['b']}" for each in found["gaps"]}
    assert {each["matter"] for each in found["gaps"]} == {"smuggling"}
    everyone = {f"{each['a']}-{each['b']}" for each in found["pairs"]}
    assert gaps == everyone - having("palermo-smuggling", "smuggling")
    assert all({"BO", "CO"} & set(pair.split("-")) for pair in gaps)
    assert [each["state"] for each in found["bridge_states"]] == ["BO", "CO", "EC", "PE"]
    assert found["waiting_for_verification"] > 0

    cells = [each["matters"]["trafficking"] for each in found["pairs"]]
    assert all("crc-opsc" in each["instruments"] for each in cells)
    assert all("crc-opsc" in each["without_ground"] for each in cells)
    assert not any("crc-opsc" in each["of_this_matter_alone"]["instruments"] for each in cells)
    assert {"trafficking-1949", "ilo-c29"} <= {
        ident for each in cells for ident in (*each["without_ground"], *each["not_known"])
    }
    assert not any(each["matters"]["smuggling"]["without_ground"] for each in found["pairs"])


def test_an_agreement_of_two_states_is_no_question_for_a_third() -> None:
    found = norms.common_ground_as_data(on=date(2026, 11, 29))
    (pair,) = [each for each in found["pairs"] if (each["a"], each["b"]) == ("BO", "CO")]
    assert "bo-pe-trafficking" not in pair["matters"]["trafficking"]["not_known"]


def test_ids_of_before_are_understood() -> None:
    assert norms.provision("palermo_trafficking.10") == norms.provision("palermo-trafficking.10")
    assert norms.instrument("can_548").id == "can-decision-548"
    assert norms.cite("palermo_trafficking.8", language="es").id == "palermo-trafficking.8"
    with pytest.raises(NotFound):
        norms.provision("palermo_nothing.8")


GOOD = """
instruments:
  - id: example
    kind: bilateral
    short: "Example"
    names: {es: "a", pt: "b", en: "c"}
    source: UNTC15
    mark: V
    signed: "2015-07-15"
    in_force: {"on": "2018-01-16", source: UNTC15, mark: V}
    standing:
      ar: {standing: party, "on": "2016-01-01", entered: "2018-01-16", entered_mark: V}
"""


def _load(text: str) -> None:
    files = [source.read(path) for path in sorted(DATA.rglob("*.yaml"))]
    load.from_files([*files, source.parse(text, "changed.yaml")])


def test_an_instrument_in_order_is_taken() -> None:
    _load(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('signed: "2015-07-15"', 'signed: "2019-07-15"', "2018-01-16 is before its signature"),
        ('entered: "2018-01-16"', 'entered: "2015-12-31"', "2015-12-31 is before the deposit"),
        ('signed: "2015-07-15"', 'former: [can_548]', "'can_548' is already in"),
        ('signed: "2015-07-15"', 'signed: "2015-02-30"', "'2015-02-30' is not a date"),
    ],
)  # fmt: skip
def test_days_in_the_wrong_order_are_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(DataRefused, match=why):
        _load(GOOD.replace(old, new))
