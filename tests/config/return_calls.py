"""Joint assessments as tests/config asks for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns.assessing import receive_proposal
from ayni.returns.handing_over import receive_plan
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.plans import KEPT

CALLS: dict[str, Callable[[Any, Actor], dict[str, Any]]] = {
    "returns.assessments_of_case": lambda w, by: {"case_id": w.ids["case_id"]},
    "returns.open_plan": lambda w, by: {"plan_id": w.ids["plan_id"]},
    "returns.open_assessment": lambda w, by: {"assessment_id": w.ids["assessment_id"]},
}
OPENS_NOTHING = {
    "returns.assessments_waiting", "returns.plans_of_assessment", "returns.plans_waiting",
    "returns.plans_alarming",
}  # fmt: skip
# Take a row that whoever calls them has opened with an entry already.
OF_WHAT_IS_OPEN = {"returns.travel_of"}
# They need another node: tests/returns/test_pages.py counts their entries.
# test_travel_plan.py those of plans.
OF_THE_NODE = {
    "returns.agree", "returns.propose", "returns.sign", "returns.write_plan", "returns.agree_plan",
    "returns.answer_plan", "returns.tell_boarded", "returns.tell_arrival", "returns.stop_plan",
}  # fmt: skip


def an_assessment(by: Actor, letter: UUID) -> UUID:
    """Another state proposes an assessment about a referral that went there."""
    shared, now = Referral.objects.get(id=letter), clock.now()
    conversation = exchange.new_conversation()
    receive_proposal(
        by=audit.peer(shared.counterpart_state, by.institution),
        received=exchange.Received(
            message="0" * 32,
            kind="assessment.propose",
            conversation=conversation,
            sequence=1,
            sender=shared.counterpart_state,
            sender_institution=shared.counterpart_institution,
            institution="ar-programme",
            created=now,
            due=None,
            payload={
                "about": shared.conversation,
                "at": clock.isoformat(now),
                "until": clock.isoformat(now + timedelta(days=7)),
                "answer": "yes",
                "data": {
                    "items": [{"at_risk": "person", "severity": "minor", "likelihood": "unlikely"}]
                },
            },
        ),
    )
    return Assessment.objects.get(conversation=conversation).id


def a_plan(by: Actor, letter: UUID) -> UUID:
    """The other state sends a travel plan, after two yes of another assessment."""
    now = clock.now()
    seen = Assessment.objects.get(id=an_assessment(by, letter))
    Assessment.objects.filter(id=seen.id).update(ours="yes", ours_by=by.id, ours_at=now)
    leaves = now + timedelta(days=3)
    arrives = leaves + timedelta(hours=4)
    line = dict.fromkeys(("from_place", "to_place", "carrier", "met_by", "met_office"), "Invented")
    times = {"departs_at": clock.isoformat(leaves), "arrives_at": clock.isoformat(arrives)}
    until = clock.isoformat(arrives + KEPT)
    receive_plan(
        by=audit.peer(seen.counterpart_state, by.institution),
        received=exchange.Received(
            message="1" * 32,
            kind="travel.plan",
            conversation=seen.conversation,
            sequence=2,
            sender=seen.counterpart_state,
            sender_institution=seen.counterpart_institution,
            institution="ar-programme",
            created=now,
            due=None,
            payload={
                "at": clock.isoformat(now),
                "number": 1,
                "data": {"travel": {**line, **times}},
                "handling": {"see": "institution", "onward": "none", "until": until},
            },
        ),
    )
    return TravelPlan.objects.get(conversation=seen.conversation).id
