"""Cases go out in the columns that a release under differential privacy takes, and are proposed."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method, ReleaseState
from ayni.statistics.disclosure import records
from ayni.statistics.htcds import fields, register, texts
from ayni.statistics.htcds.records import Record
from ayni.statistics.privacy.domain import read_domain
from ayni.statistics.releasing import kept
from tests import cast as the_cast
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.htcds_files import NOW
from tests.statistics.release_stories import REGISTER, an_office, checked

VICTIM: dict[str, Any] = {
    "ayni_RegistrationYear": 2021,
    "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "prs_Gender": "TransgenderFeminine",
    "prs_Citizenship": ("BO", "NA"),
    "ayni_AgeBand": "48-130",
    "vic_MethodsOfControl": ("DebtBondage", "ThreatensChildrenFamily"),
    "vic_TypeOfExploitation": ("ForcedLabour", "SexualExploitation"),
    "vic_ForcedLabourIndustry": "F_Construction",
    "vic_RelationshipToTrafficker": "Familial",
}
AR = {"hte_": ({"hte_Type": "Exploitation", "hte_Country": "AR"},)}


def one(**changed: Any) -> tuple[dict[str, str], dict[str, int]]:
    """The row of a victim, and what of it stands aside."""
    told = {name: each for name, each in {**VICTIM, **changed}.items() if each is not None}
    (made,), aside = register.rows([Record(told, AR)], "AR")
    return made, dict(aside)


def test_a_row_has_the_24_declared_columns_and_says_what_the_record_says() -> None:
    made, aside = one()

    assert tuple(made) == read_domain("ctdc_shaped_1").names
    assert {name: value for name, value in made.items() if value} == {
        "yearOfRegistration": "2021", "gender": "TransgenderNonConforming", "ageBroad": "48+",
        "citizenship": "BO", "CountryOfExploitation": "AR", "registeringState": "AR",
        "traffickingStatus": "Actual", "isForcedLabour": "1", "isSexualExploit": "1",
        "meansDebtBondage": "1", "meansThreats": "1", "recruiterRelation": "Family",
        "typeOfLabour": "Construction",
    }  # fmt: skip
    assert aside == {}


@pytest.mark.parametrize(
    ("column", "changed", "stands"),
    [
        ("citizenship", {"prs_Citizenship": ("NA",)}, "ZZ"),
        ("ageBroad", {"ayni_AgeBand": "0-17"}, ""),
        ("recruiterRelation", {"vic_RelationshipToTrafficker": "Acquainted"}, "Unknown"),
        ("typeOfLabour", {"vic_ForcedLabourIndustry": "H_TransportationAndStorage"}, "Other"),
        ("yearOfRegistration", {"ayni_RegistrationYear": 2016}, "2016"),
        ("yearOfRegistration", {"ayni_RegistrationYear": None}, ""),
        ("registeringState", {"ayni_RegisteringState": "NA"}, "NA"),
        ("means", {"vic_MethodsOfControl": ("DebtBondage", "RestrictsMedicalCare")}, None),
    ],
)
def test_what_the_domain_has_no_value_for_is_counted_and_under_the_columns_own_word(
    column: str, changed: dict[str, Any], stands: str | None
) -> None:
    made, aside = one(**changed)

    assert aside == {column: 1}
    assert made.get(column) == stands
    assert statistics.dimension(column) != column, "the command says it in words"


def test_what_nobody_told_is_unknown_and_stands_nowhere_aside() -> None:
    told = {"ayni_RegistrationYear", "vic_TraffickingStatus"}
    made, aside = one(**dict.fromkeys(set(VICTIM) - told))

    assert (made["gender"], made["citizenship"], made["typeOfLabour"]) == ("Unknown", "ZZ", "")
    assert aside == {}


def test_who_begs_under_force_has_the_column_of_begging_and_no_kind_of_work() -> None:
    made, _aside = one(vic_TypeOfExploitation=("ForcedBegging",), vic_ForcedLabourIndustry=None)

    assert (made["isForcedBegging"], made["isForcedLabour"], made["typeOfLabour"]) == ("1", "", "")


_CODES = {
    name: list(fields.fields()[name].codes or {})
    for name in ("vic_TraffickingStatus", "prs_Gender", "vic_RelationshipToTrafficker",
                 "vic_TypeOfExploitation", "vic_MethodsOfControl")
}  # fmt: skip


@given(
    st.fixed_dictionaries(
        {
            "vic_TraffickingStatus": st.sampled_from(_CODES["vic_TraffickingStatus"]),
            "ayni_RegistrationYear": st.integers(1990, 2030),
            "prs_Gender": st.sampled_from(_CODES["prs_Gender"]),
            "prs_Citizenship": st.lists(
                st.sampled_from(["BO", "NA", "CU", "FR"]), max_size=2, unique=True
            ).map(tuple),
            "vic_RelationshipToTrafficker": st.sampled_from(_CODES["vic_RelationshipToTrafficker"]),
            "vic_TypeOfExploitation": st.lists(
                st.sampled_from(_CODES["vic_TypeOfExploitation"]), max_size=3, unique=True
            ).map(tuple),
            "vic_MethodsOfControl": st.lists(
                st.sampled_from(_CODES["vic_MethodsOfControl"]), max_size=3, unique=True
            ).map(tuple),
        }
    )
)
def test_every_value_is_declared_but_for_a_year_that_is_counted(told: dict[str, Any]) -> None:
    made, aside = register.rows([Record(told)], "AR")

    assert len(made) == (told["vic_TraffickingStatus"] != "NotAVictimOfTrafficking")
    for column in read_domain("ctdc_shaped_1").columns:
        for row in made:
            known = row[column.name] in column.values
            assert known or (column.bucket is None and aside[column.name] == 1)


# The file, from cases to a proposal that the machine has checked


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Releases are proposed on a node in a directory; no transaction stays open meanwhile."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield peer
    peer.stop()


def taken_in(records: list[Record], tmp_path: Path) -> the_cast.Cast:
    """The programme has these records."""
    cast = the_cast.assemble()
    file = tmp_path / "in.json"
    file.write_bytes(texts.write_json(records))
    with members.acting(cast.programme.id):
        job = audit.job("import-htcds", str(cast.programme.id))
        done = statistics.import_htcds(by=job, path=file, now=NOW)
    assert (done.added, done.problems) == (len(records), ())
    return cast


def given_out(to: Path, officer: members.User) -> dict[str, Any]:
    """What the command answers to an officer who shows who she is."""
    out = StringIO()
    typed = f"{the_cast.PASSWORD}\n{the_cast.next_number(officer)}\n"
    before, sys.stdin = sys.stdin, io.StringIO(typed)
    try:
        call_command("htcds", "ctdc", str(to), "--shape", "register", "--officer", officer.email,
                     "--json", stdout=out)  # fmt: skip
    finally:
        sys.stdin = before
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def many() -> list[Record]:
    """Sixty victims of two years, one of a year that is not declared, one who is no victim."""
    told = [
        {**VICTIM, "con_Consent": True, "ayni_RecordId": f"X-{n}",
         "ayni_RegistrationYear": 2020 + n % 2, "prs_Citizenship": (("BO", "PE", "NA")[n % 3],)}
        for n in range(60)
    ]  # fmt: skip
    told.append({**told[0], "ayni_RecordId": "X-60", "ayni_RegistrationYear": 2016})
    told.append({**told[0], "ayni_RecordId": "X-61",
                 "vic_TraffickingStatus": "NotAVictimOfTrafficking"})  # fmt: skip
    return [Record(each, AR) for each in told]


def test_what_an_officer_gives_out_is_proposed_with_a_model_and_checked(
    bolivia: Peer, tmp_path: Path
) -> None:
    pytest.importorskip("opendp", reason="releases need the extra observatory")
    cast, to = taken_in(many(), tmp_path), tmp_path / "register.csv"
    answer = given_out(to, cast.luis)

    assert (answer["records"], answer["release"]) == (61, False)
    assert answer["left_out"]["no_victims"] == 1
    assert answer["stands_aside"] == {"citizenship": 20, "yearOfRegistration": 1}
    assert len(list(csv.DictReader(io.StringIO(to.read_text("utf-8"))))) == 61
    assert answer["known"][:2] == ["yearOfRegistration", "gender"]
    assert "citizenship" not in answer["sensitive"]
    again = records.audit_file(to, answer["known"], answer["sensitive"])
    assert answer["measured"] == again.told()
    (entry,) = audit.entries_of(verb="statistics.export_htcds", limit=9)
    assert entry.detail["form"] == "register"

    office = an_office()
    row = statistics.propose_release(
        by=office.eva, source="records", population=REGISTER, file=to,
        declared=Declared(method=Method.MODEL, epsilon=0.5, bound=200, years=(2020, 2021)),
    )  # fmt: skip
    counted = kept.opened(row.id).joint
    assert counted is not None
    assert (counted.records, counted.left_out) == (60, 1)
    assert checked(row.id).state == ReleaseState.CHECKED


@pytest.mark.django_db
def test_who_may_read_no_case_gives_out_no_register(cast: the_cast.Cast) -> None:
    eva: Actor = an_office().eva

    with pytest.raises(NotAllowed):
        statistics.export_htcds(by=eva, now=NOW, wanted=statistics.Wanted(), form=register.SHAPE)
