"""Once the case of whoever received data is erased, the state that sent them under a consent learns
that they are destroyed; a state that she fears learns nothing, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases.erasing import erase_again
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Referral, Tellable
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cast import Cast
from tests.cooperation.stories import the_protection_ends
from tests.cooperation.test_hidden_cases import NEVER, _taken_on
from tests.cooperation.test_withdrawals import _bolivias_person_withdraws, says
from tests.exchange.peer import Peer
from tests.hidden import is_blocked, is_erased, is_erased_in_its_time

DAY = timedelta(days=1)
BY = audit.job("tests")


def _told(bolivia: Peer) -> list[tuple[str, str]]:
    """Which effects, and why, Bolivia was told."""
    exchange.drain(peer="bo")
    return [(each["effect"], each["reason"]) for each in bolivia.read if "effect" in each]


def _the_night_after(by: Actor) -> int:
    job = audit.job("cooperation.destroyed_meanwhile", by.institution)
    return cooperation.destroyed_meanwhile(by=job)


def _shared(by: Actor, bolivia: Peer) -> tuple[Referral, cases.Case]:
    """A referral of Bolivia's that we took into a case."""
    row = _taken_on(by, bolivia)
    assert row.case is not None
    return row, row.case


def test_once_its_case_is_erased_the_state_that_sent_it_learns_that_it_is_destroyed(
    ana: Actor, bolivia: Peer
) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    assert _told(bolivia) == []
    is_erased_in_its_time(case)

    assert _the_night_after(ana) == 1
    assert _the_night_after(ana) == 0

    assert _told(bolivia) == [("destroyed", "")]


def test_why_it_was_kept_and_that_it_is_destroyed_are_both_told(ana: Actor, bolivia: Peer) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    (waits,) = cooperation.effects_waiting(by=ana)
    cooperation.confirm_effect(by=ana, effect_id=waits.id, effect="kept", reason="law_keeps")
    is_erased_in_its_time(case)
    _the_night_after(ana)

    assert _told(bolivia) == [("kept", "law_keeps"), ("destroyed", "")]


def test_a_withdrawal_that_comes_after_the_erasing_is_answered_too(
    ana: Actor, bolivia: Peer
) -> None:
    row, case = _shared(ana, bolivia)
    is_erased_in_its_time(case)
    _bolivias_person_withdraws(bolivia, row)
    _the_night_after(ana)

    assert _told(bolivia) == [("destroyed", "")]


def test_an_early_erasing_that_she_asked_for_is_told_too(ana: Actor, bolivia: Peer) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    is_blocked(case)
    job = audit.job("tests", ana.institution)
    cases.erase_case(by=job, case_id=case.id, reason="Invented reason.")
    _the_night_after(ana)

    assert _told(bolivia) == [("destroyed", "")]


def test_a_state_that_she_fears_is_never_told(ana: Actor, bolivia: Peer) -> None:
    row, case = _shared(ana, bolivia)
    cooperation.protect(by=ana, case_id=case.id, states=["bo"])
    _bolivias_person_withdraws(bolivia, row)
    assert _told(bolivia) == []
    is_erased_in_its_time(case)
    _the_night_after(ana)

    assert _told(bolivia) == []
    assert not Tellable.objects.exists()


def test_a_state_that_she_names_before_the_erasing_is_not_told_after_it(
    ana: Actor, bolivia: Peer
) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    cooperation.protect(by=ana, case_id=case.id, states=["bo"])
    assert not Tellable.objects.exists(), "at once: an erasing may be cut off before it judges"
    is_erased_in_its_time(case)
    _the_night_after(ana)

    assert _told(bolivia) == []


def test_a_state_named_while_the_case_was_blocked_is_not_told(ana: Actor, bolivia: Peer) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    is_blocked(case)
    assert says(bolivia, row, 3, "referral.more", data={NEVER: ["bo"]}) == "applied"
    is_erased_in_its_time(case)
    _the_night_after(ana)

    assert _told(bolivia) == []


def test_a_state_that_another_node_names_after_the_erasing_is_not_told(
    ana: Actor, bolivia: Peer
) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    is_erased_in_its_time(case)
    assert says(bolivia, row, 3, "referral.more", data={NEVER: ["bo"]}) == "applied"
    _the_night_after(ana)

    assert _told(bolivia) == []


def test_what_is_queued_already_does_not_leave_for_a_state_named_since(
    ana: Actor, bolivia: Peer
) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    is_erased_in_its_time(case)
    _the_night_after(ana)
    assert says(bolivia, row, 3, "referral.more", data={NEVER: ["bo"]}) == "applied"

    assert _told(bolivia) == []


def test_a_protection_that_ended_before_the_erasing_hides_nothing_after_it(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    cooperation.protect(by=ana, case_id=case.id, states=["bo"])
    the_protection_ends(ana, members.actor_of(cast.luis), case, ["bo"])
    is_erased_in_its_time(case)
    _the_night_after(ana)

    assert _told(bolivia) == [("destroyed", "")]


def test_without_a_judgement_nothing_is_told(ana: Actor, bolivia: Peer) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    Tellable.objects.all().delete()
    is_erased(case)
    _the_night_after(ana)

    assert _told(bolivia) == []
    assert ConsentEffect.objects.get(about=row.id).effect == "destroyed"


def test_an_erasing_that_was_cut_off_still_tells(ana: Actor, bolivia: Peer) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    vault.erase_subject(case.subject)
    is_erased_in_its_time(case)
    _the_night_after(ana)

    assert _told(bolivia) == [("destroyed", "")]


def test_what_a_backup_brought_back_tells_nothing(ana: Actor, bolivia: Peer) -> None:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    vault.erase_subject(case.subject)  # after the backup
    job = audit.job("tests", ana.institution)
    assert erase_again(by=job, erased={case.subject}, now=clock.now()) == 1
    _the_night_after(ana)

    assert _told(bolivia) == []


def test_one_institution_sees_none_of_what_another_one_judged(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    row, _case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    assert Tellable.objects.count() == 1
    with members.acting(members.actor_of(cast.sol).institution):
        assert not Tellable.objects.exists()


# -- whoever cannot be reached


@pytest.fixture
def later(db: None) -> Iterator[Any]:
    """A clock that the test moves."""
    with time_machine.travel(clock.now(), tick=False) as moved:
        yield moved


def _the_job(by: Actor) -> None:
    job = audit.job("cooperation.consents_over", by.institution)
    cooperation.consents_over(by=job, now=clock.now())


def _reached_again(bolivia: Peer, later: Any) -> None:
    exchange.publish_key_sheet(by=BY, now=clock.now())
    later.shift(DAY)
    sheet = bolivia.next_sheet(clock.now())
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())


def _destroyed_while_nobody_is_reached(ana: Actor, bolivia: Peer, later: Any) -> Referral:
    row, case = _shared(ana, bolivia)
    _bolivias_person_withdraws(bolivia, row)
    later.shift(40 * DAY)  # the key sheets of both are over
    is_erased_in_its_time(case)
    assert _the_night_after(ana) == 1
    return row


def test_whoever_cannot_be_reached_is_told_later(ana: Actor, bolivia: Peer, later: Any) -> None:
    row = _destroyed_while_nobody_is_reached(ana, bolivia, later)
    _the_job(ana)
    effect = ConsentEffect.objects.get(about=row.id)
    assert (effect.effect, effect.untold) == ("destroyed", True)
    _reached_again(bolivia, later)
    _the_job(ana)
    _the_job(ana)

    assert not ConsentEffect.objects.get(about=row.id).untold
    queued = [each.kind for each in exchange.deliveries(str(row.id))]
    assert queued.count("consent.effect") == 1


def test_a_state_named_while_it_could_not_be_reached_is_not_told_later(
    ana: Actor, bolivia: Peer, later: Any
) -> None:
    row = _destroyed_while_nobody_is_reached(ana, bolivia, later)
    Tellable.objects.all().delete()
    _reached_again(bolivia, later)
    _the_job(ana)

    assert not ConsentEffect.objects.get(about=row.id).untold
    assert "consent.effect" not in {each.kind for each in exchange.deliveries(str(row.id))}
