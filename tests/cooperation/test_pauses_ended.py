"""Ending an agreed pause early: either side alone, on both nodes and at the secretariat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import pauses, pausing
from ayni.cooperation.models import Pause, Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.cast import Cast, assemble
from tests.cooperation.stories import a_sent_referral
from tests.cooperation.test_pauses import (
    DAY,
    HOUR,
    Platform,
    Talk,
    _asked,
    _browser,
    _clock,
    _kept,
    _sent,
    _shared_case,
    _step,
    _until,
)


@pytest.fixture
def ana(platform: Platform) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def _agreed(ana: Actor, platform: Platform) -> tuple[Referral, Talk, Pause]:
    """A referral whose pause of three days both sides agreed on: Bolivia asked."""
    sent, talk = _sent(ana, platform[0])
    talk.asks(3)
    (pause,) = cooperation.pauses_of(sent)
    cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=True)
    exchange.drain(peer="bo")
    return sent, talk, Pause.objects.get(id=pause.id)


def _ends(talk: Talk, shared: str, at: datetime) -> str:
    return talk.says(
        "pause.end", id=shared, reason="arrived", ended=clock.isoformat(clock.hour_up(at)),
        at=clock.isoformat(at),
    )  # fmt: skip


def _due(row: Referral) -> datetime | None:
    return Referral.objects.get(id=row.id).due_at


def test_we_end_it_and_the_other_side_and_the_secretariat_hear_the_same_hour(
    ana: Actor, platform: Platform
) -> None:
    bolivia, secretariat = platform
    sent, _talk, pause = _agreed(ana, platform)
    exchange.drain(peer="secretariat")
    with time_machine.travel(clock.now() + DAY + timedelta(minutes=7), tick=False):
        hour = clock.hour_up(clock.now())
        sooner = cooperation.due_if_ended(sent_now := Referral.objects.get(id=sent.id), pause)
        cooperation.end_pause(by=ana, about_id=sent.id, pause_id=pause.id, reason="urgent")
        exchange.drain(peer="bo")
        exchange.drain(peer="secretariat")

        told = bolivia.read[-1]
        assert set(told) == {"id", "at", "reason", "ended"}
        assert (told["id"], told["reason"]) == (pause.shared_id, "urgent")
        assert told["ended"] == clock.isoformat(hour)
        after = Referral.objects.get(id=sent.id)
        assert sent.due_at is not None
        assert pause.since is not None
        assert after.due_at == sooner == sent.due_at + (hour - pause.since)
        assert sent_now.due_at is not None
        assert sooner < sent_now.due_at
        assert after.paused_until == hour
        assert (_clock(sent).due_at, _clock(sent).paused_until) == (sooner, hour)
        at_board = secretariat.read[-1]
        assert (at_board["due"], at_board["paused_until"]) == (
            clock.isoformat(sooner), clock.isoformat(hour),
        )  # fmt: skip
        assert set(at_board) == {"id", "owing", "owed", "kind", "due", "done", "paused_until"}
        assert Entry.objects.filter(verb="cooperation.end_pause", subject=str(sent.id)).count() == 1


def test_the_other_side_ends_it_and_nobody_is_asked(ana: Actor, platform: Platform) -> None:
    sent, talk, pause = _agreed(ana, platform)
    with time_machine.travel(clock.now() + DAY, tick=False):
        hour = clock.hour_up(clock.now())
        assert _ends(talk, pause.shared_id, clock.now()) == "applied"
        pause.refresh_from_db()
        assert (pause.ended_at, pause.ended_by, pause.end_reason) == (hour, "in", "arrived")
        assert sent.due_at is not None
        assert pause.since is not None
        assert _due(sent) == sent.due_at + (hour - pause.since)
        assert cooperation.to_be_ended(Referral.objects.get(id=sent.id)) == []


def test_both_end_it_at_once_and_the_earlier_hour_counts_on_both_nodes(
    ana: Actor, platform: Platform
) -> None:
    sent, talk, pause = _agreed(ana, platform)
    begun = clock.now()
    with time_machine.travel(begun + 2 * DAY, tick=False):
        cooperation.end_pause(by=ana, about_id=sent.id, pause_id=pause.id, reason="urgent")
        # Bolivia had ended it a day before; its message was long under way.
        assert _ends(talk, pause.shared_id, begun + DAY) == "applied"
        pause.refresh_from_db()
        assert (pause.ended_at, pause.ended_by) == (clock.hour_up(begun + DAY), "in")
        first = _due(sent)
        # Ours reaches Bolivia after its own, and changes nothing there, as theirs would not here.
        assert _ends(talk, pause.shared_id, begun + 2 * DAY) == "applied"
        assert _due(sent) == first
        assert sent.due_at is not None
        assert pause.since is not None
        assert first == sent.due_at + (clock.hour_up(begun + DAY) - pause.since)


def test_the_same_message_twice_and_the_button_twice_count_once(
    ana: Actor, platform: Platform
) -> None:
    sent, talk, pause = _agreed(ana, platform)
    with time_machine.travel(clock.now() + DAY, tick=False):
        for _ in range(2):
            assert _ends(talk, pause.shared_id, clock.now()) == "applied"
        first = _due(sent)
        before = len(platform[0].read)
        cooperation.end_pause(by=ana, about_id=sent.id, pause_id=pause.id, reason="urgent")
        exchange.drain(peer="bo")
        assert (_due(sent), len(platform[0].read)) == (first, before)


def test_a_message_that_comes_when_the_pause_is_long_over_still_counts(
    ana: Actor, platform: Platform
) -> None:
    sent, talk, pause = _agreed(ana, platform)
    begun = clock.now()
    with time_machine.travel(begun + 5 * DAY, tick=False):
        pausing.work_out_anew(now=clock.now())
        assert _ends(talk, pause.shared_id, begun + DAY) == "applied"
        assert sent.due_at is not None
        assert pause.since is not None
        assert _due(sent) == sent.due_at + (clock.hour_up(begun + DAY) - pause.since)


def test_what_was_not_agreed_on_or_is_over_is_not_ended(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    shared = talk.asks(3)
    (pause,) = cooperation.pauses_of(sent)
    told = {"by": ana, "about_id": sent.id, "pause_id": pause.id, "reason": "urgent"}
    with pytest.raises(WrongState):
        cooperation.end_pause(**told)
    assert _ends(talk, shared, clock.now()) == "set_aside"
    cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=True)
    paused = _due(sent)
    with time_machine.travel(_until(3) - timedelta(minutes=5)), pytest.raises(WrongState):
        cooperation.end_pause(**told)
    with time_machine.travel(_until(3) + HOUR):
        assert _ends(talk, shared, clock.now()) == "set_aside"
    assert _due(sent) == paused


def test_an_hour_that_is_over_when_it_is_said_is_no_message(ana: Actor, platform: Platform) -> None:
    _sent_, talk, pause = _agreed(ana, platform)
    told = {
        "id": pause.shared_id, "reason": "arrived",
        "ended": clock.isoformat(pauses.begun_hour(clock.now()) - DAY),
    }  # fmt: skip
    talk.sequence += 1
    raw = platform[0].seal(
        {"at": clock.isoformat(clock.now()), **told}, sequence=talk.sequence, kind="pause.end",
        conversation=talk.row.conversation,
    )  # fmt: skip
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is None or reply.receipt["body"]["state"] != "applied"
    assert Pause.objects.get(id=pause.id).ended_at is None


def test_a_feared_state_is_told_nothing_so_the_pause_stays(ana: Actor, platform: Platform) -> None:
    sent, _talk, pause = _agreed(ana, platform)
    paused = _due(sent)
    assert sent.case_id is not None
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])
    with pytest.raises(cases.FearedState):
        cooperation.end_pause(by=ana, about_id=sent.id, pause_id=pause.id, reason="urgent")
    assert _due(sent) == paused


def test_of_two_pauses_that_overlap_the_other_one_goes_on(ana: Actor, platform: Platform) -> None:
    shared = _shared_case(ana, platform[0], "host")
    row, talk = _asked(platform[0], shared.conversation)
    cooperation.accept_request(by=ana, request_id=row.id)
    theirs = talk.asks(3)
    (pause,) = cooperation.pauses_of(row)
    cooperation.answer_pause(by=ana, about_id=row.id, pause_id=pause.id, agree=True)
    cooperation.ask_pause(by=ana, about_id=row.id, reason="awaiting_authority", until=_until(2))
    exchange.drain(peer="bo")
    since = pauses.begun_hour(clock.now())
    assert talk.agrees(platform[0].read[-1]["id"], since) == "applied"

    with time_machine.travel(clock.now() + DAY, tick=False):
        assert _ends(talk, theirs, clock.now()) == "applied"
        after = cooperation.Request.objects.get(id=row.id)
        assert after.paused_until == _until(1), "two days from the beginning: the other pause"
        entry = _step(shared.case_id)
        assert entry.state is protocol.StepState.PAUSED
        assert row.due_at is not None
        assert after.due_at == row.due_at + (_until(1) - since)
        assert entry.due_at is not None
        # The step's day began in the pause, so all of it is left when the other pause is over.
        assert abs(entry.due_at - (_until(1) + DAY)) < timedelta(minutes=1)


def test_the_step_that_answers_runs_again_with_the_request(ana: Actor, platform: Platform) -> None:
    shared = _shared_case(ana, platform[0], "host")
    row, talk = _asked(platform[0], shared.conversation)
    cooperation.accept_request(by=ana, request_id=row.id)
    talk.asks(3)
    (pause,) = cooperation.pauses_of(row)
    cooperation.answer_pause(by=ana, about_id=row.id, pause_id=pause.id, agree=True)
    with time_machine.travel(clock.now() + DAY, tick=False):
        cooperation.end_pause(by=ana, about_id=row.id, pause_id=pause.id, reason="arrived")
        assert _kept(shared.case_id) == "paused", "until the full hour"
    with time_machine.travel(clock.now() + DAY + HOUR, tick=False):
        assert pausing.work_out_anew(now=clock.now()) == 1
        assert pausing.work_out_anew(now=clock.now()) == 0
        entry = _step(shared.case_id)
        assert (entry.state, _kept(shared.case_id)) == (protocol.StepState.DUE, "due")
        pause.refresh_from_db()
        assert pause.ended_at is not None
        assert entry.due_at is not None
        # Its day began in the pause: all of it is left from the early end on.
        assert abs(entry.due_at - (pause.ended_at + DAY)) < timedelta(minutes=1)


def test_inside_one_state_the_other_institution_hears_without_a_message(
    cast: Cast, db: None
) -> None:
    ana, sol = members.actor_of(cast.ana), members.actor_of(cast.sol)
    with members.acting(ana.institution):
        sent = a_sent_referral(ana)
        cooperation.ask_pause(by=ana, about_id=sent.id, reason="awaiting_authority", until=_until())
    with members.acting(sol.institution):
        (row,) = cooperation.incoming(by=sol)
        (pause,) = cooperation.pauses_of(row)
        cooperation.answer_pause(by=sol, about_id=row.id, pause_id=pause.id, agree=True)
    with time_machine.travel(clock.now() + DAY, tick=False):
        with members.acting(ana.institution):
            (ours,) = cooperation.pauses_of(sent)
            cooperation.end_pause(by=ana, about_id=sent.id, pause_id=ours.id, reason="arrived")
            known = Referral.objects.get(id=sent.id)
        with members.acting(sol.institution):
            theirs = Referral.objects.get(id=row.id)
            assert (theirs.due_at, theirs.paused_until) == (known.due_at, known.paused_until)
            assert Pause.objects.get(id=pause.id).ended_by == "in"


@pytest.mark.parametrize(
    "change",
    [
        {"ended_at": None, "end_reason": "urgent", "ended_by": "out"},
        {"end_reason": ""},
        {"ended_by": ""},
        {"ended_at": datetime(2001, 1, 1, tzinfo=clock.now().tzinfo)},
    ],
)
def test_the_database_keeps_no_end_without_hour_reason_and_side(
    ana: Actor, platform: Platform, change: dict[str, object]
) -> None:
    sent, _talk, pause = _agreed(ana, platform)
    cooperation.end_pause(by=ana, about_id=sent.id, pause_id=pause.id, reason="mistake")
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.filter(id=pause.id).update(**change)


def test_the_page_says_what_will_be_and_the_row_says_what_was(
    ana: Actor, platform: Platform
) -> None:
    sent, _talk, pause = _agreed(ana, platform)
    browser = _browser(assemble())
    page = reverse("cooperation:referral", args=[sent.id])
    end = reverse("cooperation:referral-pause-end", args=[sent.id, pause.id])

    assert f'href="{end}"' in browser.get(page).content.decode()
    shown = browser.get(end).content.decode()
    assert "Terminar la pausa" in shown
    assert "no hace falta que esté de acuerdo" in shown
    assert browser.post(end, {}).status_code == 422
    assert browser.post(end, {"reason": "urgent"})["Location"] == page
    shown = browser.get(page).content.decode()
    assert f'href="{end}"' not in shown
    assert "No puede esperar más" in shown
    assert browser.get(end)["Location"] == page
    unknown = reverse("cooperation:referral-pause-end", args=[sent.id, UUID(int=1)])
    assert browser.get(unknown).status_code == 404
