"""Consent: complete, for a child by guardian or authority, withdrawn at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from tests.cases import stories

pytestmark = pytest.mark.django_db


def _disclosure(**changed: object) -> cases.Disclosure:
    usual: dict[str, object] = {
        "recipient_state": "bo",
        "recipient_institution": "bo-consulate-ar",
        "fields": frozenset({"birth"}),
        "officers": frozenset({"ana"}),
    }
    return cases.Disclosure(**{**usual, **changed})  # type: ignore[arg-type]


def _check(case: cases.Case, **changed: object) -> cases.ConsentView:
    return cases.check_may_leave(
        disclosure=_disclosure(**changed),
        consents=cases.consent_views(case),
        age=cases.age_status(case.person),
        feared_states=cases.feared_states(case.person),
        now=clock.now(),
    )


def test_sharing_is_refused_without_consent(ana: Actor) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.ConsentMissing):
        _check(case)


def test_a_consent_covers_its_recipient_and_fields_only(ana: Actor) -> None:
    case = stories.a_case(ana)
    consent = stories.a_consent(ana, case)

    assert _check(case).id == str(consent.id)
    with pytest.raises(cases.ConsentMissing):
        _check(case, fields=frozenset({"documents"}))
    with pytest.raises(cases.ConsentMissing):
        _check(case, recipient_institution="bo-programme")


def test_who_somebody_under_protection_is_leaves_with_two_officers_only(ana: Actor) -> None:
    case = stories.a_case(ana, feared_states=("py",))
    stories.a_consent(ana, case, fields=frozenset({"needs", "name_as_written", "phones"}))

    for fields in ({"name_as_written"}, {"phones"}, {"needs", "phones"}):
        with pytest.raises(cases.SecondForIdentity):
            _check(case, fields=frozenset(fields))
        _check(case, fields=frozenset(fields), officers=frozenset({"ana", "luis"}))
    assert _check(case, fields=frozenset({"needs"})), "what does not tell who she is needs one"


def test_a_withdrawn_consent_covers_nothing(ana: Actor) -> None:
    case = stories.a_case(ana)
    consent = stories.a_consent(ana, case)

    cases.withdraw_consent(by=ana, consent_id=consent.id)

    with pytest.raises(cases.ConsentMissing):
        _check(case)


def test_a_consent_counts_only_when_all_was_told(ana: Actor) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.QuestionsOpen):
        stories.a_consent(ana, case, questions={**stories.ALL_TOLD, "withdrawal": False})


def test_refusing_research_does_not_spoil_the_consent(ana: Actor) -> None:
    case = stories.a_case(ana)

    assert stories.a_consent(ana, case, questions={**stories.ALL_TOLD, "research": False})


@pytest.mark.parametrize("person", [stories.CHILD, stories.OF_UNKNOWN_AGE])
def test_a_child_needs_guardian_own_view_and_a_second_officer(
    ana: Actor, person: dict[str, object]
) -> None:
    case = stories.a_case(ana, person)

    with pytest.raises(cases.GuardianMissing):
        stories.a_consent(ana, case)
    with pytest.raises(cases.GuardianMissing):
        stories.a_consent(ana, case, given_by="guardian")
    stories.a_consent(ana, case, given_by="guardian", own_view="Invented view.")
    with pytest.raises(cases.SecondOfficerMissing):
        _check(case)
    assert _check(case, officers=frozenset({"ana", "luis"}))


def test_a_feared_state_receives_nothing_whatever_was_agreed(ana: Actor) -> None:
    case = stories.a_case(ana)
    stories.a_consent(ana, case)
    cases.set_feared_states(by=ana, person_id=case.person_id, states=["bo"])

    case = cases.case_for(by=ana, case_id=case.id)
    with pytest.raises(cases.FearedState):
        _check(case)


def test_a_consent_longer_than_a_year_is_refused(ana: Actor) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.ConsentIncomplete):
        stories.a_consent(ana, case, valid_for=timedelta(days=400))


def test_only_disclosable_fields_can_be_named(ana: Actor) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.ConsentIncomplete):
        stories.a_consent(ana, case, fields=frozenset({"facts"}))


def test_what_is_disclosed_is_exactly_what_was_named(ana: Actor) -> None:
    case = stories.a_case(ana)

    values = cases.disclose(
        by=ana, case_id=case.id, fields=["given_names", "needs", "health"], reason="preview"
    )

    assert values == {"given_names": "Rosa", "needs": ["shelter"]}
