"""What the other side never answers, by message or letter, is seen as overdue by whoever sent it,
who is told what to do. All persons are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral, Request
from ayni.desk import reminders
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import Cast, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import a_consented_case, a_draft, shared_with
from tests.exchange.peer import CONSULATE, Peer

DAY = timedelta(days=1)
MONTH = 30 * DAY
TITLE = "What we sent and nobody has answered in time"
URUGUAY = {"recipient_state": "uy", "recipient_institution": "uy-consulate-ar"}


def _draft(by: Actor) -> Referral:
    return a_draft(by, a_consented_case(by, state="uy", institution="uy-consulate-ar"), **URUGUAY)


def _letter(by: Actor, draft: Referral) -> Referral:
    cooperation.send_letter(
        by=by, referral_id=draft.id, addressee="Invented consulate", language="es"
    )
    return Referral.objects.get(id=draft.id)


def _ids(by: Actor) -> list[object]:
    return [row.id for row in cooperation.unanswered(by=by)]


def _page(user: members.User, path: str) -> str:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, user)
    client.cookies["ayni_ar_language"] = "en"
    return client.get(path).content.decode()


def test_the_time_for_an_answer_to_a_letter_runs_from_the_printing(ana: Actor) -> None:
    draft = _draft(ana)
    with time_machine.travel(clock.now() + 20 * DAY, tick=False):
        sent = _letter(ana, draft)
        assert sent.due_at is not None
        assert sent.due_at > clock.now(), "not from the day on which it was drafted"
        assert not sent.late
    assert sent.clock_id is None, "the secretariat is told of none"


def test_a_letter_that_nobody_answers_is_overdue_until_the_answer_is_written_down(
    ana: Actor,
) -> None:
    sent = _letter(ana, _draft(ana))
    assert sent.due_at is not None
    assert _ids(ana) == []
    with time_machine.travel(sent.due_at - timedelta(seconds=1), tick=False):
        assert _ids(ana) == []
    with time_machine.travel(sent.due_at, tick=False):
        assert _ids(ana) == [sent.id]
    with time_machine.travel(sent.due_at + DAY, tick=False):
        day: date = clock.now().date() - DAY
        record = {"by": ana, "referral_id": sent.id, "on": day}
        cooperation.record_letter(**record, move=cooperation.Move.ARRIVE)
        assert _ids(ana) == [sent.id], "that it arrived is no answer"
        agreed = clock.now() + 5 * DAY
        cooperation.record_letter(**record, move=cooperation.Move.ACCEPT, agreed_at=agreed)
        assert _ids(ana) == []
    with time_machine.travel(sent.due_at + MONTH, tick=False):
        assert _ids(ana) == [sent.id], "they agreed on a day for the outcome"


def test_one_that_was_declined_or_withdrawn_waits_for_nobody(ana: Actor) -> None:
    declined, withdrawn = _letter(ana, _draft(ana)), _letter(ana, _draft(ana))
    assert declined.due_at is not None
    with time_machine.travel(declined.due_at + DAY, tick=False):
        cooperation.record_letter(
            by=ana, referral_id=declined.id, move=cooperation.Move.DECLINE,
            on=clock.now().date() - DAY, reason="no_capacity",
        )  # fmt: skip
        cooperation.withdraw_referral(by=ana, referral_id=withdrawn.id, reason="mistake")
        assert _ids(ana) == []


def test_a_message_and_a_question_that_nobody_answers_are_overdue_too(
    ana: Actor, bolivia: Peer
) -> None:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    referral = cooperation.send_referral(by=ana, referral_id=draft.id)
    shared = shared_with(ana, bolivia, "host")
    question = _question(ana, shared)
    exchange.drain(peer="bo")
    with time_machine.travel(clock.now() + 3 * MONTH, tick=False):
        assert {referral.id, question.id} <= set(_ids(ana))


def _question(by: Actor, shared: Referral) -> Request:
    assert shared.case_id is not None
    kind = cooperation.inquiry("information")
    assert kind is not None
    return cooperation.ask_inquiry(
        by=by, case_id=shared.case_id, kind="information", recipient_state="bo",
        recipient_institution=CONSULATE, questions=list(kind.questions)[:1],
    )  # fmt: skip


def test_another_institution_sees_nothing_of_it(ana: Actor, sol: Actor) -> None:
    sent = _letter(ana, _draft(ana))
    assert sent.due_at is not None
    with time_machine.travel(sent.due_at, tick=False), on_behalf(sol):
        assert _ids(sol) == []


def test_home_leads_to_it_and_its_page_says_what_to_do(ana: Actor, cast: Cast) -> None:
    sent = _letter(ana, _draft(ana))
    assert sent.due_at is not None
    page = reverse("cooperation:referral", args=[sent.id])
    assert TITLE not in _page(cast.ana, "/")
    assert "Telephone the addressee" not in _page(cast.ana, page)
    with time_machine.travel(sent.due_at, tick=False):
        home = _page(cast.ana, "/")
        assert TITLE in home
        assert f'href="{page}"' in home
        assert "Telephone the addressee" in _page(cast.ana, page)


@pytest.mark.django_db
def test_whoever_works_on_the_case_is_reminded_in_the_morning(ana: Actor, cast: Cast) -> None:
    sent = _letter(ana, _draft(ana))
    assert sent.due_at is not None
    assert sent.case is not None
    late = datetime(sent.due_at.year + 1, 3, 2, 12, 20, tzinfo=UTC)  # 9:20 in Buenos Aires
    with time_machine.travel(late, tick=False):
        mail.outbox.clear()
        reminders.remind(now=late)
        assert sent.case.assigned_to is not None
        written = {to for message in mail.outbox for to in message.to}
        assert sent.case.assigned_to.email in written
        assert all("Invented consulate" not in str(message.message()) for message in mail.outbox)
