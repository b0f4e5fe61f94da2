"""A withdrawn consent reaches whoever received something under it, whatever carried it: further
fields, an answer, a file; on whichever side of the referral we are. All persons are invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import given, rights
from ayni.cooperation.models import Attachment, ConsentEffect, Referral, Request, Transfer
from ayni.exchange import api as exchange
from ayni.exchange import draining
from ayni.exchange.held import Chunk
from ayni.lib import clock
from ayni.members import api as members
from tests.cases.stories import a_consent
from tests.cast import assemble
from tests.cooperation.conftest import on_behalf
from tests.cooperation.files import a_picture
from tests.cooperation.stories import (
    a_consented_case,
    a_draft,
    a_sent_referral,
    shared_with,
    tells,
)
from tests.cooperation.test_attachments import ana, comes, sent
from tests.cooperation.test_first_readings import ARRIVED as REFERRED
from tests.cooperation.test_withdrawals import _received, says
from tests.exchange.peer import CONSULATE, Peer

__all__ = ["ana"]

BOLIVIA = {"recipient_state": "bo", "recipient_institution": CONSULATE}
ARRIVED = [("arrive", {}), ("read", {})]
FREE = {"text": "Inventado.", "language": "es"}


def _consent(by: Actor, case_id: Any, *fields: str, **to: Any) -> cases.Consent:
    case = cases.case_for(by=by, case_id=case_id)
    return a_consent(by, case, fields=frozenset(fields), **{**BOLIVIA, **to})


def _withdraw(by: Actor, consent: cases.Consent) -> None:
    cooperation.withdraw_consent(by=by, consent_id=consent.id, case_id=consent.case_id)


def _read_since(bolivia: Peer, before: int) -> list[dict[str, Any]]:
    exchange.drain(peer="bo")
    return bolivia.read[before:]


def _effects(about: Any) -> list[ConsentEffect]:
    return list(ConsentEffect.objects.filter(about=about.id, direction="out"))


def _confirms(bolivia: Peer, row: Any, told: dict[str, Any], sequence: int) -> None:
    said = {"id": told["id"], "at": clock.isoformat(clock.now())}
    said |= {"effect": "destroyed", "reason": ""}
    assert says(bolivia, row, sequence, "consent.effect", **said) == "applied"
    assert [effect.effect for effect in _effects(row)] == ["destroyed"]


# -- what we gave


def _asked_for_more(ana: Actor, bolivia: Peer) -> tuple[Referral, cases.Consent]:
    """Bolivia asked for her telephones, and they were given under a consent of their own."""
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    row = cooperation.send_referral(by=ana, referral_id=a_draft(ana, case, **BOLIVIA).id)
    exchange.drain(peer="bo")
    tells(bolivia, row, [*ARRIVED, ("ask_more", {"wanted": ["phones"]})], "referral.state")
    consent = _consent(ana, case.id, "phones")
    cooperation.answer_more(by=ana, referral_id=row.id, fields=["phones"])
    return row, consent


def test_further_fields_under_a_consent_of_their_own_are_called_back(
    ana: Actor, bolivia: Peer
) -> None:
    row, consent = _asked_for_more(ana, bolivia)
    exchange.drain(peer="bo")
    before = len(bolivia.read)
    _withdraw(ana, consent)
    _withdraw(ana, consent)

    move, told = _read_since(bolivia, before)
    assert (move["move"], move["reason"]) == ("withdraw", "consent_withdrawn")
    assert set(told) == {"id", "at"}
    (effect,) = _effects(row)
    assert effect.consent_id == consent.id
    _confirms(bolivia, row, told, 4)


def test_further_fields_of_what_was_taken_on_there_are_told_and_not_called_back(
    ana: Actor, bolivia: Peer
) -> None:
    row, consent = _asked_for_more(ana, bolivia)
    exchange.drain(peer="bo")
    told_move = {"move": "accept", "at": clock.isoformat(clock.now())}
    assert says(bolivia, row, 4, "referral.state", **told_move) == "applied"
    before = len(bolivia.read)
    _withdraw(ana, consent)

    (told,) = _read_since(bolivia, before)
    assert set(told) == {"id", "at"}
    assert Referral.objects.get(id=row.id).state == "accepted"


def test_further_fields_that_never_left_are_not_told_of(ana: Actor, bolivia: Peer) -> None:
    row, consent = _asked_for_more(ana, bolivia)
    before = len(bolivia.read)
    _withdraw(ana, consent)

    assert _read_since(bolivia, before) == []
    assert _effects(row) == []
    assert Referral.objects.get(id=row.id).state == "more_asked", "it is owed again"


def _answered(ana: Actor, bolivia: Peer) -> tuple[Request, cases.Consent]:
    """Bolivia asked us, and was told something of her under a consent."""
    shared = shared_with(ana, bolivia, "host")
    told = {"about": shared.conversation, "questions": ["reached"]}
    raw = bolivia.seal(told, kind="information.ask", conversation="d" * 32)
    assert exchange.receive(raw=raw, signed_by="bo").receipt
    row = Request.objects.get(direction="in")
    consent = _consent(ana, shared.case_id, "contact")
    cooperation.accept_request(by=ana, request_id=row.id)
    cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"reached": "yes"})
    return row, consent


def test_whoever_was_answered_is_told(ana: Actor, bolivia: Peer) -> None:
    row, consent = _answered(ana, bolivia)
    exchange.drain(peer="bo")
    before = len(bolivia.read)
    _withdraw(ana, consent)

    (told,) = _read_since(bolivia, before)
    assert set(told) == {"id", "at"}
    assert Request.objects.get(id=row.id).state == "outcome"
    _confirms(bolivia, row, told, 2)
    of_case = cooperation.effects_of_case(by=ana, case_id=consent.case_id)
    assert [effect.about for effect in of_case] == [row.id]


def test_an_answer_that_never_left_is_not_told_of(ana: Actor, bolivia: Peer) -> None:
    row, consent = _answered(ana, bolivia)
    before = len(bolivia.read)
    _withdraw(ana, consent)

    assert all("data" not in read for read in _read_since(bolivia, before))
    assert _effects(row) == []
    assert Request.objects.get(id=row.id).state == "accepted"


def _is_told(ana: Actor, bolivia: Peer, row: Request, consent: cases.Consent) -> None:
    """Whoever may have the answer, and whose receipt did not come, is told that it has ended."""
    _withdraw(ana, consent)
    assert len(_effects(row)) == 1
    assert "consent.withdrawn" in [each.kind for each in exchange.deliveries(str(row.id))]


def test_whoever_may_have_an_answer_whose_receipt_was_lost_is_told(
    ana: Actor, bolivia: Peer
) -> None:
    row, consent = _answered(ana, bolivia)
    before = len(bolivia.read)
    bolivia.loses_receipts = True
    exchange.drain(peer="bo")

    assert any("data" in read for read in bolivia.read[before:]), "it was there"
    _is_told(ana, bolivia, row, consent)


def test_whoever_has_fetched_an_answer_and_not_receipted_it_yet_is_told(
    ana: Actor, bolivia: Peer
) -> None:
    row, consent = _answered(ana, bolivia)
    found = draining.hand_out(peer="bo", said={})
    assert found is not None
    assert found[0], "it has left"

    _is_told(ana, bolivia, row, consent)


def test_every_night_begins_without_the_consents_under_which_nothing_arrived(
    ana: Actor, bolivia: Peer
) -> None:
    row, consent = _answered(ana, bolivia)
    _withdraw(ana, consent)
    assert _effects(row) == [], "it never left"

    institution = consent.case.institution_id
    ended = cases.ended_consents(
        institution=institution, under=given.untold(institution), now=clock.now()
    )
    assert ended == []


def test_what_left_under_a_consent_is_found_without_reading_the_whole_register(
    ana: Actor, bolivia: Peer
) -> None:
    _row, consent = _answered(ana, bolivia)
    (line,) = given.lines_under(consent)
    Transfer.objects.bulk_create(
        Transfer(
            at=line.at, institution_code=line.institution_code, about=uuid4(), fields=[],
            recipient_state="bo", recipient_institution=CONSULATE, purpose="request",
            basis=f"consent:{uuid4()}", channel="node",
        )
        for _each in range(2000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("analyze cooperation_transfer")

    assert "cooperation_transfers_under" in given.lines_under(consent).explain()
    assert [each.id for each in given.lines_under(consent)] == [line.id]


def _a_file_goes(ana: Actor, bolivia: Peer, row: Any) -> cases.Consent:
    consent = _consent(ana, row.case_id, cases.ATTACHMENTS)
    sent(ana, row, a_picture())
    exchange.drain(peer="bo")
    return consent


def test_a_file_under_a_consent_of_its_own_is_told_of(ana: Actor, bolivia: Peer) -> None:
    row = shared_with(ana, bolivia, "host")
    consent = _a_file_goes(ana, bolivia, row)
    before = len(bolivia.read)
    _withdraw(ana, consent)

    (told,) = _read_since(bolivia, before)
    _confirms(bolivia, row, told, 4)


def test_a_file_with_a_request_that_told_nothing_of_her_is_told_of(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    row = cooperation.send_request(by=ana, case_id=shared.case_id, **BOLIVIA)
    exchange.drain(peer="bo")
    assert not rights.left(Request.objects.get(id=row.id))
    consent = _a_file_goes(ana, bolivia, row)
    assert rights.left(Request.objects.get(id=row.id)), "what she asks of her data goes there too"
    before = len(bolivia.read)
    _withdraw(ana, consent)

    (told,) = _read_since(bolivia, before)
    assert set(told) == {"id", "at"}
    assert Request.objects.get(id=row.id).state == "sent", "it goes on: it held nothing of her"
    _confirms(bolivia, row, told, 1)


def test_a_file_back_along_a_received_referral_is_told_of(ana: Actor, bolivia: Peer) -> None:
    data = {**REFERRED["data"], "birth": {"precision": "year", "value": "1990"}}
    raw = bolivia.seal({**REFERRED, "data": data}, kind="referral.send", conversation="c" * 32)
    assert exchange.receive(raw=raw, signed_by="bo").receipt
    row = Referral.objects.get(direction="in")
    cooperation.mark_read(by=ana, referral_id=row.id)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    row = cooperation.accept_referral(by=ana, referral_id=row.id)
    consent = _a_file_goes(ana, bolivia, row)
    before = len(bolivia.read)
    _withdraw(ana, consent)

    (told,) = _read_since(bolivia, before)
    assert Referral.objects.get(id=row.id).state == "accepted"
    _confirms(bolivia, row, told, 2)


def test_a_feared_state_that_was_answered_is_told_nothing(ana: Actor, bolivia: Peer) -> None:
    row, consent = _answered(ana, bolivia)
    exchange.drain(peer="bo")
    cooperation.protect(by=ana, case_id=consent.case_id, states=["bo"])
    before = len(bolivia.read)
    _withdraw(ana, consent)

    assert _read_since(bolivia, before) == []
    assert _effects(row) == []


# -- what we were given


def _bolivia_answers(ana: Actor, bolivia: Peer, **payload: Any) -> Request:
    """An answer to a question of ours."""
    shared = shared_with(ana, bolivia, "host")
    row = cooperation.ask_inquiry(
        by=ana, case_id=shared.case_id, kind="information", questions=["reached", "signed_paper"],
        **BOLIVIA,
    )  # fmt: skip
    exchange.drain(peer="bo")
    tells(bolivia, row, [("arrive", {}), ("accept", {})], "request.state")
    with_data = "information.answer_with_data" if "data" in payload else "information.answer"
    told = {"at": clock.isoformat(clock.now()), "answers": {}, **payload}
    assert says(bolivia, row, 3, with_data, **told) == "applied"
    return Request.objects.get(id=row.id)


def _bolivias_withdraws(bolivia: Peer, about: Any, sequence: int) -> str:
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now())}
    return says(bolivia, about, sequence, "consent.withdrawn", **told)


def _we_confirmed(bolivia: Peer) -> None:
    exchange.drain(peer="bo")
    (told,) = [read for read in bolivia.read if "effect" in read]
    assert (told["id"], told["effect"], told["reason"]) == ("ab" * 16, "destroyed", "")


def test_an_answer_to_us_is_destroyed_with_its_files_and_what_is_ours_stays(
    ana: Actor, bolivia: Peer
) -> None:
    row = _bolivia_answers(ana, bolivia, data={"answers": {"reached": "yes"}, "free": FREE})
    one = comes(bolivia, row, a_picture(), sequence=4)
    assert _bolivias_withdraws(bolivia, row, 5) == "applied"
    assert _bolivias_withdraws(bolivia, row, 6) == "applied"

    row.refresh_from_db()
    assert row.told is None
    assert row.state == "outcome"
    one.refresh_from_db()
    assert (one.content, one.standing, one.reason) == (None, "removed", "withdrawn")
    assert not Chunk.objects.exists()
    assert cases.case_for(by=ana, case_id=row.case_id).id == row.case_id, "our case stays"
    _we_confirmed(bolivia)
    assert cooperation.effects_waiting(by=ana) == []


def test_a_file_that_came_back_along_our_referral_is_destroyed(ana: Actor, bolivia: Peer) -> None:
    row = shared_with(ana, bolivia, "host")
    comes(bolivia, row, a_picture(), sequence=4)
    assert _bolivias_withdraws(bolivia, row, 5) == "applied"

    assert Attachment.objects.get().content is None
    assert not Chunk.objects.exists()
    assert Referral.objects.get(id=row.id).content is not None, "what we sent is ours"
    _we_confirmed(bolivia)


def test_an_answer_that_told_nothing_of_her_is_no_reason_to_say_so(
    ana: Actor, bolivia: Peer
) -> None:
    row = _bolivia_answers(ana, bolivia, answers={"signed_paper": "no"})

    assert _bolivias_withdraws(bolivia, row, 4) == "set_aside"
    row.refresh_from_db()
    assert row.told is not None


def test_what_we_had_not_taken_on_is_destroyed_with_its_files_at_once(
    ana: Actor, bolivia: Peer
) -> None:
    row = _received(bolivia)
    comes(bolivia, row, a_picture(), sequence=2)
    assert _bolivias_withdraws(bolivia, row, 3) == "applied"

    assert not Chunk.objects.exists()
    assert Attachment.objects.get().content is None
    _we_confirmed(bolivia)


# -- inside one node


def _answered_here(ana: Actor, sol: Actor, **given: Any) -> tuple[Request, cases.Consent]:
    """The shelter asked the programme, which answered under a consent of its own case."""
    a_sent_referral(ana)
    with on_behalf(sol):
        theirs = cooperation.incoming(by=sol)[0].id
        cooperation.mark_read(by=sol, referral_id=theirs)
        cooperation.search_earlier(by=sol, referral_id=theirs)
        accepted = cooperation.accept_referral(by=sol, referral_id=theirs)
        assert accepted.case_id is not None
        cooperation.ask_inquiry(
            by=sol, case_id=accepted.case_id, kind="information", questions=["reached"],
            recipient_state="ar", recipient_institution="ar-programme",
        )  # fmt: skip
    row = Request.objects.get(direction="in")
    to = {"recipient_state": "ar", "recipient_institution": "ar-shelter"}
    consent = _consent(ana, row.case_id, "contact", **to, **given)
    cooperation.accept_request(by=ana, request_id=row.id)
    cooperation.answer_inquiry(by=ana, request_id=row.id, answers={"reached": "yes"})
    return row, consent


def _as_asked(sol: Actor, row: Request) -> Request:
    with on_behalf(sol):
        return Request.objects.get(conversation=row.conversation, direction="out")


@pytest.fixture
def sol(ana: Actor) -> Actor:
    """Sol of the shelter."""
    return members.actor_of(assemble().sol)


def test_inside_one_node_the_answer_is_destroyed_at_once(ana: Actor, sol: Actor) -> None:
    row, consent = _answered_here(ana, sol)
    assert _as_asked(sol, row).told is not None
    _withdraw(ana, consent)

    assert _as_asked(sol, row).told is None
    assert [effect.effect for effect in _effects(row)] == ["destroyed"]
    assert Request.objects.get(id=row.id).told is not None, "what we said is ours"


def test_the_end_of_a_consents_time_reaches_whoever_was_answered_too(
    ana: Actor, sol: Actor
) -> None:
    by = audit.job("tests", ana.institution)
    with time_machine.travel(clock.now(), tick=False) as days:
        row, _under = _answered_here(ana, sol, valid_for=timedelta(days=4))
        assert cooperation.consents_over(by=by, now=clock.now()) == 0
        days.shift(timedelta(days=4))
        assert cooperation.consents_over(by=by, now=clock.now()) == 1
        assert cooperation.consents_over(by=by, now=clock.now()) == 0, "told once"

    assert _as_asked(sol, row).told is None
    assert [(effect.cause, effect.effect) for effect in _effects(row)] == [("expired", "destroyed")]
