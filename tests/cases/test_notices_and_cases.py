"""From a notice to a case, through the door of the room."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.cases import stories
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_notice_starts_the_24_hours_of_the_decision(ana: Actor) -> None:
    notice = stories.a_notice(ana)

    agenda = protocol.agenda(subject=notice.id, facts={})
    decision = agenda.steps["1.5"]
    assert agenda.steps["1.1"].state is protocol.StepState.DONE
    assert decision.due_at is None or decision.due_at - notice.received_at <= timedelta(hours=24)


def test_an_anonymous_informant_is_not_kept(ana: Actor) -> None:
    notice = stories.a_notice(ana, anonymous=True, informant_name="Somebody")

    _row, opened = cases.open_notice(by=ana, notice_id=notice.id)
    assert opened["informant_name"] is None


def test_no_case_is_opened_before_the_search(ana: Actor) -> None:
    notice = stories.a_notice(ana)
    notice = cases.triage_notice(
        by=ana,
        notice_id=notice.id,
        version=notice.version,
        situation="urgency",
        imminent_danger=False,
        age_group="adult",
        indicators=(),
        reason="x",
    )
    cases.decide_notice(
        by=ana, notice_id=notice.id, version=notice.version, outcome="open_case", reason="x"
    )

    with pytest.raises(cases.SearchFirst):
        cases.open_case(
            by=ana, notice_id=notice.id, new=cases.NewCase("host", ("trafficking",), stories.ADULT)
        )


def test_no_case_is_opened_from_a_notice_that_was_archived(ana: Actor) -> None:
    notice = stories.a_decided_notice(ana, "archive_exhausted")

    with pytest.raises(WrongState):
        cases.open_case(
            by=ana, notice_id=notice.id, new=cases.NewCase("host", ("trafficking",), stories.ADULT)
        )


def test_a_decision_needs_a_reason(ana: Actor) -> None:
    notice = stories.a_notice(ana)

    with pytest.raises(cases.ReasonMissing):
        cases.decide_notice(
            by=ana, notice_id=notice.id, version=1, outcome="open_case", reason="  "
        )


def test_a_second_editor_sees_both_values_and_overwrites_nothing(ana: Actor) -> None:
    case = stories.a_case(ana)
    cases.correct_person(
        by=ana, person_id=case.person_id, version=1, details={"given_names": "Rosa María"}
    )

    with pytest.raises(cases.Conflict) as conflict:
        cases.correct_person(
            by=ana, person_id=case.person_id, version=1, details={"given_names": "Rosario"}
        )

    assert conflict.value.theirs["given_names"] == "Rosa María"
    assert cases.open_identity(by=ana, person_id=case.person_id)["given_names"] == "Rosa María"


def test_a_case_keeps_nothing_of_the_person_in_clear(ana: Actor) -> None:
    stories.a_case(ana)

    with connection.cursor() as cursor:
        for table in ("cases_notice", "cases_person", "cases_case", "cases_searchtoken"):
            cursor.execute(f"select t::text from {table} t")  # noqa: S608 - our own table names
            text = " ".join(row[0] for row in cursor.fetchall()).lower()
            for marker in ("inventada", "mamani", "0000000", "541100000000", "she asks"):
                assert marker not in text
                assert marker.encode().hex() not in text


def test_every_opening_of_a_case_is_recorded(ana: Actor) -> None:
    case = stories.a_case(ana)

    cases.open_case_page(by=ana, case_id=case.id)
    cases.open_identity(by=ana, person_id=case.person_id)

    verbs = [entry.verb for entry in audit.entries_about(case.id)]
    assert "cases.open_case_page" in verbs
    assert audit.entries_about(case.person_id)[0].verb == "cases.open_identity"


def test_another_institution_does_not_even_learn_that_a_case_exists(ana: Actor, cast: Cast) -> None:
    case = stories.a_case(ana)

    with members.acting(cast.shelter.id), pytest.raises(NotFound):
        cases.open_case_page(by=members.actor_of(cast.sol), case_id=case.id)


def test_the_administrator_of_the_node_cannot_open_a_case(ana: Actor, cast: Cast) -> None:
    case = stories.a_case(ana)

    with pytest.raises(NotAllowed):
        cases.open_case_page(by=members.actor_of(cast.nadia), case_id=case.id)


def test_a_case_with_unassessed_or_high_risk_is_not_closed(ana: Actor) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.RiskTooHigh):
        cases.close_case(by=ana, case_id=case.id, version=case.version, reason="goals_met", note="")


def test_a_case_with_open_duties_is_not_closed(ana: Actor) -> None:
    case = stories.a_case(ana)
    case = cases.set_risk(
        by=ana, case_id=case.id, version=case.version, level="low", reason="Invented."
    )

    with pytest.raises(cases.OpenDuties):
        cases.close_case(by=ana, case_id=case.id, version=case.version, reason="goals_met", note="")


def test_a_hand_over_needs_a_note(ana: Actor, cast: Cast) -> None:
    case = stories.a_case(ana)

    with pytest.raises(cases.ReasonMissing):
        cases.hand_over(
            by=ana, case_id=case.id, version=case.version, to_user=cast.luis.id, note=" "
        )
    case = cases.hand_over(
        by=ana, case_id=case.id, version=case.version, to_user=cast.luis.id, note="Invented."
    )
    assert case.assigned_to_id == cast.luis.id


def test_a_case_is_not_given_to_an_officer_of_another_institution(ana: Actor, cast: Cast) -> None:
    case = stories.a_case(ana)

    with pytest.raises(NotAllowed):
        cases.assign_case(by=ana, case_id=case.id, version=case.version, to_user=cast.sol.id)


def test_the_page_says_that_the_age_cannot_be_told(ana: Actor) -> None:
    case = stories.a_case(ana, stories.OF_UNKNOWN_AGE)

    page = cases.open_case_page(by=ana, case_id=case.id)

    assert page.age.counts_as_child
    assert "age_group" not in cases.protocol_facts(page.case)


def test_answers_of_a_step_become_facts_of_the_case(ana: Actor) -> None:
    case = stories.a_case(ana)

    cases.record_step(
        by=ana,
        case_id=case.id,
        step="2.2",
        kind="done",
        answers={"detained": True, "needs_document": True},
    )

    facts = cases.protocol_facts(cases.case_for(by=ana, case_id=case.id))
    assert (facts["detained"], facts["needs_document"]) == (True, True)


def test_a_public_notice_reaches_the_institution_that_takes_notices(cast: Cast) -> None:
    reference = cases.receive_public_notice(
        {"institution": cast.programme.code, "narrative": "Invented.", "anonymous": True}
    )

    with members.acting(cast.programme.id):
        waiting = cases.notices_waiting(by=members.actor_of(cast.ana))
    assert reference in {notice.reference for notice in waiting}
