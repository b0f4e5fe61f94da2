"""Two officers of two institutions of one node act at the same moment, each on a connection of its
own: nobody waits for ever, one of the two orders holds, and both sides know the same afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation.models import Referral
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns.models import Assessment, TravelPlan
from ayni.returns.plans import Standing
from tests.cast import assemble
from tests.returns.journeys import planned
from tests.returns.stories import proposed
from tests.returns.test_within_one_node import shared_here, two_yes

ROUNDS = range(3)
Act = Callable[[], object]


@pytest.fixture
def both(transactional_db: None) -> Iterator[tuple[Actor, Actor]]:
    """Ana of the programme and Sol of the shelter; what they do is committed."""
    cast = assemble()
    ana, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    with members.acting(ana.institution):
        yield ana, sol


def at_once(*acts: tuple[Actor, Act]) -> list[str]:
    """Each act on a thread and a connection of its own, begun together; the code of what refused
    it, empty where it was done. Any other error, a deadlock too, is raised."""
    begin = threading.Barrier(len(acts))

    def do(actor: Actor, act: Act) -> str:
        try:
            with members.acting(actor.institution):
                connection.ensure_connection()
                begin.wait(30)
                act()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        waiting = [pool.submit(do, actor, act) for actor, act in acts]
        return [each.result(timeout=60) for each in waiting]


def _theirs(sol: Actor, conversation: str) -> Assessment:
    with members.acting(sol.institution):
        return Assessment.objects.get(institution_id=sol.institution, conversation=conversation)


def _plan_there(sol: Actor, plan: TravelPlan) -> TravelPlan:
    with members.acting(sol.institution):
        return TravelPlan.objects.get(
            institution_id=sol.institution, conversation=plan.conversation, number=plan.number
        )


def _same_on_both(ana: Actor, sol: Actor, plan: TravelPlan) -> Standing:
    ours = TravelPlan.objects.get(id=plan.id).standing(clock.now())
    with members.acting(sol.institution):
        theirs = _plan_there(sol, plan).standing(clock.now())
    assert ours is theirs
    return ours


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_signature_and_a_yes_that_becomes_a_no(both: tuple[Actor, Actor], answer: str) -> None:
    ana, sol = both
    for _round in ROUNDS:
        row = proposed(ana, shared_here(ana, sol), recipient_institution="ar-shelter")
        there = _theirs(sol, row.conversation)
        said = at_once(
            (ana, lambda row=row: returns.sign(by=ana, assessment_id=row.id, answer="no")),  # type: ignore[misc]
            (sol, lambda there=there: returns.sign(by=sol, assessment_id=there.id, answer=answer)),  # type: ignore[misc]
        )
        assert said[0] == "" or answer == "no", "a no is heard, unless one stands already"
        assert "" in said
        ours, theirs = Assessment.objects.get(id=row.id), _theirs(sol, row.conversation)
        assert (ours.ours, ours.theirs) == (theirs.theirs, theirs.ours)
        assert ours.standing(clock.now()) is returns.rules.Standing.NO


def test_both_propose_at_once(both: tuple[Actor, Actor]) -> None:
    ana, sol = both
    for _round in ROUNDS:
        case = shared_here(ana, sol)
        sent = Referral.objects.get(case=case, direction="out")
        with members.acting(sol.institution):
            there = Referral.objects.get(conversation=sent.conversation, direction="in").case
        assert there is not None

        def ours(case: cases.Case = case) -> object:
            return proposed(ana, case, recipient_institution="ar-shelter")

        def theirs(there: cases.Case = there) -> object:
            return proposed(sol, there, recipient_institution="ar-programme")

        said = at_once((ana, ours), (sol, theirs))
        assert "" in said
        known = {row.conversation: row for row in Assessment.objects.filter(case=case)}
        with members.acting(sol.institution):
            mirrored = {row.conversation: row for row in Assessment.objects.filter(case=there)}
        assert known.keys() == mirrored.keys()
        for conversation, row in known.items():
            assert (row.ours, row.theirs) == (
                mirrored[conversation].theirs, mirrored[conversation].ours,
            )  # fmt: skip


def test_a_plan_is_accepted_while_it_is_stopped_or_changed(both: tuple[Actor, Actor]) -> None:
    ana, sol = both
    for number in ROUNDS:
        seen = two_yes(ana, sol)
        plan = planned(ana, seen)
        there = _plan_there(sol, plan)

        def accept(there: TravelPlan = there) -> object:
            return returns.answer_plan(by=sol, plan_id=there.id, answer="accept")

        def stop(plan: TravelPlan = plan) -> object:
            return returns.stop_plan(by=ana, plan_id=plan.id, reason="person_decided")

        def change(seen: Assessment = seen) -> object:
            return planned(ana, seen, to_place="Otro Puerto")

        said = at_once((ana, change if number % 2 else stop), (sol, accept))
        assert said[0] == "", "the sender of a plan can always take it back"
        stands = _same_on_both(ana, sol, plan)
        assert stands is (Standing.REPLACED if number % 2 else Standing.STOPPED)
        assert _plan_there(sol, plan).content is None


def test_she_boards_and_arrives_in_the_same_moment(both: tuple[Actor, Actor]) -> None:
    ana, sol = both
    for _round in ROUNDS:
        plan = planned(ana, two_yes(ana, sol))
        there = _plan_there(sol, plan)
        with members.acting(sol.institution):
            returns.answer_plan(by=sol, plan_id=there.id, answer="accept")
        with time_machine.travel(plan.arrives_at, tick=False):

            def board(plan: TravelPlan = plan) -> object:
                return returns.tell_boarded(by=ana, plan_id=plan.id, at=plan.departs_at)

            def arrive(there: TravelPlan = there) -> object:
                return returns.tell_arrival(
                    by=sol, plan_id=there.id, at=clock.now(), arrival="arrived",
                    condition="as_planned", note="Tired.",
                )  # fmt: skip

            said = at_once((ana, board), (sol, arrive))
            assert said[1] == "", "whoever meets her can always say so"
            assert _same_on_both(ana, sol, plan) is Standing.ARRIVED
            ours = TravelPlan.objects.get(id=plan.id)
            there = _plan_there(sol, plan)
            assert (ours.boarded_at, ours.arrival_at) == (there.boarded_at, there.arrival_at)
    assert audit.verify().broken is None
