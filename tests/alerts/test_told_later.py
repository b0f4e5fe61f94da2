"""The word that an answer is taken back, and the one that it is destroyed, are never lost: who
cannot be told now is told as soon as it can be, and before anything is answered anew."""

from __future__ import annotations

import time_machine

from ayni.alerts import api as alerts
from ayni.alerts.expiring import tell_untold
from ayni.alerts.models import AlertAnswer, AlertCopy
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import documents, envelope
from ayni.exchange.models import Conversation, OutgoingMessage
from ayni.lib import clock
from tests.alerts.stories import DAY, an_alert
from tests.alerts.taking_back import answered, received_of, said, took_back
from tests.alerts.test_answers import FOUND_BY_BOLIVIA
from tests.exchange.peer import CONSULATE, Peer

BY = audit.job("tests")
WORD, ANSWER = {"id", "at"}, {"at", "data", "handling"}
NO_KEYS = 60 * DAY  # then no key of theirs is in force any more


def _members(bolivia: Peer, *nodes: str) -> None:
    """The next directory, in which these are members."""
    before = exchange.directory_body()
    first = exchange.directory_document(1)
    assert first is not None
    body = {
        **before,
        "members": [each for each in first["body"]["members"] if each["node"] in nodes],
        "number": before["number"] + 1,
        "previous": documents.digest(before),
        "quorum": len(nodes),
    }
    document = documents.signed("directory", body, {"bo": bolivia.identity})
    document["signatures"].append(exchange.sign_directory(by=BY, body=body))
    exchange.accept_directory(by=BY, document=document, now=clock.now())


def _names(bolivia: Peer, institution: str) -> None:
    """Its next key sheet, which names this institution only."""
    (entry,) = bolivia.key_sheet(clock.now())["body"]["institutions"]
    sheet = bolivia.next_sheet(clock.now(), institutions=[{**entry, "code": institution}])
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())


def test_what_is_answered_anew_leaves_after_the_word_that_could_not_be_told(
    ana: Actor, bolivia: Peer
) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    exchange.drain(peer="bo")
    with time_machine.travel(clock.now() + NO_KEYS):
        back = alerts.withdraw_answer(by=ana, answer_id=row.id)
        assert back.untold
    anew = answered(ana, received)
    exchange.drain(peer="bo")

    assert [set(told) for told in bolivia.read] == [ANSWER, WORD, ANSWER]
    assert bolivia.read[1]["id"] == back.withdrawal
    assert not AlertAnswer.objects.get(id=row.id).untold
    assert tell_untold() == 0, "it is told once"
    exchange.drain(peer="bo")
    assert len(bolivia.read) == 3
    # The same at whoever asks: in these places the second answer stands.
    places = [envelope.parse(raw).header.sequence for raw in bolivia.raw]
    assert places == sorted(places)
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert said(alert, bolivia, 1, **FOUND_BY_BOLIVIA) == "applied"
    assert took_back(alert, bolivia, 2) == "applied"
    assert said(alert, bolivia, 3, **FOUND_BY_BOLIVIA) == "applied"
    (left,) = AlertAnswer.objects.filter(direction="in", content__isnull=False)
    assert left.sequence == 3
    assert AlertAnswer.objects.get(id=anew.id).withdrawn_at is None


def test_a_word_that_was_stopped_while_that_node_was_no_member_is_told_when_it_is_again(
    ana: Actor, bolivia: Peer
) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    exchange.drain(peer="bo")
    back = alerts.withdraw_answer(by=ana, answer_id=row.id)
    _members(bolivia, "ar")
    exchange.drain(peer="bo")
    (word,) = OutgoingMessage.objects.filter(kind="alert.answer_withdrawn")
    assert (word.state, word.reason) == ("cancelled", "not_a_member")
    assert tell_untold() == 0
    _members(bolivia, "ar", "bo")

    assert tell_untold() == 1
    assert tell_untold() == 0
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["id"] == back.withdrawal


def test_a_word_that_was_stopped_takes_nothing_back_that_was_answered_since(
    ana: Actor, bolivia: Peer
) -> None:
    received = received_of(ana, bolivia)
    row = answered(ana, received)
    exchange.drain(peer="bo")
    alerts.withdraw_answer(by=ana, answer_id=row.id)
    anew = answered(ana, received)
    # As if the node had been no member at the one moment at which the word was to leave.
    (word,) = OutgoingMessage.objects.filter(kind="alert.answer_withdrawn")
    exchange.cancel(by=BY, subject=word.subject, peers=None, reason="not_a_member")
    assert tell_untold() == 0
    exchange.drain(peer="bo")
    assert tell_untold() == 0
    # Once the newer answer is taken back, too, both words are told.
    alerts.withdraw_answer(by=ana, answer_id=anew.id)
    assert tell_untold() == 1


def test_one_that_cannot_be_told_leaves_no_entry_and_keeps_no_other_waiting(
    ana: Actor, bolivia: Peer
) -> None:
    rows = []
    for _each in range(2):
        rows.append(answered(ana, received_of(ana, bolivia)))
        exchange.drain(peer="bo")
    with time_machine.travel(clock.now() + NO_KEYS):
        for row in rows:
            alerts.withdraw_answer(by=ana, answer_id=row.id)
        before = Entry.objects.count()
        for _round in range(3):
            assert tell_untold() == 0
        assert Entry.objects.count() == before, "nothing happened"

    # One whose conversation cannot be gone on with, for whatever reason.
    broken = rows[0].received
    assert broken is not None
    Conversation.objects.filter(id=broken.conversation).update(peer="pe")
    assert tell_untold() == 1
    waits = AlertAnswer.objects.filter(untold=True)
    assert [row.id for row in waits] == [rows[0].id]


def test_whoever_could_not_be_told_that_it_is_destroyed_is_told_later(
    ana: Actor, bolivia: Peer
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert said(alert, bolivia, 1, **FOUND_BY_BOLIVIA) == "applied"
    _names(bolivia, "bo-consulate-elsewhere")
    assert took_back(alert, bolivia, 2) == "applied"
    assert not AlertAnswer.objects.filter(content__isnull=False).exists()
    before = Entry.objects.count()
    assert tell_untold() == 0
    assert Entry.objects.count() == before
    assert not OutgoingMessage.objects.filter(kind="alert.answer_removed").exists()

    _names(bolivia, CONSULATE)
    assert tell_untold() == 1
    assert tell_untold() == 0, "it is on its way"
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["id"] == "a" * 32
    assert tell_untold() == 0
    assert AlertCopy.objects.get(alert=alert).unconfirmed == [], "they know"


def test_a_confirmation_that_was_stopped_is_told_again(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    assert said(alert, bolivia, 1, **FOUND_BY_BOLIVIA) == "applied"
    assert took_back(alert, bolivia, 2) == "applied"
    _members(bolivia, "ar")
    exchange.drain(peer="bo")
    assert tell_untold() == 0
    _members(bolivia, "ar", "bo")
    assert tell_untold() == 1
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["id"] == "a" * 32
