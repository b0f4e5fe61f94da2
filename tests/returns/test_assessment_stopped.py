"""A joint assessment whose consent ends is stopped and emptied on both sides, and the other side
says what became of it. All persons are invented."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases.models import Consent
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.returns import api as returns
from ayni.returns import partners
from ayni.returns.models import Assessment
from tests.cases.stories import a_consent
from tests.cast import Cast, enter
from tests.exchange.peer import CONSULATE, Peer
from tests.hidden import is_erased_in_its_time
from tests.returns.journeys import AGREED, planned, they_accept, two_yes
from tests.returns.stories import DAY, a_shared_case, proposed, says, they_propose, they_sign
from tests.returns.test_within_one_node import shared_here

BY = audit.job("tests")
HOUR = timedelta(hours=1)
Standing = returns.rules.Standing


def _withdraw(by: Actor, row: Assessment) -> None:
    found = Assessment.objects.get(id=row.id)
    assert found.consent_id is not None
    cooperation.withdraw_consent(by=by, consent_id=found.consent_id, case_id=found.case_id)


def _told(bolivia: Peer, row: Assessment) -> list[dict[str, Any]]:
    """What Bolivia read that stops this assessment."""
    exchange.drain(peer="bo")
    told = [each for each in bolivia.read if set(each) == {"at", "over"}]
    return [each for each in told if each["over"] == row.digest]


def _stands(row: Assessment) -> Standing:
    return Assessment.objects.get(id=row.id).standing(clock.now())


def _effects(by: Actor, row: Assessment) -> list[cooperation.ConsentEffect]:
    found = cooperation.effects_of_case(by=by, case_id=row.case_id)
    return [effect for effect in found if effect.about == row.id]


def _they_did(bolivia: Peer, row: Assessment, number: int, **told: str) -> str:
    payload = {"at": clock.isoformat(clock.now()), "over": row.digest, **told}
    return says(bolivia, row.conversation, number, "assessment.stopped", payload)


def _the_job(by: Actor) -> None:
    job = audit.job("cooperation.consents_over", by.institution)
    cooperation.consents_over(by=job, now=clock.now())


def test_a_withdrawn_consent_stops_it_here_and_is_told_there(ana: Actor, bolivia: Peer) -> None:
    row = two_yes(ana, bolivia)
    _withdraw(ana, row)
    _withdraw(ana, row)
    found = Assessment.objects.get(id=row.id)
    assert (found.content, found.why_stopped) == (None, "withdrawn")
    assert _stands(row) is Standing.STOPPED, "two yes under it are none any more"
    (told,) = _told(bolivia, row)
    assert told["over"] == row.digest
    with pytest.raises(WrongState):
        returns.sign(by=ana, assessment_id=row.id, answer="no")
    with pytest.raises(returns.NotBothYes):
        planned(ana, row)


def test_the_time_to_effect_is_from_the_withdrawal_to_what_they_destroyed(
    ana: Actor, bolivia: Peer
) -> None:
    row = two_yes(ana, bolivia)
    _withdraw(ana, row)
    assert len(_told(bolivia, row)) == 1
    (effect,) = _effects(ana, row)
    assert (effect.what, effect.effect, effect.late) == ("assessment", "", False)
    assert effect.due_at is not None
    with time_machine.travel(clock.now() + 2.5 * HOUR):
        assert _they_did(bolivia, row, 2, effect="destroyed", reason="") == "applied"
    (effect,) = _effects(ana, row)
    assert effect.effect == "destroyed"
    assert effect.effect_at is not None
    assert timedelta(hours=2.4) < effect.effect_at - effect.ended_at < timedelta(hours=2.6)
    with translation.override("en"):
        assert "2 hours after the withdrawal" in cooperation.effect_told(effect), "never rounded up"


def test_why_it_is_kept_is_shown_and_what_says_nothing_is_refused(
    ana: Actor, bolivia: Peer
) -> None:
    row = two_yes(ana, bolivia)
    assert _they_did(bolivia, row, 2, effect="destroyed", reason="") == "set_aside", "nobody asked"
    _withdraw(ana, row)
    _they_did(bolivia, row, 3, effect="kept", reason="")
    assert _effects(ana, row)[0].effect == ""


def test_who_does_not_answer_in_time_is_late_for_both_pages(ana: Actor, bolivia: Peer) -> None:
    row = two_yes(ana, bolivia)
    _withdraw(ana, row)
    (effect,) = _effects(ana, row)
    assert effect.due_at is not None
    with time_machine.travel(effect.due_at + HOUR, tick=False):
        assert row.id in {late.about for late in cooperation.effects_late(by=ana)}


def test_what_has_not_left_does_not_leave_and_nobody_is_told(ana: Actor, bolivia: Peer) -> None:
    row = proposed(ana, a_shared_case(ana, bolivia))
    _withdraw(ana, row)
    assert _told(bolivia, row) == []
    assert not any("items" in told.get("data", {}) for told in bolivia.read)
    assert _effects(ana, row) == []
    assert Assessment.objects.get(id=row.id).content is None


def test_a_feared_state_is_told_nothing(ana: Actor, bolivia: Peer) -> None:
    row = two_yes(ana, bolivia)
    cooperation.protect(by=ana, case_id=row.case_id, states=["bo"])
    _withdraw(ana, row)
    assert _told(bolivia, row) == []
    assert (_stands(row), _effects(ana, row)) == (Standing.NO, [])
    assert Assessment.objects.get(id=row.id).content is None


def test_a_no_stays_a_no(ana: Actor, bolivia: Peer) -> None:
    row = proposed(ana, a_shared_case(ana, bolivia))
    exchange.drain(peer="bo")
    assert they_sign(bolivia, row, "no") == "applied"
    _withdraw(ana, row)
    assert _stands(row) is Standing.NO
    assert Assessment.objects.get(id=row.id).content is None


def test_a_no_of_theirs_that_crosses_with_the_stop_still_counts(ana: Actor, bolivia: Peer) -> None:
    row = two_yes(ana, bolivia)
    _withdraw(ana, row)
    payload = {"at": clock.isoformat(clock.now()), "answer": "no", "over": row.digest}
    assert says(bolivia, row.conversation, 2, "assessment.answer", payload) == "applied"
    assert _stands(row) is Standing.NO


# -- we are the ones who received it


def _theirs(ana: Actor, bolivia: Peer) -> Assessment:
    """Bolivia proposed it, and has signed."""
    case = a_shared_case(ana, bolivia)
    conversation = secrets.token_hex(16)
    about = cooperation.referrals_of_case(by=ana, case_id=case.id)[0].conversation
    assert they_propose(bolivia, conversation, about, clock.now() + 7 * DAY) == "applied"
    return Assessment.objects.get(conversation=conversation)


def _they_stop(bolivia: Peer, row: Assessment, number: int = 2, **changed: str) -> str:
    payload = {"at": clock.isoformat(clock.now()), "over": row.digest, **changed}
    return says(bolivia, row.conversation, number, "assessment.stop", payload)


def test_what_we_received_is_destroyed_at_once_and_told_once(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)
    assert row in returns.assessments_waiting(by=ana)
    assert _they_stop(bolivia, row) == "applied"
    assert _they_stop(bolivia, row, 3) == "applied"
    found = Assessment.objects.get(id=row.id)
    assert (found.content, found.why_stopped) == (None, "by_sender")
    assert row not in returns.assessments_waiting(by=ana)
    with pytest.raises(WrongState):
        returns.sign(by=ana, assessment_id=row.id, answer="yes")
    exchange.drain(peer="bo")
    (told,) = [each for each in bolivia.read if "effect" in each]
    assert (told["over"], told["effect"], told["reason"]) == (row.digest, "destroyed", "")


def _said(bolivia: Peer) -> list[tuple[str, str]]:
    """Which effects, and why, Bolivia was told."""
    exchange.drain(peer="bo")
    return [(each["effect"], each["reason"]) for each in bolivia.read if "effect" in each]


def _the_night_after(by: Actor) -> int:
    job = audit.job("cooperation.destroyed_meanwhile", by.institution)
    return cooperation.destroyed_meanwhile(by=job)


def _waiting(by: Actor, row: Assessment) -> cooperation.ConsentEffect:
    (found,) = [each for each in cooperation.effects_waiting(by=by) if each.about == row.id]
    return found


def test_what_was_signed_here_is_never_told_as_destroyed(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)
    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    assert _they_stop(bolivia, row) == "applied"
    assert Assessment.objects.get(id=row.id).content is None, "what both looked at goes at once"
    assert _said(bolivia) == []
    assert _waiting(ana, row).due_at is not None


def test_why_a_signed_one_stays_on_record_is_told_with_its_ground(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia)
    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    _they_stop(bolivia, row)
    cooperation.confirm_effect(
        by=ana, effect_id=_waiting(ana, row).id, effect="partly", reason="proceedings"
    )
    assert _said(bolivia) == [("partly", "proceedings")]
    assert not [each for each in cooperation.effects_waiting(by=ana) if each.about == row.id]


def test_their_no_stays_on_record_and_is_not_told_as_destroyed(ana: Actor, bolivia: Peer) -> None:
    case = a_shared_case(ana, bolivia)
    conversation = secrets.token_hex(16)
    about = cooperation.referrals_of_case(by=ana, case_id=case.id)[0].conversation
    they_propose(bolivia, conversation, about, clock.now() + 7 * DAY, answer="no")
    row = Assessment.objects.get(conversation=conversation)
    assert _they_stop(bolivia, row) == "applied"
    assert _said(bolivia) == []


def test_once_the_case_is_erased_what_stayed_is_told_as_destroyed(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia)
    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    _they_stop(bolivia, row)
    is_erased_in_its_time(row.case)
    assert _the_night_after(ana) == 1
    assert _said(bolivia) == [("destroyed", "")]


def test_a_state_that_she_named_before_the_erasing_is_not_told_of_it(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia)
    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    _they_stop(bolivia, row)
    cooperation.protect(by=ana, case_id=row.case_id, states=["bo"])
    is_erased_in_its_time(row.case)
    assert _the_night_after(ana) == 1
    assert _said(bolivia) == []


def test_whoever_cannot_be_told_what_was_destroyed_is_told_later(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)
    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    _they_stop(bolivia, row)
    with time_machine.travel(clock.now() + 40 * DAY, tick=False) as days:
        is_erased_in_its_time(row.case)
        assert _the_night_after(ana) == 1  # the key sheets of both are over
        _the_job(ana)
        assert ConsentEffect.objects.get(about=row.id).untold
        exchange.publish_key_sheet(by=BY, now=clock.now())
        days.shift(DAY)
        sheet = bolivia.next_sheet(clock.now())
        exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())
        _the_job(ana)
        _the_job(ana)
        assert not ConsentEffect.objects.get(about=row.id).untold
        queued = exchange.deliveries(f"stop:{row.id}")
        assert [each.kind for each in queued] == ["assessment.stopped"]


def test_the_page_of_what_stays_says_what_it_is(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    row = _theirs(ana, bolivia)
    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    _they_stop(bolivia, row)
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    page = reverse("cooperation:effect", args=[_waiting(ana, row).id])
    text = client.get(page).content.decode()
    assert "joint assessment of a return" in text
    assert "A consent was withdrawn, or its time is over" in text
    client.post(page, {"effect": "kept", "reason": "law_keeps"})
    assert _said(bolivia) == [("kept", "law_keeps")]


def test_a_stop_of_another_text_or_of_ours_is_set_aside(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)
    assert _they_stop(bolivia, row, over="0" * 64) == "set_aside"
    ours = two_yes(ana, bolivia)
    assert _they_stop(bolivia, ours) == "set_aside"
    assert Assessment.objects.get(id=ours.id).content is not None


def test_the_database_keeps_a_stopped_one_empty(ana: Actor, bolivia: Peer) -> None:
    row = _theirs(ana, bolivia)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(id=row.id).update(stopped_at=clock.now(), why_stopped="by_sender")


# -- within one node, after its time, and where nobody can be reached


def test_within_one_node_the_other_institution_empties_it_in_the_same_act(
    ana: Actor, cast: Cast
) -> None:
    sol = members.actor_of(cast.sol)
    row = proposed(ana, shared_here(ana, sol), recipient_institution="ar-shelter")
    _withdraw(ana, row)
    (effect,) = _effects(ana, row)
    assert effect.effect == "destroyed"
    with members.acting(sol.institution):
        theirs = Assessment.objects.get(
            institution_id=sol.institution, conversation=row.conversation
        )
        assert (theirs.content, theirs.why_stopped) == (None, "by_sender")


def _ends(row: Assessment) -> datetime:
    return Consent.objects.get(id=Assessment.objects.get(id=row.id).consent_id).valid_until


def _lost_there(sol: Actor, row: Assessment) -> None:
    """The other institution of the node has no such row: its room refuses the word."""
    with members.acting(sol.institution):
        Assessment.objects.filter(conversation=row.conversation, direction="in").delete()


def _unsayable(sol: Actor, row: Assessment) -> None:
    """No message can say which text is stopped."""
    Assessment.objects.filter(id=row.id).update(digest="z")


@pytest.mark.parametrize("trouble", [_lost_there, _unsayable])
def test_a_word_that_is_not_taken_or_cannot_be_said_holds_up_nobody_else_in_a_round(
    ana: Actor, cast: Cast, trouble: Callable[[Actor, Assessment], None]
) -> None:
    sol = members.actor_of(cast.sol)
    first, second = (
        proposed(ana, shared_here(ana, sol), recipient_institution="ar-shelter") for _row in (1, 2)
    )
    trouble(sol, first)
    with time_machine.travel(max(_ends(first), _ends(second)), tick=False):
        for _round in (1, 2):  # the next round asks again, and fails as little
            _the_job(ana)
            found = Assessment.objects.filter(id__in=[first.id, second.id])
            rows = {row.id: row for row in found}
            assert {row.why_stopped for row in rows.values()} == {"consent_over"}
            assert (rows[first.id].untold, rows[second.id].untold) == (True, False)


def test_when_the_time_of_the_consent_is_over_the_job_stops_it(ana: Actor, bolivia: Peer) -> None:
    row = two_yes(ana, bolivia, consent={"valid_for": 2 * DAY})
    _the_job(ana)
    assert _stands(row) is Standing.BOTH_YES
    with time_machine.travel(_ends(row), tick=False):
        _the_job(ana)
        _the_job(ana)
        assert Assessment.objects.get(id=row.id).why_stopped == "consent_over"
        assert len(_told(bolivia, row)) == 1
        (effect,) = _effects(ana, row)
        assert (effect.cause, effect.ended_at) == ("expired", _ends(row))


def test_one_that_was_renewed_in_time_stays(ana: Actor, bolivia: Peer) -> None:
    row = two_yes(ana, bolivia, consent={"valid_for": 2 * DAY})
    a_consent(ana, row.case, recipient_state="bo", recipient_institution=CONSULATE,
              **AGREED, valid_for=5 * DAY)  # fmt: skip
    with time_machine.travel(_ends(row), tick=False):
        _the_job(ana)
        assert _stands(row) is Standing.BOTH_YES


def test_while_somebody_is_on_the_way_it_is_kept(ana: Actor, bolivia: Peer) -> None:
    row = two_yes(ana, bolivia, consent={"valid_for": 3 * DAY + 2 * HOUR})
    plan = planned(ana, row)
    exchange.drain(peer="bo")
    assert they_accept(bolivia, plan) == "applied"
    with time_machine.travel(plan.departs_at, tick=False):
        returns.tell_boarded(by=ana, plan_id=plan.id, at=clock.now())
    with time_machine.travel(plan.departs_at + 3 * HOUR, tick=False):
        _the_job(ana)
        assert _stands(row) is Standing.BOTH_YES
        _withdraw(ana, row)
        assert _stands(row) is Standing.STOPPED, "her own word counts at once"


def test_who_cannot_be_reached_keeps_no_consent_from_ending_and_is_told_later(
    ana: Actor, bolivia: Peer
) -> None:
    row = two_yes(ana, bolivia)
    with time_machine.travel(clock.now() + 40 * DAY, tick=False) as days:
        _withdraw(ana, row)  # the key sheets of both are over
        withdrawn = clock.now()
        found = Assessment.objects.get(id=row.id)
        assert (found.content, found.untold) == (None, True)
        _the_job(ana)
        assert Assessment.objects.get(id=row.id).untold
        exchange.publish_key_sheet(by=BY, now=clock.now())
        days.shift(DAY)
        sheet = bolivia.next_sheet(clock.now())
        exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())
        _the_job(ana)
        assert not Assessment.objects.get(id=row.id).untold
        (effect,) = _effects(ana, row)
        assert (effect.cause, effect.ended_at) == ("withdrawn", withdrawn)
        queued = exchange.deliveries(f"stop:{row.id}")
        assert [each.kind for each in queued] == ["assessment.stop"]


def test_the_page_says_that_it_was_stopped_and_what_the_other_side_did(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    row = two_yes(ana, bolivia)
    _withdraw(ana, row)
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    page = reverse("returns:assessment", args=[row.id])
    text = client.get(page).content.decode()
    assert "The person withdrew the consent under which this was shared" in text
    assert "Told; it has not said yet what it does with the data" in text
    assert _they_did(bolivia, row, 2, effect="destroyed", reason="") == "applied"
    text = client.get(page).content.decode()
    assert "Destroyed: nobody can read them any more" in text
    assert "after the withdrawal" in text
    shown = client.get(reverse("cooperation:rights-of-case", args=[row.case_id])).content.decode()
    assert "joint assessment of a return" in shown


def test_the_states_of_assessments_and_plans_are_named_to_whoever_judges_a_case(
    ana: Actor, bolivia: Peer
) -> None:
    row = _theirs(ana, bolivia)
    assert partners.shared_with(row.case_id) == {"bo"}
    assert partners.shared_with(row.id) == set()
    assert "ayni.returns.partners.shared_with" in settings.AYNI_CASE_SHARED_WITH
