"""A case comes to its end: closed with a reason when nothing is open, and opened again."""

from __future__ import annotations

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.protocol import api as protocol
from tests.cases import stories

pytestmark = pytest.mark.django_db


def _closed(by: Actor, reason: str = "goals_met") -> cases.Case:
    case = stories.worked_through(by, stories.a_case(by))
    return cases.close_case(
        by=by, case_id=case.id, version=case.version, reason=reason, note="Invented."
    )


def test_a_case_whose_duties_are_done_is_closed_with_its_reason(ana: Actor) -> None:
    case = _closed(ana)

    agenda = cases.agenda_of(case, clock.now())
    assert (case.status, case.closure_reason) == ("Closed", "goals_met")
    assert agenda.closed
    assert agenda.steps["7.5"].state is protocol.StepState.DONE
    assert protocol.next_due([case.id]) == {}


def test_a_case_that_another_institution_follows_is_closed_as_referred(ana: Actor) -> None:
    assert _closed(ana, "referred").status == "ClosedReferred"


@pytest.mark.parametrize("level", ["high", "very_high"])
def test_high_risk_keeps_a_case_open_whatever_was_done(ana: Actor, level: str) -> None:
    case = stories.worked_through(ana, stories.a_case(ana))
    case = cases.set_risk(
        by=ana, case_id=case.id, version=case.version, level=level, reason="Invented."
    )

    with pytest.raises(cases.RiskTooHigh):
        cases.close_case(by=ana, case_id=case.id, version=case.version, reason="goals_met", note="")


def test_one_open_duty_keeps_a_case_open(ana: Actor) -> None:
    case = stories.worked_through(ana, stories.a_case(ana))
    cases.record_change(by=ana, case_id=case.id, reason="situation_changed", note="Invented.")

    with pytest.raises(cases.OpenDuties):
        cases.close_case(by=ana, case_id=case.id, version=case.version, reason="goals_met", note="")


def test_a_closed_case_is_not_worked_on(ana: Actor) -> None:
    case = _closed(ana)

    with pytest.raises(WrongState):
        cases.record_step(by=ana, case_id=case.id, step="2.5", kind="done")
    with pytest.raises(WrongState):
        cases.record_change(by=ana, case_id=case.id, reason="new_information", note="x")


def test_a_closed_case_is_opened_again_with_a_reason_and_closed_again(ana: Actor) -> None:
    case = _closed(ana)

    with pytest.raises(cases.ReasonMissing):
        cases.reopen_case(by=ana, case_id=case.id, version=case.version, reason=" ")
    case = cases.reopen_case(
        by=ana, case_id=case.id, version=case.version, reason="Invented: she called."
    )
    assert (case.status, case.closure_reason, case.closed_at) == ("Active", "", None)
    assert not cases.agenda_of(case, clock.now()).closed
    case = cases.close_case(
        by=ana, case_id=case.id, version=case.version, reason="person_asked", note=""
    )
    assert case.status == "Closed"


def test_a_case_goes_into_follow_up_and_back(ana: Actor) -> None:
    case = stories.a_case(ana)

    case = cases.follow_up(by=ana, case_id=case.id, version=case.version, active=False)
    assert case.status == "FollowUp"
    with pytest.raises(WrongState):
        cases.follow_up(by=ana, case_id=case.id, version=case.version, active=False)
    case = cases.follow_up(by=ana, case_id=case.id, version=case.version, active=True)
    assert case.status == "Active"
