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
from ayni.returns.models import Assessment

CALLS: dict[str, Callable[[Any, Actor], dict[str, Any]]] = {
    "returns.assessments_of_case": lambda w, by: {"case_id": w.ids["case_id"]},
    "returns.open_assessment": lambda w, by: {"assessment_id": w.ids["assessment_id"]},
}
OPENS_NOTHING = {
    "returns.assessments_waiting", "returns.plans_of_assessment", "returns.plans_waiting",
}  # fmt: skip
# Take a row that whoever calls them has opened with an entry already.
OF_WHAT_IS_OPEN = {"returns.travel_of"}
# They need another node: tests/returns/test_pages.py counts their entries.
# test_travel_plan.py those of plans.
OF_THE_NODE = {
    "returns.agree", "returns.propose", "returns.sign", "returns.write_plan", "returns.agree_plan",
    "returns.answer_plan", "returns.tell_boarded", "returns.tell_arrival", "returns.stop_plan",
    "returns.open_plan",
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
