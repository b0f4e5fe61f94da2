"""A person who fears the state whose node this is: its other institutions do not find her."""

from __future__ import annotations

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.members import api as members
from tests.cases.stories import ADULT, a_case
from tests.cast import Cast, an_institution, an_officer
from tests.cooperation.stories import the_protection_ends

NAME = {"name": "Rosa Inventada Mamani", "phones": ["+541100000000"]}


@pytest.fixture
def consulate(cast: Cast) -> Actor:
    """Iris, of another institution of the same state."""
    place = an_institution("ar-consulate-bo", kind="consulate", stands_in="BO")
    return members.actor_of(an_officer("iris", place))


def _finds(by: Actor) -> int:
    with members.acting(by.institution):
        return len(cases.search_antecedents(by=by, details=NAME))


def _opened(ana: Actor, cast: Cast, **known: object) -> cases.Case:
    with members.acting(cast.programme.id):
        return a_case(ana, **known)  # type: ignore[arg-type]


def test_protection_hides_her_from_the_searches_of_others(cast: Cast, consulate: Actor) -> None:
    ana = members.actor_of(cast.ana)
    case = _opened(ana, cast)
    assert _finds(consulate) == 2, "her notice and her case, without what they say"

    with members.acting(cast.programme.id):
        cooperation.protect(by=ana, case_id=case.id, states=["ar"])
    assert _finds(consulate) == 0
    assert _finds(ana) == 2, "who works for her finds her"

    with members.acting(cast.programme.id):
        person = case.person
        person.refresh_from_db()
        cases.correct_person(
            by=ana, person_id=person.id, version=person.version,
            details={**ADULT, "phones": ["+541100000001"]},
        )  # fmt: skip
    assert _finds(consulate) == 0, "also after a correction"

    with members.acting(cast.programme.id):
        the_protection_ends(ana, members.actor_of(cast.luis), case, ["ar"])
    assert _finds(consulate) == 2


def test_who_is_protected_from_the_start_is_never_found(cast: Cast, consulate: Actor) -> None:
    _opened(members.actor_of(cast.ana), cast, feared_states=("ar", "bo"))

    assert _finds(consulate) == 0


def test_fear_of_another_state_changes_nothing_here(cast: Cast, consulate: Actor) -> None:
    _opened(members.actor_of(cast.ana), cast, feared_states=("bo",))

    assert _finds(consulate) == 2
