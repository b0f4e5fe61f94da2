"""Search for antecedents: where something similar is known, never what."""

from __future__ import annotations

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.members import api as members
from tests.cases import stories
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "details",
    [
        {"name": "mamani inventada rosa"},
        {"first_surname": "Mamani", "second_surname": "Imbentada"},
        {"documents": [{"number": "0000000t"}]},
        {"phones": ["011 0000-0000"]},
    ],
)
def test_a_known_person_is_found_however_it_is_written(ana: Actor, details: dict) -> None:  # type: ignore[type-arg]
    case = stories.a_case(ana)

    found = cases.search_antecedents(by=ana, details=details)

    assert case.person_id in {antecedent.about_id for antecedent in found}


def test_somebody_else_is_not_found(ana: Actor) -> None:
    stories.a_case(ana)

    assert cases.search_antecedents(by=ana, details={"name": "Zulema Otra"}) == []


def test_of_another_institution_only_the_place_is_told(ana: Actor, cast: Cast) -> None:
    stories.a_case(ana)
    luis = members.actor_of(cast.luis)
    other = type(luis)(luis.kind, luis.id, str(cast.shelter.id), luis.role)

    with members.acting(cast.shelter.id):
        found = cases.search_antecedents(by=other, details={"name": "Rosa Inventada Mamani"})

    assert {antecedent.about_id for antecedent in found} == {None}
    assert {antecedent.institution_id for antecedent in found} == {cast.programme.id}


def test_a_single_common_given_name_is_not_enough(ana: Actor) -> None:
    stories.a_case(ana)

    found = cases.search_antecedents(by=ana, details={"given_names": "Rosa"})

    assert {antecedent.strength for antecedent in found} <= {"possible"}
