"""Between two institutions of one node a return is assessed, planned and handed over as between two
nodes: no message leaves; same states, same acknowledgement, a record on each side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Transfer
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.plans import Standing
from tests.cast import Cast
from tests.cooperation.stories import a_consented_case, a_draft, sent_by_two
from tests.returns.journeys import AGREED, a_journey, planned
from tests.returns.stories import DAY, proposed

HOUR = timedelta(hours=1)


@pytest.fixture
def sol(cast: Cast) -> Actor:
    """Sol of the shelter, another institution of the node."""
    return members.actor_of(cast.sol)


def shared_here(ana: Actor, sol: Actor, **known: Any) -> cases.Case:
    """A case of the programme that the shelter has taken on."""
    case = a_consented_case(ana, side="host", consent=AGREED, **known)
    sent = sent_by_two(ana, a_draft(ana, case))
    with members.acting(sol.institution):
        (row,) = (r for r in cooperation.incoming(by=sol) if r.conversation == sent.conversation)
        cooperation.mark_read(by=sol, referral_id=row.id)
        cooperation.search_earlier(by=sol, referral_id=row.id)
        cooperation.accept_referral(by=sol, referral_id=row.id)
    return case


def two_yes(ana: Actor, sol: Actor) -> Assessment:
    """Proposed by the programme, signed by the shelter."""
    row = proposed(ana, shared_here(ana, sol), recipient_institution="ar-shelter")
    with members.acting(sol.institution):
        theirs = Assessment.objects.get(conversation=row.conversation)
        returns.sign(by=sol, assessment_id=theirs.id, answer="yes")
    return Assessment.objects.get(id=row.id)


def _there(sol: Actor, plan: TravelPlan) -> TravelPlan:
    """The plan as the shelter has it."""
    return TravelPlan.objects.get(
        institution_id=sol.institution, conversation=plan.conversation, number=plan.number
    )


def _stands(row: TravelPlan) -> Standing:
    return TravelPlan.objects.get(id=row.id).standing(clock.now())


def test_assessed_planned_boarded_and_acknowledged_without_a_message(
    ana: Actor, sol: Actor
) -> None:
    seen = two_yes(ana, sol)
    assert seen.standing(clock.now()) is returns.rules.Standing.BOTH_YES
    plan = planned(ana, seen)
    assert _stands(plan) is Standing.WAITS
    with members.acting(sol.institution):
        theirs = _there(sol, plan)
        assert (theirs.direction, theirs.digest) == ("in", plan.digest)
        assert returns.travel_of(theirs) == a_journey_of(plan)
        assert theirs.subject != plan.subject, "each side has its own case and key"
        returns.answer_plan(by=sol, plan_id=theirs.id, answer="accept")
    assert _stands(plan) is Standing.ACCEPTED
    with time_machine.travel(plan.departs_at, tick=False):
        returns.tell_boarded(by=ana, plan_id=plan.id, at=clock.now())
        with members.acting(sol.institution):
            assert _stands(theirs) is Standing.BOARDED
    with time_machine.travel(plan.arrives_at + HOUR, tick=False):
        with members.acting(sol.institution):
            told = {"by": sol, "plan_id": theirs.id, "at": clock.now()}
            returns.tell_arrival(arrival="not_arrived", **told)
        assert _stands(plan) is Standing.MISSING
        with members.acting(sol.institution):
            returns.tell_arrival(arrival="arrived", condition="as_planned", note="Tired.", **told)
        assert _stands(plan) is Standing.ARRIVED
        row = TravelPlan.objects.get(id=plan.id)
        assert (row.condition, row.arrival_role, row.told) == ("as_planned", sol.role, None)

    assert not OutgoingMessage.objects.exists()
    lines = Transfer.objects.filter(about=seen.case_id, channel="local", message="")
    assert sorted(field for line in lines for field in line.fields) == ["risk", "travel"]
    for verb in ("returns.receive_plan", "returns.hear_answer", "returns.hear_boarded"):
        assert Entry.objects.filter(verb=verb).count() == 1
    assert Entry.objects.filter(verb="returns.hear_arrival").count() == 2


def a_journey_of(plan: TravelPlan) -> dict[str, Any]:
    """What it says, by its times."""
    return a_journey(
        departs_at=clock.isoformat(plan.departs_at), arrives_at=clock.isoformat(plan.arrives_at)
    )


def test_a_changed_plan_replaces_the_one_before_and_a_stopped_one_is_emptied(
    ana: Actor, sol: Actor
) -> None:
    seen = two_yes(ana, sol)
    first = planned(ana, seen)
    with members.acting(sol.institution):
        returns.answer_plan(by=sol, plan_id=_there(sol, first).id, answer="change", change=["time"])
    assert _stands(first) is Standing.CHANGE
    second = planned(ana, seen, to_place="Otro Puerto")
    assert _stands(first) is Standing.REPLACED
    with members.acting(sol.institution):
        assert _there(sol, first).content is None
        with pytest.raises(WrongState):
            returns.answer_plan(by=sol, plan_id=_there(sol, first).id, answer="accept")
    returns.stop_plan(by=ana, plan_id=second.id, reason="person_decided")
    with members.acting(sol.institution):
        stopped = _there(sol, second)
        assert (stopped.content, stopped.why_stopped) == (None, "by_sender")


def test_a_withdrawn_consent_empties_it_on_both_sides(ana: Actor, sol: Actor) -> None:
    plan = planned(ana, two_yes(ana, sol))
    cooperation.withdraw_consent(by=ana, consent_id=plan.consent_id, case_id=plan.case_id)  # type: ignore[arg-type]

    assert TravelPlan.objects.get(id=plan.id).content is None
    with members.acting(sol.institution):
        assert _there(sol, plan).content is None


def test_one_no_closes_the_way_and_only_who_has_the_case_is_asked(ana: Actor, sol: Actor) -> None:
    case = shared_here(ana, sol)
    with pytest.raises(returns.NotShared):
        proposed(ana, case, recipient_institution="ar-programme")
    row = proposed(ana, case, recipient_institution="ar-shelter")
    with members.acting(sol.institution):
        theirs = Assessment.objects.get(conversation=row.conversation)
        returns.sign(by=sol, assessment_id=theirs.id, answer="no")
    seen = Assessment.objects.get(id=row.id)
    assert seen.standing(clock.now()) is returns.rules.Standing.NO
    with pytest.raises(returns.NotBothYes):
        planned(ana, seen)


def test_without_her_consent_nothing_is_handed_over(ana: Actor, sol: Actor) -> None:
    seen = two_yes(ana, sol)
    consent = cases.consent_views(seen.case)[0]
    with time_machine.travel(consent.valid_until + DAY, tick=False):
        with pytest.raises((cases.ConsentMissing, returns.NotBothYes)):
            planned(ana, seen)
    with members.acting(sol.institution):
        assert not TravelPlan.objects.filter(institution_id=sol.institution).exists()


def test_that_an_institution_here_could_sign_forces_nobody(ana: Actor, sol: Actor) -> None:
    from ayni.returns import settling

    case = shared_here(ana, sol)
    settling.check_joint_answer(case=case, answers={"joint_answer": "yes"}, by=ana)
    proposed(ana, case, recipient_institution="ar-shelter")
    with pytest.raises(returns.JointlyOnly):
        settling.check_joint_answer(
            case=case, answers={"joint_answer": returns.rules.Standing.BOTH_YES.value}, by=ana
        )


def test_a_feared_own_state_is_not_asked(ana: Actor, sol: Actor) -> None:
    case = shared_here(ana, sol)
    cooperation.protect(by=ana, case_id=case.id, states=["ar"])
    with pytest.raises(returns.NotShared):
        proposed(ana, case, recipient_institution="ar-shelter")
