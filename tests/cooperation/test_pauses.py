"""Pausing the time for an answer: both sides together, on both nodes and at the secretariat."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import pauses, pausing
from ayni.cooperation.models import Pause, Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.cast import Cast, assemble, enter
from tests.cooperation.stories import a_consented_case, a_draft, a_sent_referral
from tests.exchange.peer import CONSULATE, Peer

Platform = tuple[Peer, Peer]
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def ana(platform: Platform) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def _until(days: int = 3) -> datetime:
    return clock.hour_up(clock.now()) + days * DAY


class Talk:
    """What Bolivia's node says in one conversation, in its own order."""

    def __init__(self, bolivia: Peer, row: Any) -> None:
        self.bolivia, self.row, self.sequence = bolivia, row, 0

    def says(self, kind: str, **payload: Any) -> str:
        """Its next message, and what became of it here."""
        self.sequence += 1
        return self.sends(self.sequence, kind, **payload)

    def sends(self, sequence: int, kind: str, **payload: Any) -> str:
        """A message with a place of its own in the order."""
        told = {"at": clock.isoformat(clock.now()), **payload}
        raw = self.bolivia.seal(
            told, sequence=sequence, kind=kind, conversation=self.row.conversation
        )
        reply = exchange.receive(raw=raw, signed_by="bo")
        assert reply.receipt is not None, reply.refusal
        state: str = reply.receipt["body"]["state"]
        return state

    def asks(self, days: int = 3, **changed: Any) -> str:
        """Ask for a pause; the id it has on both nodes."""
        shared = secrets.token_hex(16)
        told = {
            "id": shared,
            "reason": "awaiting_documents",
            "until": clock.isoformat(_until(days)),
        }
        assert self.says("pause.ask", **{**told, **changed}) == "applied"
        return shared

    def agrees(self, shared: str, since: datetime) -> str:
        """Answer yes."""
        return self.says("pause.answer", id=shared, since=clock.isoformat(since))


def _sent(ana: Actor, bolivia: Peer, **known: Any) -> tuple[cooperation.Referral, Talk]:
    """A referral that Bolivia's consulate has received, and what it says about it."""
    case = a_consented_case(ana, state="bo", institution=CONSULATE, **known)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    exchange.drain(peer="bo")
    talk = Talk(bolivia, sent)
    talk.says("referral.state", move="arrive")
    return Referral.objects.get(id=sent.id), talk


def _asked(bolivia: Peer, about: str) -> tuple[cooperation.Request, Talk]:
    """A request of step 2.3 from Bolivia about the referral that both share."""
    row = type("Conversation", (), {"conversation": secrets.token_hex(16)})()
    talk = Talk(bolivia, row)
    told = {"step": "2.3", "matter": "prosecutor_intervenes", "about": about}
    talk.sequence = 1
    raw = bolivia.seal(told, kind="request.ask", conversation=row.conversation)
    exchange.receive(raw=raw, signed_by="bo")
    found = cooperation.Request.objects.get(conversation=row.conversation)
    return found, talk


def _shared_case(ana: Actor, bolivia: Peer, side: str) -> cooperation.Referral:
    sent, talk = _sent(ana, bolivia, side=side)
    talk.says("referral.state", move="read")
    talk.says("referral.state", move="accept")
    return sent


def _clock(row: Any) -> cooperation.Clock:
    return cooperation.Clock.objects.get(id=row.clock_id)


def test_asking_alone_stops_nothing(ana: Actor, platform: Platform) -> None:
    sent, _talk = _sent(ana, platform[0])
    cooperation.ask_pause(by=ana, about_id=sent.id, reason="awaiting_documents", until=_until())
    exchange.drain(peer="bo")

    after = Referral.objects.get(id=sent.id)
    assert (after.due_at, after.paused_until) == (sent.due_at, None)
    assert _clock(sent).paused_until is None
    told = platform[0].read[-1]
    assert set(told) == {"id", "at", "reason", "until"}


def test_once_the_other_side_agrees_both_stand_still_and_the_secretariat_is_told(
    ana: Actor, platform: Platform
) -> None:
    bolivia, secretariat = platform
    sent, talk = _sent(ana, bolivia)
    exchange.drain(peer="secretariat")
    until, since = _until(), pauses.begun_hour(clock.now())
    cooperation.ask_pause(by=ana, about_id=sent.id, reason="awaiting_documents", until=until)
    exchange.drain(peer="bo")

    assert talk.agrees(bolivia.read[-1]["id"], since) == "applied"
    exchange.drain(peer="secretariat")

    after = Referral.objects.get(id=sent.id)
    assert sent.due_at is not None
    assert after.due_at == sent.due_at + (until - since)
    assert after.still_until == until
    assert (_clock(sent).due_at, _clock(sent).paused_until) == (after.due_at, until)
    told = secretariat.read[-1]
    assert set(told) == {"id", "owing", "owed", "kind", "due", "done", "paused_until"}
    assert told["due"] == clock.isoformat(after.due_at)
    assert told["paused_until"] == clock.isoformat(until)


def test_we_agree_and_the_other_side_hears_the_same_hours(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    shared = talk.asks()
    (pause,) = cooperation.pauses_of(sent)
    later = cooperation.due_if_agreed(sent, pause)

    cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=True)
    exchange.drain(peer="bo")

    told = platform[0].read[-1]
    pause.refresh_from_db()
    assert (told["id"], told["since"]) == (shared, clock.isoformat(pause.since))  # type: ignore[arg-type]
    assert Referral.objects.get(id=sent.id).due_at == later
    assert cooperation.asked_of_us([sent]) == {}


def test_who_does_not_agree_lets_the_time_go_on(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    talk.asks()
    (pause,) = cooperation.pauses_of(sent)

    cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=False)
    exchange.drain(peer="bo")

    assert platform[0].read[-1]["since"] == ""
    assert Referral.objects.get(id=sent.id).due_at == sent.due_at
    with pytest.raises(WrongState):
        cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=True)


def test_nobody_agrees_to_what_it_asked_for_itself(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    shared = talk.asks()
    assert talk.agrees(shared, pauses.begun_hour(clock.now())) == ("set_aside")
    assert Referral.objects.get(id=sent.id).due_at == sent.due_at

    ours, _talk = _sent(ana, platform[0])
    pause = cooperation.ask_pause(
        by=ana, about_id=ours.id, reason="awaiting_documents", until=_until()
    )
    with pytest.raises(WrongState):
        cooperation.answer_pause(by=ana, about_id=ours.id, pause_id=pause.id, agree=True)


def test_an_answer_to_nothing_that_was_asked_is_set_aside(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])

    assert talk.agrees("0" * 32, clock.hour_up(clock.now())) == "set_aside"
    assert Referral.objects.get(id=sent.id).due_at == sent.due_at


@pytest.mark.parametrize("hours", [-5, 24 * 4])
def test_a_pause_is_not_agreed_on_for_longer_than_was_asked(
    ana: Actor, platform: Platform, hours: int
) -> None:
    sent, talk = _sent(ana, platform[0])
    cooperation.ask_pause(by=ana, about_id=sent.id, reason="awaiting_documents", until=_until())
    exchange.drain(peer="bo")
    now = pauses.begun_hour(clock.now())

    assert talk.agrees(platform[0].read[-1]["id"], now + hours * HOUR) == "set_aside"
    assert Referral.objects.get(id=sent.id).due_at == sent.due_at


def test_the_same_message_twice_counts_once(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    shared = talk.asks()
    talk.asks(id=shared)
    (pause,) = cooperation.pauses_of(sent)
    ours, other = _sent(ana, platform[0])
    cooperation.ask_pause(by=ana, about_id=ours.id, reason="awaiting_documents", until=_until())
    exchange.drain(peer="bo")
    since = pauses.begun_hour(clock.now())
    for _ in range(2):
        assert other.agrees(platform[0].read[-1]["id"], since) == "applied"
    assert other.says("pause.answer", id=platform[0].read[-1]["id"], since="") == "applied"

    assert pause.shared_id == shared
    assert ours.due_at is not None
    assert Referral.objects.get(id=ours.id).due_at == ours.due_at + (_until() - since)


def test_an_answer_that_overtakes_waits_for_what_comes_before_it(
    ana: Actor, platform: Platform
) -> None:
    sent, talk = _sent(ana, platform[0])
    cooperation.ask_pause(by=ana, about_id=sent.id, reason="awaiting_documents", until=_until())
    exchange.drain(peer="bo")
    shared, since = (
        platform[0].read[-1]["id"],
        pauses.begun_hour(clock.now()),
    )

    late = {"id": shared, "since": clock.isoformat(since)}
    assert talk.sends(3, "pause.answer", **late) == "waiting"
    assert Referral.objects.get(id=sent.id).paused_until is None
    assert talk.sends(2, "referral.state", move="read") == "applied"
    exchange.apply_waiting()

    assert Referral.objects.get(id=sent.id).paused_until == _until()


def test_both_ask_at_once_and_both_agree(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    cooperation.ask_pause(by=ana, about_id=sent.id, reason="awaiting_documents", until=_until(3))
    exchange.drain(peer="bo")
    ours = platform[0].read[-1]["id"]
    theirs = talk.asks(5)
    pause = Pause.objects.get(shared_id=theirs)

    cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=True)
    since = pauses.begun_hour(clock.now())
    talk.agrees(ours, since)

    after = Referral.objects.get(id=sent.id)
    assert sent.due_at is not None
    assert after.due_at == sent.due_at + (_until(5) - since)


def test_one_question_at_a_time_and_only_while_an_answer_is_owed(
    ana: Actor, platform: Platform
) -> None:
    sent, talk = _sent(ana, platform[0])
    told: dict[str, Any] = {"by": ana, "about_id": sent.id, "reason": "awaiting_documents"}
    for days in (-1, 31):
        with pytest.raises(cooperation.NotAPause):
            cooperation.ask_pause(**told, until=_until(days))
    cooperation.ask_pause(**told, until=_until())
    with pytest.raises(cooperation.PauseAsked):
        cooperation.ask_pause(**told, until=_until())
    with time_machine.travel(clock.now() + 4 * DAY):
        cooperation.ask_pause(**told, until=_until())  # nobody answered the first in time

    talk.says("referral.state", move="read")
    talk.says("referral.state", move="accept")
    with pytest.raises(WrongState):
        cooperation.ask_pause(**told, until=_until())


def test_a_feared_state_is_asked_nothing(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    talk.asks()
    (pause,) = cooperation.pauses_of(sent)
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])  # type: ignore[arg-type]

    with pytest.raises(cases.FearedState):
        cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=True)
    assert Referral.objects.get(id=sent.id).due_at == sent.due_at


def test_a_question_that_is_queued_is_recalled_by_protection(
    ana: Actor, platform: Platform
) -> None:
    sent, _talk = _sent(ana, platform[0])
    before = len(platform[0].read)
    cooperation.ask_pause(by=ana, about_id=sent.id, reason="safety_of_person", until=_until())
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])  # type: ignore[arg-type]
    exchange.drain(peer="bo")

    assert len(platform[0].read) == before


def test_the_step_that_answers_stands_still_with_the_request(
    ana: Actor, platform: Platform
) -> None:
    shared = _shared_case(ana, platform[0], "host")
    row, talk = _asked(platform[0], shared.conversation)
    cooperation.accept_request(by=ana, request_id=row.id)
    before = _step(shared.case_id).due_at
    talk.asks(3)
    (pause,) = cooperation.pauses_of(row)
    cooperation.answer_pause(by=ana, about_id=row.id, pause_id=pause.id, agree=True)

    entry = _step(shared.case_id)
    assert entry.state is protocol.StepState.PAUSED
    assert before is not None
    assert entry.due_at is not None
    assert entry.due_at > before + 2 * DAY
    assert _kept(shared.case_id) == "paused"

    with time_machine.travel(_until(3) + timedelta(minutes=1)):
        assert _step(shared.case_id).state is protocol.StepState.DUE
        assert pausing.work_out_anew(now=clock.now()) >= 1
        assert pausing.work_out_anew(now=clock.now()) == 0
        assert _kept(shared.case_id) == "due"


def test_in_the_case_of_who_asked_the_step_of_the_other_side_stands_still_too(
    ana: Actor, platform: Platform
) -> None:
    shared = _shared_case(ana, platform[0], "nationality")
    asked = cooperation.send_request(
        by=ana, case_id=shared.case_id, recipient_state="bo", recipient_institution=CONSULATE,  # type: ignore[arg-type]
        answers={"safety_and_will_recorded": True},
    )  # fmt: skip
    exchange.drain(peer="bo")
    talk = Talk(platform[0], asked)
    talk.says("request.state", move="arrive")
    talk.says("request.state", move="accept")
    cooperation.ask_pause(by=ana, about_id=asked.id, reason="awaiting_authority", until=_until())
    exchange.drain(peer="bo")
    assert _step(shared.case_id).state is protocol.StepState.DUE

    talk.agrees(platform[0].read[-1]["id"], pauses.begun_hour(clock.now()))

    entry = _step(shared.case_id)
    assert (entry.state, entry.mine) == (protocol.StepState.PAUSED, False)
    assert _clock(asked).paused_until == _until()


def _kept(case_id: Any) -> str:
    rows = protocol.agenda_for_many([case_id])[case_id]
    return next(row.state for row in rows if row.step == "2.3.a")


def _step(case_id: Any) -> protocol.StepAgenda:
    case = cases.Case.objects.get(id=case_id)
    return cases.agenda_of(case, clock.now()).steps["2.3.a"]


def test_whoever_answers_in_a_pause_has_done_its_step(ana: Actor, platform: Platform) -> None:
    shared = _shared_case(ana, platform[0], "host")
    row, talk = _asked(platform[0], shared.conversation)
    cooperation.accept_request(by=ana, request_id=row.id)
    talk.asks(3)
    (pause,) = cooperation.pauses_of(row)
    cooperation.answer_pause(by=ana, about_id=row.id, pause_id=pause.id, agree=True)

    cooperation.answer_request(by=ana, request_id=row.id, outcome="answered")

    assert _step(shared.case_id).state is protocol.StepState.DONE
    assert _clock(row).done_at is not None


def test_inside_one_state_the_other_institution_is_asked_without_a_message(
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
        theirs = cooperation.incoming(by=sol)[0].due_at
    with members.acting(ana.institution):
        ours = Referral.objects.get(id=sent.id)
        assert (ours.due_at, ours.still_until) == (theirs, _until())
        with pytest.raises(NotFound):
            cooperation.answer_pause(by=ana, about_id=sent.id, pause_id=pause.id, agree=True)


def test_the_database_keeps_no_agreement_without_an_answer(ana: Actor, platform: Platform) -> None:
    sent, _talk = _sent(ana, platform[0])
    pause = cooperation.ask_pause(
        by=ana, about_id=sent.id, reason="awaiting_documents", until=_until()
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.filter(id=pause.id).update(standing="agreed")


_ACTS = st.lists(
    st.tuples(st.sampled_from(["ask", "agree", "refuse"]), st.integers(0, 3), st.integers(0, 40)),
    max_size=8,
)


@pytest.mark.database_room
@settings(
    max_examples=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(acts=_ACTS)
def test_whatever_one_side_says_alone_the_clock_runs(
    platform: Platform, acts: list[tuple[str, int, int]]
) -> None:
    """Bolivia asks, and agrees to its own questions and to those of other conversations."""
    cast = assemble()
    ana = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        sent, talk = _sent(ana, platform[0])
        known = ["0" * 32]
        for what, which, hours in acts:
            if what == "ask":
                known.append(talk.asks(1 + which))
            else:
                since = clock.hour_up(clock.now()) + hours * HOUR
                told_since = clock.isoformat(since) if what == "agree" else ""
                talk.says("pause.answer", id=known[which % len(known)], since=told_since)
        after = Referral.objects.get(id=sent.id)
        assert (after.due_at, after.paused_until) == (sent.due_at, None)
        assert _clock(sent).paused_until is None


def _browser(cast: Cast, language: str = "es") -> Client:
    client = Client(headers={"host": "ar.localhost", "accept-language": language})
    enter(client, cast.ana)
    if language != "es":
        client.post(reverse("set_language"), {"language": language})
    return client


def test_the_pages_lead_from_the_question_to_the_pause(ana: Actor, platform: Platform) -> None:
    sent, talk = _sent(ana, platform[0])
    talk.asks()
    (pause,) = cooperation.pauses_of(sent)
    browser = _browser(assemble())
    page = reverse("cooperation:referral", args=[sent.id])
    answer = reverse("cooperation:referral-pause-answer", args=[sent.id, pause.id])

    assert f'href="{answer}"' in browser.get(page).content.decode()
    assert "Se pide una pausa" in browser.get(reverse("cooperation:inbox")).content.decode()
    assert "Se esperan documentos" in browser.get(answer).content.decode()
    assert browser.post(answer, {}).status_code == 422
    assert browser.post(answer, {"decision": "agree"})["Location"] == page
    shown = browser.get(page).content.decode()
    assert "En pausa" in shown
    assert f'href="{answer}"' not in shown
    assert browser.get(answer)["Location"] == page  # answered already


def test_asking_on_the_page_says_where_a_day_is_wrong(ana: Actor, platform: Platform) -> None:
    sent, _talk = _sent(ana, platform[0])
    browser = _browser(assemble())
    ask = reverse("cooperation:referral-pause", args=[sent.id])
    day = (clock.now() + 40 * DAY).date()
    told = {"reason": "awaiting_documents"}

    def on(day: Any) -> dict[str, Any]:
        return {
            **told,
            "until_on_day": day.day,
            "until_on_month": day.month,
            "until_on_year": day.year,
        }

    assert "como máximo a 30 días" in browser.post(ask, on(day)).content.decode()
    assert cooperation.pauses_of(sent) == []
    assert browser.post(ask, on((clock.now() + 2 * DAY).date())).status_code == 302
    assert len(cooperation.pauses_of(sent)) == 1
    page = browser.get(reverse("cooperation:referral", args=[sent.id])).content.decode()
    assert f'href="{ask}"' not in page  # once is enough
