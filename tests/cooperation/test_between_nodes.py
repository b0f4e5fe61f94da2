"""A referral to Bolivia's node: what leaves, what is recalled, what the other side answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Event, Referral, Request
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import assemble, enter
from tests.cooperation.stories import FIELDS, a_consented_case, a_draft
from tests.exchange import rests
from tests.exchange.peer import CONSULATE, Peer

BOLIVIA = {"state": "bo", "institution": CONSULATE}


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def _sent(ana: Actor, **known: Any) -> cooperation.Referral:
    case = a_consented_case(ana, **BOLIVIA, **known)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    return cooperation.send_referral(by=ana, referral_id=draft.id)


def _tells(
    bolivia: Peer, row: Any, sequence: int, move: str, kind: str = "referral.state", **detail: Any
) -> str:
    payload = {"move": move, "at": clock.isoformat(clock.now()), **detail}
    raw = bolivia.seal(payload, sequence=sequence, kind=kind, conversation=row.conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    state: str = reply.receipt["body"]["state"]
    return state


def test_exactly_the_consented_fields_leave(ana: Actor, bolivia: Peer) -> None:
    _sent(ana)

    assert exchange.drain(peer="bo") == 1

    (payload,) = bolivia.read
    assert set(payload) == {"data", "purpose", "provisions"}
    assert set(payload["data"]) == FIELDS


def test_the_due_time_is_set_once_and_confirmed(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    exchange.drain(peer="bo")

    message = OutgoingMessage.objects.get(subject=str(sent.id))
    assert sent.due_at is not None
    assert message.receipt["body"]["due"] == clock.isoformat(sent.due_at)


@pytest.mark.parametrize("hours", [-5, -1, 5])
def test_a_wrong_clock_cancels_no_referral(ana: Actor, bolivia: Peer, hours: int) -> None:
    sent = _sent(ana)
    with time_machine.travel(clock.now() + timedelta(hours=hours)):
        exchange.drain(peer="bo")
    assert Referral.objects.get(id=sent.id).state == "sent"

    exchange.drain(peer="bo")

    assert exchange.delivery_of(OutgoingMessage.objects.get().message).state == "delivered"


def test_a_consent_withdrawn_before_delivery_cancels_it(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    cases.withdraw_consent(by=ana, consent_id=sent.consent_id)

    exchange.drain(peer="bo")

    assert bolivia.read == []
    assert Referral.objects.get(id=sent.id).state == "cancelled"
    assert OutgoingMessage.objects.get(subject=str(sent.id)).reason == "consent_missing"
    assert cooperation.Clock.objects.get(id=sent.clock_id).done_at is not None


def test_protection_recalls_what_is_queued(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)

    assert cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"]) == 1
    exchange.drain(peer="bo")

    assert bolivia.read == []
    assert Referral.objects.get(id=sent.id).state == "cancelled"
    assert cooperation.Clock.objects.get(id=sent.clock_id).withheld


def test_a_feared_state_is_told_nothing_afterwards(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    exchange.drain(peer="bo")
    _tells(bolivia, sent, 1, "arrive")
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])

    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="safety")
    exchange.drain(peer="bo")

    assert len(bolivia.read) == 1
    assert Referral.objects.get(id=sent.id).state == "withdrawn"


def test_withdrawn_before_it_left_it_never_leaves(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="mistake")

    exchange.drain(peer="bo")

    assert bolivia.read == []


def test_the_other_sides_answers_are_heard_and_stop_the_clock(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    agreed = clock.isoformat(clock.now() + timedelta(days=16))
    for sequence, (move, detail) in enumerate(
        [("arrive", {}), ("read", {}), ("accept", {"agreed_at": agreed})], 1
    ):
        assert _tells(bolivia, sent, sequence, move, **detail) == "applied"

    row = Referral.objects.get(id=sent.id)
    assert row.state == "accepted"
    assert row.agreed_at == clock.parse(agreed)
    assert cooperation.Clock.objects.get(id=sent.clock_id).done_at is not None


@pytest.mark.parametrize("move", ["withdraw", "feedback", "cancel", "send", "approve"])
def test_another_node_cannot_make_our_moves(ana: Actor, bolivia: Peer, move: str) -> None:
    sent = _sent(ana)

    assert _tells(bolivia, sent, 1, move) == "set_aside"
    assert Referral.objects.get(id=sent.id).state == "sent"


@pytest.mark.parametrize("data", [{"name_as_written": "Forged"}, {"never": ["ar", "pe"]}])
def test_whoever_received_a_referral_changes_nothing_of_what_we_sent(
    ana: Actor, bolivia: Peer, data: dict[str, Any]
) -> None:
    sent = _sent(ana)
    exchange.drain(peer="bo")
    for sequence, (move, more) in enumerate(
        [("arrive", {}), ("read", {}), ("ask_more", {"wanted": ["phones"]})], 1
    ):
        _tells(bolivia, sent, sequence, move, **more)
    before = Referral.objects.get(id=sent.id)
    raw = bolivia.seal(
        {"data": data}, sequence=4, kind="referral.more", conversation=sent.conversation
    )

    reply = exchange.receive(raw=raw, signed_by="bo")

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "set_aside"
    after = Referral.objects.get(id=sent.id)
    assert after.state == "more_asked"
    assert bytes(after.content or b"") == bytes(before.content or b"")
    assert not cases.feared_states(cases.case_for(by=ana, case_id=sent.case_id).person)


def test_what_comes_too_late_is_noted_and_changes_nothing(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    exchange.drain(peer="bo")
    _tells(bolivia, sent, 1, "arrive")
    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="no_longer_needed")

    assert _tells(bolivia, sent, 2, "read") == "applied"

    assert Referral.objects.get(id=sent.id).state == "withdrawn"
    assert Event.objects.filter(about=sent.id).last().detail["late"] is True  # type: ignore[union-attr]


def test_a_referral_from_bolivia_is_received_and_confirmed(ana: Actor, bolivia: Peer) -> None:
    payload = {
        "data": {"name_as_written": "Rosa INVENTADA", "tracks": ["trafficking"], "never": ["pe"]},
        "purpose": "refer",
        "provisions": [],
    }
    raw = bolivia.seal(payload, kind="referral.send")
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    exchange.receive(raw=raw, signed_by="bo")

    (row,) = cooperation.incoming(by=ana)
    cooperation.mark_read(by=ana, referral_id=row.id)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    accepted = cooperation.accept_referral(by=ana, referral_id=row.id)
    exchange.drain(peer="bo")

    assert [p["move"] for p in bolivia.read] == ["arrive", "read", "accept"]
    assert accepted.case is not None
    assert accepted.case.side == "nationality"
    assert cases.feared_states(accepted.case.person) == {"pe"}


def test_a_request_about_a_shared_referral_carries_no_personal_data(
    ana: Actor, bolivia: Peer
) -> None:
    sent = _sent(ana)
    with pytest.raises(cooperation.NotReferredHere):
        cooperation.send_request(
            by=ana, case_id=sent.case_id, recipient_state="bo", recipient_institution=CONSULATE
        )
    for sequence, move in enumerate(["arrive", "read", "accept"], 1):
        _tells(bolivia, sent, sequence, move)

    asked = cooperation.send_request(
        by=ana, case_id=sent.case_id, recipient_state="bo", recipient_institution=CONSULATE
    )
    exchange.drain(peer="bo")

    assert bolivia.read[-1] == {
        "step": "2.3", "matter": "prosecutor_intervenes", "about": sent.conversation,
    }  # fmt: skip
    assert asked.clock_id not in (None, sent.clock_id)
    for sequence, (move, detail) in enumerate(
        [("arrive", {}), ("accept", {}), ("outcome", {"outcome": "answered"})], 1
    ):
        _tells(bolivia, asked, sequence, move, "request.state", **detail)
    assert Request.objects.get(id=asked.id).state == "outcome"
    assert cooperation.Clock.objects.get(id=asked.clock_id).done_at is not None


def test_a_request_with_fields_needs_a_consent(ana: Actor, bolivia: Peer) -> None:
    case = a_consented_case(ana, **BOLIVIA)
    with pytest.raises(cases.ConsentMissing):
        cooperation.send_request(
            by=ana, case_id=case.id, recipient_state="bo",
            recipient_institution=CONSULATE, fields={"health"},
        )  # fmt: skip
    cooperation.send_request(
        by=ana, case_id=case.id, recipient_state="bo",
        recipient_institution=CONSULATE, fields={"needs"},
    )  # fmt: skip
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["data"] == {"needs": ["shelter"]}


def test_a_request_from_bolivia_is_answered(ana: Actor, bolivia: Peer) -> None:
    payload = {"step": "2.3", "matter": "prosecutor_intervenes", "about": "0" * 32}
    asked = exchange.new_conversation()
    raw = bolivia.seal(payload, kind="request.ask", conversation=asked)
    exchange.receive(raw=raw, signed_by="bo")

    (row,) = _in_conversation(asked, by=ana)
    cooperation.accept_request(by=ana, request_id=row.id)
    cooperation.answer_request(by=ana, request_id=row.id, outcome="answered")
    exchange.drain(peer="bo")

    assert [p["move"] for p in bolivia.read] == ["arrive", "accept", "outcome"]
    assert _in_conversation(asked, by=ana) == []


def _in_conversation(conversation: str, *, by: Actor) -> list[Request]:
    """The open requests of one conversation: what other tests committed may lie beside it."""
    return [r for r in cooperation.requests_in(by=by) if r.conversation == conversation]


def _page(path: str, *args: object) -> str:
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, assemble().ana)
    answer = client.get(reverse(path, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_why_it_was_declined_and_what_was_asked_is_read_by_the_sender(
    ana: Actor, bolivia: Peer
) -> None:
    sent = _sent(ana)
    exchange.drain(peer="bo")
    _tells(bolivia, sent, 1, "arrive")
    _tells(bolivia, sent, 2, "read")
    _tells(bolivia, sent, 3, "ask_more", wanted=["health", "phones"])

    assert "Se pidió: Salud, Números de teléfono." in _page("cooperation:referral", sent.id)


def test_a_declined_referral_stays_in_sight_with_its_reason(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    for sequence, (move, detail) in enumerate(
        [("arrive", {}), ("read", {}), ("decline", {"reason": "no_capacity"})], 1
    ):
        _tells(bolivia, sent, sequence, move, **detail)

    assert "Motivo: No tenemos lugar ni servicio para esto ahora." in _page(
        "cooperation:referral", sent.id
    )
    assert "No aceptada" in _page("cooperation:inbox")
    with time_machine.travel(clock.now() + timedelta(days=15)):
        assert "No aceptada" not in _page("cooperation:inbox")


def test_a_node_that_does_not_answer_is_told_and_nothing_is_lost(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    assert "Está por enviarse al nodo de Bolivia." in _page("cooperation:referral", sent.id)
    bolivia.answers = False
    exchange.drain(peer="bo")

    page = _page("cooperation:referral", sent.id)
    assert "El nodo de Bolivia no responde. Se intentó una vez" in page
    assert "El nodo de Bolivia no responde por ahora." in _page("cooperation:inbox")

    bolivia.answers = True
    rests.are_over()
    exchange.drain(peer="bo")
    assert "no responde" not in _page("cooperation:referral", sent.id)
    assert "no responde" not in _page("cooperation:inbox")


def test_a_referral_that_the_other_node_refuses_is_not_shown_as_if_it_had_arrived(
    ana: Actor, bolivia: Peer
) -> None:
    bolivia.refuses = "wrong_recipient"
    sent = _sent(ana)
    exchange.drain(peer="bo")

    page = _page("cooperation:referral", sent.id)
    assert "El nodo de Bolivia no aceptó este mensaje (wrong_recipient)." in page
    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="mistake")
    assert Referral.objects.get(id=sent.id).state == "withdrawn"


def test_a_message_that_cannot_be_sealed_again_for_45_days_is_to_be_sent_anew(
    ana: Actor, bolivia: Peer
) -> None:
    bolivia.refuses = "key_gone"
    sent = _sent(ana)
    OutgoingMessage.objects.update(queued_at=clock.now() - timedelta(days=46))
    exchange.drain(peer="bo")

    (one,) = exchange.deliveries(subject=str(sent.id))
    assert (one.state, one.reason) == ("refused", "key_gone")
    page = _page("cooperation:referral", sent.id)
    assert "el nodo de Bolivia ha quitado las claves con las que fue sellado" in page
    assert "retírelo y envíelo de nuevo" in page
    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="mistake")
    bolivia.refuses = ""
    again = _sent(ana)
    exchange.drain(peer="bo")
    assert [one.state for one in exchange.deliveries(subject=str(again.id))] == ["delivered"]


def test_both_officers_are_told_that_the_clocks_differ(ana: Actor, bolivia: Peer) -> None:
    raw = bolivia.seal(
        {"step": "2.3", "matter": "prosecutor_intervenes", "about": ""},
        kind="request.ask", created=clock.now() + timedelta(hours=1),
    )  # fmt: skip
    exchange.receive(raw=raw, signed_by="bo")
    assert "El reloj del nodo de Bolivia adelanta 59 minutos al nuestro." in _page(
        "cooperation:inbox"
    )

    bolivia.says_ahead = 7200
    _sent(ana)
    exchange.drain(peer="bo")
    assert "Nuestro reloj adelanta 120 minutos al del nodo de Bolivia." in _page(
        "cooperation:inbox"
    )


def test_what_was_accepted_in_time_is_not_overdue_when_the_first_limit_has_passed(
    ana: Actor, bolivia: Peer
) -> None:
    sent = _sent(ana)
    agreed = clock.hour_up(clock.now() + timedelta(days=16))
    for sequence, (move, detail) in enumerate(
        [("arrive", {}), ("read", {}), ("accept", {"agreed_at": clock.isoformat(agreed)})], 1
    ):
        _tells(bolivia, sent, sequence, move, **detail)

    def overdue() -> bool:
        return cooperation.open_referral(by=ana, referral_id=sent.id).overdue

    with time_machine.travel(clock.now() + timedelta(days=9)):
        assert not overdue()
    with time_machine.travel(agreed + timedelta(minutes=1)):
        assert overdue()


def test_an_answer_that_does_not_come_is_overdue(ana: Actor, bolivia: Peer) -> None:
    sent = _sent(ana)
    with time_machine.travel(clock.now() + timedelta(days=9)):
        assert cooperation.open_referral(by=ana, referral_id=sent.id).overdue
        assert "vencido" in _page("cooperation:inbox")
