"""How a travel plan comes to be, through `api`. All persons and places are invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import api as returns
from ayni.returns.planning import digest
from tests.cooperation.stories import FIELDS
from tests.exchange.peer import Peer
from tests.returns.stories import DAY, a_shared_case, proposed, says, they_sign

AGREED = {"fields": FIELDS | {"risk", "travel"}}


def a_journey(**changed: Any) -> dict[str, Any]:
    """What a plan says: in three days, four hours long."""
    leaves = clock.now() + 3 * DAY
    told = {
        "departs_at": clock.isoformat(leaves),
        "from_place": "Ciudad Inventada",
        "arrives_at": clock.isoformat(leaves + timedelta(hours=4)),
        "to_place": "Puerto Inventado",
        "carrier": "Aerolínea inventada 123",
        "escort": "Una persona del programa",
        "met_by": "Consulado inventado",
        "met_office": "Oficina de llegada",
        "needs": ["food", "medicine"],
        "avoid": ["police_interview", "press"],
    }
    return {name: value for name, value in {**told, **changed}.items() if value is not None}


def two_yes(by: Actor, bolivia: Peer, **known: Any) -> returns.Assessment:
    """A joint assessment with two yes about somebody who agreed that her plan is told there."""
    case = a_shared_case(by, bolivia, consent={**AGREED, **known.pop("consent", {})}, **known)
    row = proposed(by, case)
    exchange.drain(peer="bo")
    assert they_sign(bolivia, row, "yes") == "applied"
    return row


def planned(by: Actor, seen: returns.Assessment, **changed: Any) -> returns.TravelPlan:
    """Our plan, sent."""
    return returns.write_plan(
        by=by, assessment_id=seen.id, travel=a_journey(**changed), voluntary=True
    )


def they_say(bolivia: Peer, row: returns.TravelPlan, number: int, kind: str, **told: Any) -> str:
    """Bolivia says something of this plan; how it was taken."""
    payload = {"at": clock.isoformat(clock.now()), "over": row.digest, **told}
    return says(bolivia, row.conversation, number, f"travel.{kind}", payload)


def they_accept(bolivia: Peer, row: returns.TravelPlan, number: int = 2) -> str:
    """Bolivia expects her."""
    return they_say(bolivia, row, number, "answer", answer="accept", change=[])


def a_plan_of_theirs(bolivia: Peer, seen: returns.Assessment, sequence: int, **more: Any) -> str:
    """Bolivia sends its plan under an assessment with two yes; how it was taken."""
    number = more.pop("number", 1)
    travel = more.pop("travel", None) or a_journey()
    kept = clock.parse(travel["arrives_at"]) + returns.plans.KEPT
    payload = {
        "at": clock.isoformat(clock.now()),
        "number": number,
        "data": {"travel": travel},
        "handling": {"see": "institution", "onward": "none", "until": clock.isoformat(kept)},
        **more,
    }
    return says(bolivia, seen.conversation, sequence, "travel.plan", payload)


def digest_of(bolivia: Peer) -> str:
    """What Bolivia makes of the plan that it read last."""
    told = next(t for t in reversed(bolivia.read) if "travel" in t.get("data", {}))
    return digest(told["data"]["travel"], told["number"])


def worked_up_to_the_plan(by: Actor, case: cases.Case) -> None:
    """Everything that the protocol asks before a travel plan is recorded; whatever this case does
    not ask is left out."""
    told: dict[str, dict[str, Any]] = {
        "2.6": {"fears_own_state": False},
        "4.5": {"residence_option_told": True},
        "5.1": {"residence_option_told": True, "option_chosen": "return_home", "in_writing": True},
    }
    for step, answers in told.items():
        cases.record_step(by=by, case_id=case.id, step=step, kind="done", answers=answers)
