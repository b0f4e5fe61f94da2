"""The data files of members: complete in three languages, and nothing in them is a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from ruamel.yaml import YAML

from ayni.lib.errors import Refused
from ayni.members import api as members
from tests.cast import SETUP, an_institution, an_officer

DATA = Path(members.__file__).parent / "data"
LANGUAGES = {"es", "pt", "en"}


def _read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((DATA / name).read_text("utf-8"))


def test_the_ten_states_carry_their_names_in_three_languages() -> None:
    rows = _read("states.yaml")["states"]

    assert len(rows) == 10
    for row in rows:
        for language in LANGUAGES:
            assert row["names"][language] == Locale(language).territories[row["alpha2"]]


def test_codes_of_states_are_three_kinds_and_unique() -> None:
    rows = _read("states.yaml")["states"]

    for key, length in (("alpha2", 2), ("alpha3", 3), ("numeric", 3)):
        assert len({row[key] for row in rows}) == 10
        assert {len(row[key]) for row in rows} == {length}


@pytest.mark.parametrize(
    ("bloc", "status", "codes"),
    [
        ("CAN", "member", "bo co ec pe"),
        ("CAN", "associate", "ar br cl py uy"),
        ("CAN", "withdrawn", "ve"),
        ("Mercosur", "associate", "cl co ec pe"),
        ("Mercosur", "suspended", "ve"),
    ],
)
def test_standing_in_the_two_blocs(bloc: str, status: str, codes: str) -> None:
    found = {
        code
        for code, state in members.states().items()
        if any((m.bloc, m.status) == (bloc, status) for m in state.memberships)
    }

    assert found == set(codes.split())


def test_every_membership_names_its_source_and_its_dates_or_that_they_are_unknown() -> None:
    for state in members.states().values():
        for membership in state.memberships:
            assert membership.source
            assert membership.mark in {"V", "2"}
            for moment in (membership.since, membership.until):
                assert moment == "unknown" or moment[:2] in {"19", "20"}


def test_every_role_is_described_in_three_languages() -> None:
    roles = _read("roles.yaml")["roles"]

    assert {row["code"] for row in roles} == {str(role) for role in members.Role}
    for row in roles:
        assert set(row["names"]) == set(row["description"]) == LANGUAGES
        assert all([*row["names"].values(), *row["description"].values()])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "mx"},
        {"state": "AR"},
        {"stands_in": "ar"},
        {"stands_in": "ZZ"},
        {"time_zone": "America/Nowhere"},
        {"time_zone": ""},
    ],
)
def test_an_institution_of_no_state_country_or_zone_is_refused(wrong: dict[str, str]) -> None:
    right = {"state": "bo", "stands_in": "AR", "time_zone": "America/La_Paz"}
    names = dict.fromkeys(("es", "pt", "en"), "Invented")

    with pytest.raises(Refused, match="not known|no se conoce"):
        members.add_institution(
            by=SETUP, code="wrong", names=names, kind="consulate", **{**right, **wrong}
        )
    assert members.add_institution(by=SETUP, code="right", names=names, kind="consulate", **right)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(members.Role))
def test_the_secretariats_node_gives_no_role_that_works_on_cases(
    settings: Any, role: members.Role
) -> None:
    settings.AYNI_NODE = "secretariat"
    works_on_cases = members.Permission.CASE_READ in members.ROLE_PERMISSIONS[role]
    assert works_on_cases == (role in {"consular_officer", "case_supervisor", "service_provider"})
    place = None if role == "node_administrator" else an_institution("st", kind="secretariat")

    if works_on_cases:
        with pytest.raises(Refused) as refused:
            an_officer("eva", place, role)
        assert refused.value.code == "no_cases_here"
        assert not members.User.objects.exists()
    else:
        assert an_officer("eva", place, role).role == role
