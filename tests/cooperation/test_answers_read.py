"""Which role has read the answer to a referral, a request or a question: told once a role to
whoever answered, as it is told of what was asked; never to a feared state."""

from __future__ import annotations

import secrets

import pytest
from django.test import Client
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import FirstReading, Request
from ayni.exchange import api as exchange
from ayni.exchange import bundle
from ayni.lib import clock
from tests.cast import Cast, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import (
    a_consented_case,
    a_draft,
    a_sent_referral,
    shared_with,
    tells,
)
from tests.cooperation.test_first_readings import _arrived, _sent, _they_read
from tests.cooperation.test_inquiries import FREE, _answers, _asked, _asks, _consents, _taken
from tests.exchange.peer import Peer


def _told(bolivia: Peer) -> list[str]:
    """The roles that Bolivia has heard of."""
    exchange.drain(peer="bo")
    return [str(told["role"]) for told in bolivia.read if set(told) == {"at", "role"}]


def test_whoever_accepted_is_told_once_by_which_role_that_was_read(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    sent = _sent(ana)
    tells(bolivia, sent, [("arrive", {}), ("read", {})], "referral.state")
    cooperation.open_referral(by=ana, referral_id=sent.id)
    assert _told(bolivia) == [], "there is no answer yet"

    told = {"move": "accept", "at": clock.isoformat(clock.now())}
    raw = bolivia.seal(told, sequence=3, kind="referral.state", conversation=sent.conversation)
    assert exchange.receive(raw=raw, signed_by="bo").receipt
    for by in (ana, ana, luis):
        cooperation.open_referral(by=by, referral_id=sent.id)

    assert _told(bolivia) == ["consular_officer", "case_supervisor"]
    assert "Ana" not in str(bolivia.read)
    verbs = [entry.verb for entry in audit.entries_about(str(sent.id))]
    assert verbs.count("cooperation.tell_read") == 2


@pytest.mark.parametrize("answer", ["answered", "declined"])
def test_whoever_answers_a_question_is_told_by_which_role_the_answer_was_read(
    ana: Actor, bolivia: Peer, answer: str
) -> None:
    row = _asks(ana, shared_with(ana, bolivia, "host"))
    if answer == "answered":
        _taken(bolivia, row)
        assert _told(bolivia) == [], "taken on is no answer"
        cooperation.open_request(by=ana, request_id=row.id)
        _answers(bolivia, row, "information.answer", {"answers": {"signed_paper": "no"}})
    else:
        exchange.drain(peer="bo")
        refused = ("decline", {"reason": "no_capacity"})
        tells(bolivia, row, [("arrive", {}), refused], "request.state")

    for _time in (1, 2):
        cooperation.open_request(by=ana, request_id=row.id)

    assert _told(bolivia) == ["consular_officer"]


def test_an_answer_that_was_destroyed_before_is_read_by_nobody(ana: Actor, bolivia: Peer) -> None:
    row = _asks(ana, shared_with(ana, bolivia, "host"))
    _taken(bolivia, row)
    told = {"answers": {}, "data": {"answers": {"reached": "yes"}}}
    assert _answers(bolivia, row, "information.answer_with_data", told) == "applied"
    withdrawn = {"id": secrets.token_hex(16)}
    assert _answers(bolivia, row, "consent.withdrawn", withdrawn, 4) == "applied"
    assert Request.objects.get(id=row.id).told is None
    cooperation.open_request(by=ana, request_id=row.id)

    assert not FirstReading.objects.exists()


def test_a_feared_state_does_not_hear_that_its_answer_was_read(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])
    cooperation.open_referral(by=ana, referral_id=sent.id)

    assert _told(bolivia) == []
    assert not FirstReading.objects.exists(), "nor is it noted for later"


def test_one_that_is_feared_before_the_word_has_left_does_not_hear_it_either(
    ana: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    cooperation.open_referral(by=ana, referral_id=sent.id)
    assert FirstReading.objects.count() == 1
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])

    assert _told(bolivia) == []


def test_what_is_answered_to_a_letter_is_told_to_nobody(ana: Actor) -> None:
    to = {"recipient_state": "uy", "recipient_institution": "uy-consulate-ar"}
    case = a_consented_case(ana, state="uy", institution="uy-consulate-ar")
    draft = a_draft(ana, case, **to)
    letter, _pdf = cooperation.send_letter(
        by=ana, referral_id=draft.id, addressee="Invented consulate", language="es"
    )
    cooperation.record_letter(
        by=ana, referral_id=draft.id, move=cooperation.Move.DECLINE, reason="no_capacity",
        on=letter.printed_at.date(),
    )  # fmt: skip
    cooperation.open_referral(by=ana, referral_id=draft.id)

    assert not FirstReading.objects.exists()


def test_who_has_read_our_answer_stands_on_its_page_and_in_the_evidence(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    row = _arrived(bolivia, ana)
    cooperation.mark_read(by=ana, referral_id=row.id)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    assert _they_read(bolivia, row, 2, "case_supervisor") == "applied"
    assert cooperation.open_referral(by=ana, referral_id=row.id).readings == [], "of nothing"
    cooperation.accept_referral(by=ana, referral_id=row.id)
    exchange.drain(peer="bo")

    for number, role in enumerate(("case_supervisor", "liaison_of_later", "case_supervisor"), 3):
        assert _they_read(bolivia, row, number, role) == "applied"

    found = cooperation.open_referral(by=ana, referral_id=row.id).readings
    assert [reading.role for reading in found] == ["case_supervisor", "liaison_of_later"]
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, cast.ana)
    page = client.get(reverse("cooperation:referral", args=[row.id])).content.decode()
    assert "Quién leyó allí nuestra respuesta" in page
    assert "liaison_of_later" in page
    raw = exchange.export_evidence(
        by=audit.job("tests"), conversation=row.conversation, now=clock.now()
    )
    shown = [(each.sender, each.kind) for each in bundle.check(raw).messages]
    assert ("ar", "message.read") in shown, "we have read what was asked"
    assert shown.count(("bo", "message.read")) == 4, "each of them is signed"


def test_inside_one_state_it_is_known_at_once(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)
    with on_behalf(sol):
        (theirs,) = cooperation.incoming(by=sol)
        cooperation.mark_read(by=sol, referral_id=theirs.id)
        cooperation.search_earlier(by=sol, referral_id=theirs.id)
        cooperation.accept_referral(by=sol, referral_id=theirs.id)
    cooperation.open_referral(by=ana, referral_id=sent.id)
    with on_behalf(sol):
        found = cooperation.open_referral(by=sol, referral_id=theirs.id).readings

    assert [reading.role for reading in found] == [ana.role]


def test_of_an_answer_that_never_left_nobody_can_say_that_it_was_read(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    consent = _consents(ana, shared)
    row = _asked(bolivia, shared)
    cooperation.accept_request(by=ana, request_id=row.id)
    cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"reached": "yes"}, free=FREE)
    cases.withdraw_consent(by=ana, consent_id=consent.id)
    exchange.drain(peer="bo")
    assert Request.objects.get(id=row.id).state == "accepted", "it is owed again"

    assert _they_read(bolivia, row, 2, "case_supervisor") == "applied"

    assert cooperation.open_request(by=ana, request_id=row.id).readings == []
