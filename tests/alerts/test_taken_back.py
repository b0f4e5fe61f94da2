"""Whoever was found and agreed to be told of changes her mind: the answer is taken back, destroyed
at whoever asked, and that is confirmed."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ayni.alerts import answer_reading
from ayni.alerts import api as alerts
from ayni.alerts.expiring import tell_untold
from ayni.alerts.models import AlertAnswer, AlertCopy
from ayni.alerts.overdue import removal_late_since
from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.cases import api as cases
from ayni.exchange import api as exchange
from ayni.exchange import envelope
from ayni.exchange.models import IncomingMessage, OutgoingMessage
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.lib.identifiers import new_id
from ayni.members import api as members
from ayni.vault import api as vault
from tests.alerts.stories import (
    DAY,
    SIGHTING,
    an_alert,
    an_answer,
    its_officer,
    says,
    to_the_prosecution,
)
from tests.alerts.taking_back import answered, confirmed, received_of, said, took_back
from tests.alerts.test_answers import FOUND_BY_BOLIVIA, SEEN_BY_BOLIVIA
from tests.cast import Cast, enter
from tests.exchange.peer import Peer


def _browser(cast: Cast) -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.post(reverse("set_language"), {"language": "en"})
    return client


# -- at whoever answered


def test_what_was_answered_is_taken_back_and_its_destruction_confirmed_in_time(
    ana: Actor, bolivia: Peer
) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    exchange.drain(peer="bo")
    key = AlertAnswer.objects.get(id=row.id).own_subject
    assert key is not None

    back = alerts.withdraw_answer(by=ana, answer_id=row.id)
    exchange.drain(peer="bo")

    assert back.withdrawn_at is not None
    assert bolivia.read[-1] == {"id": back.withdrawal, "at": clock.isoformat(back.withdrawn_at)}
    assert back.due_at == alerts.rules.removal_due(back.withdrawn_at)
    assert envelope.parse(bolivia.raw[-1]).header.due == back.due_at
    assert back.content is None
    with pytest.raises(vault.Erased):
        vault.sealer(key)
    opened = alerts.open_answer(by=ana, answer_id=row.id)
    assert (opened.content, opened.may_withdraw, opened.late) == ({}, False, False)

    assert confirmed(back, bolivia, 2, id="f" * 32) == "set_aside", "nobody waits for that"
    assert confirmed(back, bolivia, 3) == "applied"
    heard = AlertAnswer.objects.get(id=row.id)
    assert heard.removed_at is not None
    assert heard.confirmed_at is not None
    assert confirmed(back, bolivia, 4, at="2026-12-30T00:00:00Z") == "applied"
    assert AlertAnswer.objects.get(id=row.id).removed_at == heard.removed_at, (
        "the first word counts"
    )


@pytest.mark.parametrize("at", ["2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z"])
def test_nobody_says_that_it_was_destroyed_later_than_now_or_before_it_was_taken_back(
    ana: Actor, bolivia: Peer, at: str
) -> None:
    row = answered(ana, received_of(ana, bolivia))
    exchange.drain(peer="bo")
    back = alerts.withdraw_answer(by=ana, answer_id=row.id)
    assert confirmed(back, bolivia, 2, at=at) == "applied"
    heard = AlertAnswer.objects.get(id=row.id)
    assert heard.removed_at in (heard.withdrawn_at, heard.confirmed_at)


def test_all_that_we_answered_goes_together_and_once(ana: Actor, bolivia: Peer) -> None:
    received = received_of(ana, bolivia)
    seen = alerts.send_answer(by=ana, answer_id=an_answer(ana, received.id).id)
    found, draft = answered(ana, received), an_answer(ana, received.id)
    exchange.drain(peer="bo")
    with pytest.raises(WrongState):
        alerts.withdraw_answer(by=ana, answer_id=draft.id)

    for row in (found, found, seen):
        alerts.withdraw_answer(by=ana, answer_id=row.id)
    exchange.drain(peer="bo")

    words = {
        row.withdrawal for row in AlertAnswer.objects.filter(received=received).exclude(id=draft.id)
    }
    assert len(words) == 1
    assert [set(told) for told in bolivia.read].count({"id", "at"}) == 1
    # A draft rests on the word that she took back.
    gone = AlertAnswer.objects.get(id=draft.id)
    assert (gone.content, gone.dropped_at is not None, gone.sent_at) == (None, True, None)
    with pytest.raises(WrongState):
        alerts.send_answer(by=ana, answer_id=draft.id)


def test_what_has_not_left_never_leaves_and_nobody_is_told(ana: Actor, bolivia: Peer) -> None:
    row = answered(ana, received_of(ana, bolivia))
    back = alerts.withdraw_answer(by=ana, answer_id=row.id)
    exchange.drain(peer="bo")

    assert bolivia.read == []
    assert (back.withdrawal, back.due_at, back.content) == ("", None, None)
    assert OutgoingMessage.objects.get(subject=str(row.id)).reason == "withdrawn"


def test_whoever_may_have_it_is_told_though_its_receipt_never_came(
    ana: Actor, bolivia: Peer
) -> None:
    row = answered(ana, received_of(ana, bolivia))
    bolivia.answers = False
    exchange.drain(peer="bo")
    assert OutgoingMessage.objects.get(subject=str(row.id)).attempts == 1

    back = alerts.withdraw_answer(by=ana, answer_id=row.id)
    assert back.withdrawal
    bolivia.answers = True
    with time_machine.travel(clock.now() + DAY):
        exchange.drain(peer="bo")
    assert [set(told) for told in bolivia.read][-1] == {"id", "at"}
    assert OutgoingMessage.objects.get(subject=str(row.id)).state == "cancelled"


def test_it_is_taken_back_when_the_alert_is_over_too(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    exchange.drain(peer="bo")
    at = clock.isoformat(clock.now())
    assert says(bolivia, received.conversation, 2, "alert.recall", at=at) == "applied"

    browser = _browser(cast)
    page = browser.get(reverse("alerts:list")).content.decode()
    to = reverse("alerts:answer", args=[row.id])
    assert f'href="{to}"' in page
    page = browser.get(to).content.decode()
    assert "Take back what we answered" in page
    assert "ar-programme" not in page
    done = browser.post(reverse("alerts:answer-withdraw", args=[row.id]), follow=True)
    assert "has not confirmed yet" in done.content.decode()
    exchange.drain(peer="bo")
    back = AlertAnswer.objects.get(id=row.id)
    assert bolivia.read[-1]["id"] == back.withdrawal
    assert confirmed(back, bolivia, 3) == "applied"
    page = browser.get(to).content.decode()
    assert "Whoever asked destroyed it 1 minute later" in page
    assert "Take back what we answered" not in page


def test_every_answer_can_be_reached_however_many_came_after_it(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    first = answered(ana, received_of(ana, bolivia))
    exchange.drain(peer="bo")
    row = AlertAnswer.objects.get(id=first.id)
    for number in range(answer_reading.PAGE):
        assert row.sent_at is not None
        row.pk, row.sent_at = new_id(), row.sent_at + timedelta(seconds=1 + number)
        row.save(force_insert=True)
    browser, to = _browser(cast), reverse("alerts:list")
    link = f'href="{reverse("alerts:answer", args=[first.id])}"'
    page = browser.get(to).content.decode()
    assert link not in page
    assert 'href="?page=2"' in page
    assert link in browser.get(f"{to}?page=2").content.decode()
    assert browser.get(f"{to}?page=x").status_code == 404


def test_one_that_never_left_before_the_alert_was_over_has_no_page_and_says_so(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    at = clock.isoformat(clock.now())
    browser, to = _browser(cast), reverse("alerts:answer", args=[row.id])
    assert f'href="{to}"' in browser.get(reverse("alerts:list")).content.decode()
    assert says(bolivia, received.conversation, 2, "alert.recall", at=at) == "applied"
    exchange.drain(peer="bo")
    page = browser.get(reverse("alerts:list")).content.decode()
    assert f'href="{to}"' not in page
    assert "It did not leave" in page
    assert "Not taken back" not in page
    assert browser.get(to).status_code == 409


def test_neither_list_nor_row_says_which_it_was_once_it_is_taken_back_or_the_alert_is_over(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    back, over, ends = (received_of(ana, bolivia) for _each in range(3))
    for received in (back, over, ends):
        answered(ana, received)
        exchange.drain(peer="bo")
    browser, to = _browser(cast), reverse("alerts:list")
    here = reverse("alerts:received", args=[back.id])
    assert browser.get(to).content.decode().count("Found") == 3
    assert "Found" in browser.get(here).content.decode()

    (row,) = AlertAnswer.objects.filter(received=back)
    alerts.withdraw_answer(by=ana, answer_id=row.id)
    assert "Found" not in browser.get(here).content.decode()
    at = clock.isoformat(clock.now())
    assert says(bolivia, over.conversation, 2, "alert.recall", at=at) == "applied"
    assert browser.get(to).content.decode().count("Found") == 1
    for row in AlertAnswer.objects.exclude(received=ends):
        assert (row.content, row.outcome, row.ground, row.fields) == (None, "", "", [])
    with time_machine.travel(ends.until, tick=False):  # and the job has not come by yet
        browser = _browser(cast)
        assert "Found" not in browser.get(to).content.decode()
        (row,) = AlertAnswer.objects.filter(received=ends)
        assert alerts.open_answer(by=ana, answer_id=row.id).content == {}
    told = [entry.detail for entry in Entry.objects.filter(verb__startswith="alerts.")]
    assert not any({"found", "agreed"} & set(detail.values()) for detail in told)


def test_who_does_not_confirm_is_late_on_the_page_and_for_whoever_runs_the_node(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    row = answered(ana, received_of(ana, bolivia))
    exchange.drain(peer="bo")
    assert "– late" not in _browser(cast).get(reverse("alerts:list")).content.decode()
    due = alerts.withdraw_answer(by=ana, answer_id=row.id).due_at
    assert due is not None
    assert removal_late_since(now=clock.now()) is None
    with time_machine.travel(due, tick=False):
        assert removal_late_since(now=due) == due
        browser = _browser(cast)
        assert "– late" in browser.get(reverse("alerts:list")).content.decode()
        assert [each.id for each in alerts.at_a_glance(by=ana).back] == [row.id]
        home = browser.get("/").content.decode()
        assert "has not confirmed that what we answered and took back" in home
        assert f'href="{reverse("alerts:answer", args=[row.id])}"' in home
        page = browser.get(reverse("alerts:answer", args=[row.id])).content.decode()
        assert "Write or telephone to whoever asked" in page
        assert confirmed(AlertAnswer.objects.get(id=row.id), bolivia, 2) == "applied"
        assert removal_late_since(now=due) is None
        assert alerts.at_a_glance(by=ana).back == []
        assert "took back is destroyed" not in browser.get("/").content.decode()
        assert "– late" not in browser.get(reverse("alerts:list")).content.decode()


def test_who_cannot_be_written_to_keeps_nobody_from_taking_back_and_is_told_later(
    ana: Actor, bolivia: Peer
) -> None:
    row = answered(ana, received_of(ana, bolivia))
    exchange.drain(peer="bo")
    with time_machine.travel(clock.now() + 60 * DAY):  # no key of theirs is in force any more
        back = alerts.withdraw_answer(by=ana, answer_id=row.id)
        assert (back.content, back.untold) == (None, True)
        assert tell_untold() == 0
        assert AlertAnswer.objects.get(id=row.id).untold
    assert tell_untold() == 1
    assert tell_untold() == 0
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["id"] == back.withdrawal
    assert not AlertAnswer.objects.get(id=row.id).untold


def test_only_who_could_have_answered_takes_back(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    row = answered(ana, received_of(ana, bolivia))
    pablo, dora = its_officer(), members.actor_of(cast.dora)
    with members.acting(pablo.institution), pytest.raises(NotFound):
        alerts.withdraw_answer(by=pablo, answer_id=row.id)
    with pytest.raises(NotAllowed):
        alerts.withdraw_answer(by=dora, answer_id=row.id)
    assert AlertAnswer.objects.get(id=row.id).withdrawn_at is None


def test_who_was_taken_back_can_be_told_of_anew(ana: Actor, bolivia: Peer) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    exchange.drain(peer="bo")
    alerts.withdraw_answer(by=ana, answer_id=row.id)
    anew = answered(ana, received)
    exchange.drain(peer="bo")

    assert [set(told) for told in bolivia.read] == [
        {"at", "data", "handling"}, {"id", "at"}, {"at", "data", "handling"},
    ]  # fmt: skip
    assert AlertAnswer.objects.get(id=anew.id).withdrawn_at is None


def test_the_database_keeps_that_nothing_is_left(ana: Actor, bolivia: Peer) -> None:
    row = answered(ana, received_of(ana, bolivia))
    with pytest.raises(IntegrityError, match="alerts_withdrawn_is_gone"), transaction.atomic():
        AlertAnswer.objects.filter(id=row.id).update(withdrawn_at=clock.now())


# -- at whoever asked


def test_who_asked_destroys_what_the_answer_said_and_confirms_it(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert said(alert, bolivia, 1, **SEEN_BY_BOLIVIA) == "applied"
    assert said(alert, bolivia, 2, **FOUND_BY_BOLIVIA) == "applied"
    keys = list(AlertAnswer.objects.values_list("own_subject", flat=True))

    assert took_back(alert, bolivia, 3) == "applied"
    for key in keys:
        assert key is not None
        with pytest.raises(vault.Erased):
            vault.sealer(key)
    for row in AlertAnswer.objects.all():
        assert (row.content, row.outcome, row.ground, row.fields) == (None, "", "", [])
        assert row.removed_at is not None
    assert alerts.outcomes(by=ana, alerts=[alert]) == {}
    assert alerts.at_a_glance(by=ana).answered == 0
    heard = alerts.open_alert(by=ana, alert_id=alert.id).heard
    assert [each.content for each in heard] == [{}, {}]
    page = _browser(cast).get(reverse("alerts:alert", args=[alert.id])).content.decode()
    assert "took it back" in page
    assert "was found. Speak with it" not in page

    exchange.drain(peer="bo")
    assert bolivia.read[-1]["id"] == "a" * 32
    assert set(bolivia.read[-1]) == {"id", "at"}, "names of fields would tell what it was"
    # Once more confirms once more, and changes nothing.
    before = list(AlertAnswer.objects.values())
    assert took_back(alert, bolivia, 4) == "applied"
    exchange.drain(peer="bo")
    assert [told.get("id") for told in bolivia.read].count("a" * 32) == 2
    assert list(AlertAnswer.objects.values()) == before
    # Her case, which is ours, is untouched.
    vault.sealer(cases.case_for(by=ana, case_id=alert.case_id).subject)


def test_what_comes_after_it_was_taken_back_is_not_kept(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert took_back(alert, bolivia, 2) == "waiting", "for the first"
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        assert exchange.apply_waiting() == 1
    assert AlertCopy.objects.get(alert=alert).answers_after == 2
    assert said(alert, bolivia, 1, **FOUND_BY_BOLIVIA) == "applied"
    assert not AlertAnswer.objects.filter(content__isnull=False).exists()
    assert alerts.outcomes(by=ana, alerts=[alert]) == {}


def test_of_an_answer_that_stands_aside_nothing_is_left_once_it_is_taken_back(
    ana: Actor, bolivia: Peer
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    foreign = {**FOUND_BY_BOLIVIA, "contact": "ar-programme"}
    assert said(alert, bolivia, 1, **foreign) == "set_aside"
    assert took_back(alert, bolivia, 2) == "applied"
    assert said(alert, bolivia, 3, **foreign) == "set_aside", "it comes after the word"

    before, after = IncomingMessage.objects.filter(kind="alert.answer").order_by("sequence")
    assert before.reason == "ended"
    assert bytes(before.envelope).startswith(envelope.EVIDENCE_MARK)
    assert after.reason == "not_theirs"
    assert bytes(after.envelope).startswith(envelope.MARK)
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["id"] == "a" * 32


def test_one_that_would_stand_aside_and_comes_after_its_word_does_not_lie_here(
    ana: Actor, bolivia: Peer
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert took_back(alert, bolivia, 2) == "waiting", "for the first"
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        assert exchange.apply_waiting() == 1
    foreign = {**FOUND_BY_BOLIVIA, "contact": "ar-programme"}
    assert said(alert, bolivia, 1, **foreign) == "applied"
    late = IncomingMessage.objects.get(kind="alert.answer")
    assert bytes(late.envelope).startswith(envelope.EVIDENCE_MARK)


def test_what_was_answered_anew_stays_when_an_older_word_comes_late(
    ana: Actor, bolivia: Peer
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert said(alert, bolivia, 1, **FOUND_BY_BOLIVIA) == "applied"
    assert said(alert, bolivia, 3, **FOUND_BY_BOLIVIA) == "waiting", "for the second"
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        assert exchange.apply_waiting() == 1
    assert took_back(alert, bolivia, 2) == "applied"

    assert alerts.outcomes(by=ana, alerts=[alert]) == {alert.id: alerts.Outcome.FOUND}
    left = AlertAnswer.objects.get(content__isnull=False)
    assert left.sequence == 3


def test_a_stranger_takes_nothing_back(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert said(alert, bolivia, 1, **FOUND_BY_BOLIVIA) == "applied"
    told = {"id": "a" * 32, "at": clock.isoformat(clock.now())}
    talk = secrets.token_hex(16)
    assert says(bolivia, talk, 1, "alert.answer_withdrawn", **told) == "set_aside"
    assert alerts.open_alert(by=ana, alert_id=alert.id).heard[0].content == FOUND_BY_BOLIVIA


def test_an_answer_kept_before_it_had_a_key_of_its_own_is_read_and_taken_back(
    ana: Actor, bolivia: Peer
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert said(alert, bolivia, 1, **SEEN_BY_BOLIVIA) == "applied"
    row = AlertAnswer.objects.get()
    row.own_subject = row.sequence = None
    row.seal(vault.sealer(row.subject), content=SEEN_BY_BOLIVIA)
    row.save()
    (heard,) = alerts.open_alert(by=ana, alert_id=alert.id).heard
    assert heard.content == SEEN_BY_BOLIVIA

    assert took_back(alert, bolivia, 2) == "applied"
    assert AlertAnswer.objects.get().content is None


# -- within one node


def test_within_one_node_it_is_destroyed_and_confirmed_at_once(ana: Actor) -> None:
    alert = alerts.issue_alert(by=ana, alert_id=to_the_prosecution(ana).id)
    pablo = its_officer()
    with members.acting(pablo.institution):
        (received,) = alerts.alerts_received(by=pablo)
        row = an_answer(pablo, received.id, told=SIGHTING)
        alerts.send_answer(by=pablo, answer_id=row.id)
        for _each in range(2):
            back = alerts.withdraw_answer(by=pablo, answer_id=row.id)
        assert None not in (back.removed_at, back.confirmed_at)
        assert removal_late_since(now=clock.now() + 9 * DAY) is None
        anew = alerts.send_answer(by=pablo, answer_id=an_answer(pablo, received.id).id)

    newest, taken = alerts.open_alert(by=ana, alert_id=alert.id).heard
    assert (taken.content, taken.row.removed_at is not None) == ({}, True)
    assert newest.content["seen_place"] == "Invented Town"
    assert Entry.objects.filter(verb="alerts.hear_withdrawn", subject=str(alert.id)).count() == 1
    assert anew.withdrawn_at is None
