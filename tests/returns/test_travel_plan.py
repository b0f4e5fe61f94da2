"""A plan, its versions, the answer, boarding, the hand-over: between two nodes."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral, Transfer
from ayni.exchange import api as exchange
from ayni.exchange.models import PeerState
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.returns import api as returns
from ayni.returns import planning
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.tasks import forget_plans
from tests.cases.stories import CHILD, a_case, a_consent
from tests.cooperation.stories import FIELDS, a_draft, sent_by_two, tells
from tests.exchange.peer import CONSULATE, Peer
from tests.returns.journeys import (
    AGREED,
    a_journey,
    a_plan_of_theirs,
    digest_of,
    planned,
    they_accept,
    they_say,
    two_yes,
    worked_up_to_the_plan,
)
from tests.returns.stories import DAY, a_shared_case, proposed, they_propose, they_sign

Standing = returns.plans.Standing


def _stands(row: TravelPlan) -> Standing:
    return TravelPlan.objects.get(id=row.id).standing(clock.now())


def _plans(bolivia: Peer) -> list[dict[str, Any]]:
    return [told for told in bolivia.read if "travel" in told.get("data", {})]


def test_it_is_sent_accepted_boarded_and_the_arrival_acknowledged(
    ana: Actor, bolivia: Peer
) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    (told,) = _plans(bolivia)
    assert told["data"]["travel"]["met_office"] == "Oficina de llegada"
    assert told["handling"]["onward"] == "none"
    assert clock.parse(told["handling"]["until"]) == row.arrives_at + returns.plans.KEPT
    assert digest_of(bolivia) == row.digest
    assert _stands(row) is Standing.WAITS
    assert Transfer.objects.get(fields=["travel"]).recipient_state == "bo"

    assert they_accept(bolivia, row) == "applied"
    assert _stands(row) is Standing.ACCEPTED
    with time_machine.travel(row.departs_at, tick=False):
        returns.tell_boarded(by=ana, plan_id=row.id, at=clock.now())
        assert _stands(row) is Standing.BOARDED
    exchange.drain(peer="bo")
    assert bolivia.read[-1] == {"at": clock.isoformat(row.departs_at), "over": row.digest}
    with time_machine.travel(row.arrives_at + timedelta(minutes=5), tick=False):
        assert _stands(row) is Standing.UNCONFIRMED
        came = they_say(
            bolivia, row, 3, "arrival", arrival="arrived", role="case_officer",
            condition="as_planned",
        )  # fmt: skip
        assert came == "applied"
        known = TravelPlan.objects.get(id=row.id)
        assert (known.standing(clock.now()), known.arrival_role, known.condition) == (
            Standing.ARRIVED, "case_officer", "as_planned",
        )  # fmt: skip


def test_a_changed_plan_must_be_accepted_again(ana: Actor, bolivia: Peer) -> None:
    seen = two_yes(ana, bolivia)
    first = planned(ana, seen)
    exchange.drain(peer="bo")
    they_accept(bolivia, first)
    second = planned(ana, seen, carrier="Otra aerolínea inventada")
    exchange.drain(peer="bo")

    assert (second.number, _stands(first), _stands(second)) == (
        2, Standing.REPLACED, Standing.WAITS,
    )  # fmt: skip
    assert they_accept(bolivia, first, 3) == "applied", "late, and it changes nothing"
    assert _stands(second) is Standing.WAITS
    asked = they_say(bolivia, second, 4, "answer", answer="change", change=["time"])
    assert (asked, _stands(second)) == ("applied", Standing.CHANGE)
    third = planned(ana, seen)
    exchange.drain(peer="bo")
    they_accept(bolivia, third, 5)
    assert _stands(third) is Standing.ACCEPTED
    assert [t["number"] for t in _plans(bolivia)] == [1, 2, 3]


def test_an_answer_to_another_text_is_not_taken(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    row.digest = "0" * 64

    assert they_accept(bolivia, row) == "set_aside"
    assert _stands(row) is Standing.WAITS


def test_without_two_yes_there_is_no_plan(ana: Actor, bolivia: Peer) -> None:
    one = proposed(ana, a_shared_case(ana, bolivia, consent=AGREED))
    with pytest.raises(returns.NotBothYes):
        planned(ana, one)
    seen = two_yes(ana, bolivia)
    with pytest.raises(returns.LeavesTooLate):
        planned(
            ana, seen, departs_at=clock.isoformat(seen.until + DAY),
            arrives_at=clock.isoformat(seen.until + 2 * DAY),
        )  # fmt: skip
    with pytest.raises(returns.NotAPlan):
        planned(ana, seen, arrives_at=clock.isoformat(clock.now()))
    with pytest.raises(returns.NotVoluntary):
        returns.write_plan(by=ana, assessment_id=seen.id, travel=a_journey(), voluntary=False)
    assert TravelPlan.objects.count() == 0
    waits = planned(ana, seen)
    returns.sign(by=ana, assessment_id=seen.id, answer="no")
    exchange.drain(peer="bo")
    they_accept(bolivia, waits)
    with (
        time_machine.travel(waits.departs_at, tick=False),
        pytest.raises(returns.NotBothYes),
    ):
        returns.tell_boarded(by=ana, plan_id=waits.id, at=clock.now())


def test_the_state_where_she_is_writes_the_plan(ana: Actor, bolivia: Peer) -> None:
    seen = two_yes(ana, bolivia)
    type(seen.case).objects.filter(id=seen.case_id).update(side="nationality")
    with pytest.raises(returns.NotTheSendingSide):
        planned(ana, seen)


def test_nothing_leaves_without_her_consent_to_the_plan(ana: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)  # her level of risk, not her journey
    seen = proposed(ana, case)
    exchange.drain(peer="bo")
    they_sign(bolivia, seen, "yes")
    with pytest.raises(cases.ConsentMissing):
        planned(ana, seen)


def test_a_withdrawn_consent_stops_it_and_empties_it_on_both_sides(
    ana: Actor, bolivia: Peer
) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    they_accept(bolivia, row)
    (consent,) = row.case.consents.filter(recipient_state="bo")
    cooperation.withdraw_consent(by=ana, consent_id=consent.id)
    exchange.drain(peer="bo")

    assert _stands(row) is Standing.STOPPED
    known = TravelPlan.objects.get(id=row.id)
    assert (known.why_stopped, returns.travel_of(known)) == ("withdrawn", {})
    stops = [each for each in bolivia.read if set(each) == {"at", "over"}]
    told = [each for each in stops if each["over"] == row.digest]
    assert len(told) == 1
    assert abs(clock.parse(told[0]["at"]) - known.stopped_at) < timedelta(seconds=5)


def test_withdrawn_before_it_left_it_never_leaves(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    (consent,) = row.case.consents.filter(recipient_state="bo")
    cooperation.withdraw_consent(by=ana, consent_id=consent.id)
    exchange.drain(peer="bo")

    assert _plans(bolivia) == []


def test_a_state_that_she_comes_to_fear_is_told_nothing_more(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    bolivia.read.clear()
    cooperation.protect(by=ana, case_id=row.case_id, states=["bo"])
    exchange.drain(peer="bo")

    assert [told for told in bolivia.read if "over" in told or "number" in told] == []
    assert TravelPlan.objects.get(id=row.id).why_stopped == "feared_state"


def test_an_officer_stops_a_plan_until_she_has_left(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    they_accept(bolivia, row)
    with pytest.raises(ValueError, match="withdrawn"):
        returns.stop_plan(by=ana, plan_id=row.id, reason="withdrawn")
    with time_machine.travel(row.arrives_at, tick=False):
        returns.stop_plan(by=ana, plan_id=row.id, reason="not_boarded")
        assert _stands(row) is Standing.STOPPED
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["over"] == row.digest
    missing = they_say(bolivia, row, 3, "arrival", arrival="not_arrived", role="x_y", condition="")
    assert missing == "applied"
    assert _stands(row) is Standing.MISSING, "that she did not arrive counts before all"
    with pytest.raises(WrongState):
        returns.stop_plan(by=ana, plan_id=row.id, reason="not_boarded")


def _theirs(by: Actor, bolivia: Peer) -> Assessment:
    """A case of ours in which Bolivia proposed, and both said yes."""
    case = a_shared_case(by, bolivia, consent=AGREED)
    about = Referral.objects.get(case=case).conversation
    they_propose(bolivia, secrets.token_hex(16), about, clock.now() + 7 * DAY)
    (seen,) = returns.assessments_waiting(by=by)
    returns.sign(by=by, assessment_id=seen.id, answer="yes")
    exchange.drain(peer="bo")
    return Assessment.objects.get(id=seen.id)


def test_we_accept_theirs_and_say_that_she_did_not_arrive_and_then_that_she_did(
    ana: Actor, bolivia: Peer
) -> None:
    seen = _theirs(ana, bolivia)
    assert a_plan_of_theirs(bolivia, seen, 2) == "applied"
    (row,) = returns.plans_waiting(by=ana)
    opened = returns.open_plan(by=ana, plan_id=row.id)
    assert (opened.may_answer, opened.may_tell_arrival, opened.may_change) == (True, False, False)
    assert opened.travel["carrier"] == "Aerolínea inventada 123"
    arrived: dict[str, Any] = {"plan_id": row.id, "arrival": "arrived", "condition": "needs_help"}
    with pytest.raises(returns.NotExpected):
        returns.tell_arrival(by=ana, at=clock.now(), **arrived)
    with pytest.raises(returns.NotAPlan):
        returns.answer_plan(by=ana, plan_id=row.id, answer="change")
    returns.answer_plan(by=ana, plan_id=row.id, answer="accept")
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["answer"] == "accept"
    assert bolivia.read[-1]["over"] == digest_of_theirs(row)

    before = len(_changes(seen))
    with pytest.raises(returns.NotAPlan):  # not before she was to arrive
        returns.tell_arrival(by=ana, plan_id=row.id, arrival="not_arrived", at=clock.now())
    with time_machine.travel(row.arrives_at + timedelta(hours=1), tick=False):
        returns.tell_arrival(by=ana, plan_id=row.id, arrival="not_arrived", at=clock.now())
        exchange.drain(peer="bo")
        assert (bolivia.read[-1]["arrival"], bolivia.read[-1]["role"]) == ("not_arrived", ana.role)
        assert _stands(row) is Standing.MISSING
        assert len(_changes(seen)) == before + 1, "the risk is assessed anew, and its clock runs"
        assert returns.plans_waiting(by=ana)[0].id == row.id
        returns.tell_arrival(by=ana, at=clock.now(), note="Invented.", **arrived)
        exchange.drain(peer="bo")
    assert bolivia.read[-1]["condition"] == "needs_help"
    assert "Invented." not in str(bolivia.read)
    assert returns.open_plan(by=ana, plan_id=row.id).note == "Invented."
    assert returns.plans_waiting(by=ana) == []
    with pytest.raises(returns.ToldAlready):
        returns.tell_arrival(by=ana, at=clock.now(), **arrived)


def digest_of_theirs(row: TravelPlan) -> str:
    """What anybody makes of a plan that was received."""
    return planning.digest(returns.travel_of(row), row.number)


def _changes(seen: Assessment) -> list[Entry]:
    return list(Entry.objects.filter(verb="cases.record_change", subject=str(seen.case_id)))


def test_a_changed_or_stopped_plan_of_theirs_is_emptied_here(ana: Actor, bolivia: Peer) -> None:
    seen = _theirs(ana, bolivia)
    a_plan_of_theirs(bolivia, seen, 2)
    first = TravelPlan.objects.get(number=1)
    returns.answer_plan(by=ana, plan_id=first.id, answer="accept")
    assert a_plan_of_theirs(bolivia, seen, 3, number=2) == "applied"
    assert a_plan_of_theirs(bolivia, seen, 4, number=1) == "set_aside", "an earlier number"
    first.refresh_from_db()
    assert (_stands(first), returns.travel_of(first)) == (Standing.REPLACED, {})
    second = TravelPlan.objects.get(number=2)
    assert _stands(second) is Standing.WAITS

    assert they_say(bolivia, second, 5, "stop") == "applied"
    second.refresh_from_db()
    assert (_stands(second), returns.travel_of(second)) == (Standing.STOPPED, {})
    with pytest.raises(WrongState):
        returns.answer_plan(by=ana, plan_id=second.id, answer="accept")


def test_a_plan_from_somebody_without_two_yes_is_set_aside(ana: Actor, bolivia: Peer) -> None:
    seen = proposed(ana, a_shared_case(ana, bolivia, consent=AGREED))

    assert a_plan_of_theirs(bolivia, seen, 1) == "set_aside"
    assert TravelPlan.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"travel": {"needs": ["money"]}},
        {"travel": {"note": "Invented."}},
        {"travel": {"met_by": "a\nb"}},
        {"travel": {"arrives_at": "2026-01-01T00:00:00Z"}},
        {"handling": {"see": "institution", "onward": "none", "until": "2099-01-01T00:00:00Z"}},
        {"handling": {"see": "institution", "onward": "state", "until": ""}},
        {"number": 0},
    ],
)
def test_a_plan_of_another_form_is_refused(
    ana: Actor, bolivia: Peer, wrong: dict[str, Any]
) -> None:
    seen = _theirs(ana, bolivia)
    travel = a_journey(**wrong.pop("travel")) if "travel" in wrong else None

    assert a_plan_of_theirs(bolivia, seen, 2, travel=travel, **wrong) == ""
    assert TravelPlan.objects.count() == 0


def test_after_the_journey_it_is_emptied_but_not_of_who_did_not_arrive(
    ana: Actor, bolivia: Peer
) -> None:
    came, missing = planned(ana, two_yes(ana, bolivia)), planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    for row in (came, missing):
        they_accept(bolivia, row)
    they_say(bolivia, missing, 3, "arrival", arrival="not_arrived", role="x_y", condition="")
    kept = max(came.kept_until, missing.kept_until)
    with time_machine.travel(kept - timedelta(minutes=1), tick=False):
        assert planning.forget_over(now=clock.now()) <= 1
    for node in ("cl", "pe"):
        PeerState.objects.create(node=node, skew_seconds=-7200)
    with time_machine.travel(kept, tick=False):
        forget_plans(timestamp=0)
        assert returns.travel_of(TravelPlan.objects.get(id=came.id)) != {}, (
            "by a clock called wrong"
        )
        PeerState.objects.update(skew_seconds=None)
        forget_plans(timestamp=0)

    assert returns.travel_of(TravelPlan.objects.get(id=came.id)) == {}
    assert returns.travel_of(TravelPlan.objects.get(id=missing.id)) != {}


def test_of_a_child_two_officers_and_somebody_who_travels_along(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    case = a_case(ana, CHILD, side="host")
    a_consent(
        ana, case, recipient_state="bo", recipient_institution=CONSULATE,
        fields=FIELDS | {"risk", "travel"}, given_by="child_authority", own_view="Invented.",
    )  # fmt: skip
    sent = sent_by_two(
        ana, a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    )
    exchange.drain(peer="bo")
    tells(bolivia, sent, [("arrive", {}), ("read", {}), ("accept", {})], "referral.state")
    seen = proposed(ana, case)
    returns.agree(by=luis, assessment_id=seen.id)
    exchange.drain(peer="bo")
    they_sign(bolivia, seen, "yes")
    with pytest.raises(returns.ChildNeverAlone):
        planned(ana, seen, escort=None)
    row = planned(ana, seen)
    exchange.drain(peer="bo")
    assert (_stands(row), _plans(bolivia)) == (Standing.DRAFT, [])
    with pytest.raises(returns.WaitsAlready):
        planned(ana, seen)
    with pytest.raises(cooperation.SameOfficer):
        returns.agree_plan(by=ana, plan_id=row.id)
    returns.agree_plan(by=luis, plan_id=row.id)
    exchange.drain(peer="bo")
    assert len(_plans(bolivia)) == 1
    for changed in ({"alone": True}, {"second_officer": ""}):
        with pytest.raises(IntegrityError, match="returns_plan_child"), transaction.atomic():
            TravelPlan.objects.filter(id=row.id).update(**changed)


def test_the_database_keeps_plans_whole(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    now = clock.now()
    for name, told in (
        ("returns_plan_replied", {"reply": "accept"}),
        ("returns_plan_accepted_first", {"boarded_at": now}),
        ("returns_plan_arrives_later", {"arrives_at": row.departs_at}),
        ("returns_plan_stopped_why", {"stopped_at": now}),
        ("returns_plan_under_consent", {"consent_id": None}),
        ("returns_plan_arrival",
         {"reply": "accept", "replied_at": now, "arrival": "arrived", "arrival_at": now}),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            TravelPlan.objects.filter(id=row.id).update(**told)


def test_every_verb_leaves_its_entry(ana: Actor, bolivia: Peer) -> None:
    row = planned(ana, two_yes(ana, bolivia))
    exchange.drain(peer="bo")
    they_accept(bolivia, row)
    returns.open_plan(by=ana, plan_id=row.id)
    returns.stop_plan(by=ana, plan_id=row.id, reason="person_decided")

    assert set(Entry.objects.values_list("verb", flat=True)) >= {
        "returns.write_plan", "returns.hear_answer", "returns.open_plan", "returns.stop_plan",
    }  # fmt: skip


def test_the_steps_of_the_protocol_are_done_as_it_goes(ana: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia, consent=AGREED)
    worked_up_to_the_plan(ana, case)
    seen = proposed(ana, case)
    exchange.drain(peer="bo")
    they_sign(bolivia, seen, "yes")
    row = planned(ana, seen)
    exchange.drain(peer="bo")

    def done() -> list[str]:
        steps = cases.agenda_of(cases.case_for(by=ana, case_id=case.id), clock.now()).steps
        named = ("6.1", "6.2", "6.2.a", "6.2.b", "6.3")
        return [name for name in named if name in steps and steps[name].settled_at is not None]

    assert done() == []
    they_accept(bolivia, row)
    assert done() == ["6.1", "6.2", "6.2.a"]
    facts = cases.protocol_facts(cases.case_for(by=ana, case_id=case.id))
    assert facts["reception_acknowledged"] is True
    they_say(bolivia, row, 3, "answer", answer="change", change=["place"])
    facts = cases.protocol_facts(cases.case_for(by=ana, case_id=case.id))
    assert facts["reception_acknowledged"] is False, "nobody boards who is not expected any more"
    they_accept(bolivia, row, 4)
    with time_machine.travel(row.departs_at, tick=False):
        returns.tell_boarded(by=ana, plan_id=row.id, at=clock.now())
        assert done() == ["6.1", "6.2", "6.2.a", "6.2.b"]
    with time_machine.travel(row.arrives_at, tick=False):
        they_say(
            bolivia, row, 5, "arrival", arrival="arrived", role="x_y", condition="as_planned"
        )  # fmt: skip
        assert done() == ["6.1", "6.2", "6.2.a", "6.2.b", "6.3"]
