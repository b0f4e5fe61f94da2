"""Which role has read what was sent: told to the sender once a role, never to a feared state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import FirstReading
from ayni.exchange import api as exchange
from ayni.exchange import bundle
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import Cast, assemble, enter
from tests.cooperation.stories import a_consented_case, a_draft, a_sent_referral, shared_with
from tests.exchange.peer import CONSULATE, Peer

ARRIVED = {
    "data": {"name_as_written": "Rosa INVENTADA", "tracks": ["trafficking"]},
    "purpose": "refer",
    "provisions": [],
}


@pytest.fixture
def people(bolivia: Peer) -> Iterator[Cast]:
    """The cast, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield cast


def _arrived(bolivia: Peer, by: Actor) -> cooperation.Referral:
    exchange.receive(raw=bolivia.seal(ARRIVED, kind="referral.send"), signed_by="bo")
    (row,) = cooperation.incoming(by=by)
    return row


def _sent(by: Actor) -> cooperation.Referral:
    case = a_consented_case(by, state="bo", institution=CONSULATE)
    draft = a_draft(by, case, recipient_state="bo", recipient_institution=CONSULATE)
    sent = cooperation.send_referral(by=by, referral_id=draft.id)
    exchange.drain(peer="bo")
    return sent


def _they_read(bolivia: Peer, row: Any, sequence: int, role: str, **changed: Any) -> str:
    payload = {"role": role, "at": clock.isoformat(clock.now()), **changed}
    raw = bolivia.seal(
        payload, sequence=sequence, kind="message.read", conversation=row.conversation
    )
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    state: str = reply.receipt["body"]["state"]
    return state


def test_the_sender_is_told_once_by_which_role_it_was_read(people: Cast, bolivia: Peer) -> None:
    ana, luis = members.actor_of(people.ana), members.actor_of(people.luis)
    row = _arrived(bolivia, ana)

    for by in (ana, ana, luis):
        cooperation.open_referral(by=by, referral_id=row.id)
    exchange.drain(peer="bo")

    told = [payload.get("role") for payload in bolivia.read if "role" in payload]
    assert told == ["consular_officer", "case_supervisor"]
    assert "Ana" not in str(bolivia.read)
    assert "cooperation.tell_read" in [entry.verb for entry in audit.entries_about(str(row.id))]


def test_what_the_other_side_read_stands_on_the_page(people: Cast, bolivia: Peer) -> None:
    ana = members.actor_of(people.ana)
    sent = _sent(ana)

    assert _they_read(bolivia, sent, 1, "national_focal_point") == "applied"
    assert _they_read(bolivia, sent, 2, "liaison_of_later") == "applied", "of a later version"
    assert _they_read(bolivia, sent, 3, "national_focal_point") == "applied", "the first counts"

    opened = cooperation.open_referral(by=ana, referral_id=sent.id)
    assert [r.role for r in opened.readings] == ["national_focal_point", "liaison_of_later"]
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, people.ana)
    page = client.get(reverse("cooperation:referral", args=[sent.id])).content.decode()
    assert "Quién lo leyó allí" in page
    assert "Punto focal nacional" in page


def test_what_only_we_know_is_no_reading_of_theirs(people: Cast, bolivia: Peer) -> None:
    """Whoever sent something cannot tell us that we have sent it and that it was read there."""
    ana = members.actor_of(people.ana)
    row = _arrived(bolivia, ana)

    _they_read(bolivia, row, 2, "case_supervisor")

    assert not FirstReading.objects.filter(about=row.id).exists()


@pytest.mark.parametrize(
    "changed", [{"role": "Ana Pérez"}, {"role": ""}, {"at": "yesterday"}, {"name": "x"}]
)
def test_what_is_no_role_or_time_is_refused(
    people: Cast, bolivia: Peer, changed: dict[str, str]
) -> None:
    sent = _sent(members.actor_of(people.ana))
    payload = {"role": "case_supervisor", "at": clock.isoformat(clock.now()), **changed}
    raw = bolivia.seal(payload, kind="message.read", conversation=sent.conversation)
    assert exchange.receive(raw=raw, signed_by="bo").refusal == "malformed"


def test_a_feared_state_does_not_hear_that_it_was_read(people: Cast, bolivia: Peer) -> None:
    ana = members.actor_of(people.ana)
    row = _arrived(bolivia, ana)
    cooperation.mark_read(by=ana, referral_id=row.id)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    accepted = cooperation.accept_referral(by=ana, referral_id=row.id)
    exchange.drain(peer="bo")
    before = len(bolivia.read)
    cooperation.protect(by=ana, case_id=accepted.case_id, states=["bo"])

    cooperation.open_referral(by=ana, referral_id=row.id)
    exchange.drain(peer="bo")

    assert len(bolivia.read) == before


def test_reading_goes_on_where_the_sender_cannot_be_told(people: Cast, bolivia: Peer) -> None:
    ana = members.actor_of(people.ana)
    row = _arrived(bolivia, ana)
    without = bolivia.next_sheet(clock.now(), institutions=[])
    exchange.accept_key_sheet(by=audit.job("tests"), document=without, now=clock.now())

    assert cooperation.open_referral(by=ana, referral_id=row.id).row.id == row.id
    assert not FirstReading.objects.filter(about=row.id).exists(), "it is tried again"


def test_inside_one_state_the_sender_sees_it_without_a_message(people: Cast) -> None:
    ana, sol = members.actor_of(people.ana), members.actor_of(people.sol)
    sent = a_sent_referral(ana)
    with members.acting(people.shelter.id):
        (theirs,) = cooperation.incoming(by=sol)
        cooperation.open_referral(by=sol, referral_id=theirs.id)

    opened = cooperation.open_referral(by=ana, referral_id=sent.id)
    assert [reading.role for reading in opened.readings] == ["service_provider"]


def test_the_reading_stands_in_the_evidence(people: Cast, bolivia: Peer) -> None:
    ana = members.actor_of(people.ana)
    sent = _sent(ana)
    _they_read(bolivia, sent, 1, "national_focal_point")

    found = bundle.check(
        exchange.export_evidence(
            by=audit.job("tests"), conversation=sent.conversation, now=clock.now()
        )
    )

    assert (found.holds, found.complete) == (True, True)
    assert [(m.sender, m.kind) for m in found.messages] == [
        ("ar", "referral.send"), ("bo", "message.read"),
    ]  # fmt: skip


FREE = {"text": "Inventado: llamar por la tarde.", "language": "es"}


@pytest.mark.parametrize(
    ("kind", "question", "data"),
    [
        ("information", "reached", {"free": FREE}),
        ("nationality", "national", {"name_as_written": "Rosa INVENTADA"}),
        ("follow_up", "still_safe", {"free": FREE}),
    ],
)
def test_of_every_kind_of_question_it_is_told_by_which_role_it_was_read(
    people: Cast, bolivia: Peer, kind: str, question: str, data: dict[str, Any]
) -> None:
    ana, luis = members.actor_of(people.ana), members.actor_of(people.luis)
    shared = shared_with(ana, bolivia, "host")
    asked = {"about": shared.conversation, "questions": [question]}
    for name, payload in (("ask", asked), ("ask_with_data", {**asked, "data": data})):
        raw = bolivia.seal(payload, kind=f"{kind}.{name}")
        assert exchange.receive(raw=raw, signed_by="bo").receipt
    ours = cooperation.ask_inquiry(
        by=ana, case_id=shared.case_id, kind=kind, recipient_state="bo",
        recipient_institution=CONSULATE, questions=[question],
    )  # fmt: skip
    exchange.drain(peer="bo")
    bolivia.read.clear()

    rows = cooperation.requests_in(by=ana)
    for by in (ana, ana, luis):
        for row in rows:
            cooperation.open_request(by=by, request_id=row.id)
    exchange.drain(peer="bo")

    told = [payload["role"] for payload in bolivia.read if set(payload) == {"at", "role"}]
    assert len(rows) == 2
    assert sorted(told) == ["case_supervisor", "case_supervisor"] + ["consular_officer"] * 2
    assert _they_read(bolivia, ours, 1, "national_focal_point") == "applied"
    found = cooperation.open_request(by=ana, request_id=ours.id).readings
    assert [reading.role for reading in found] == ["national_focal_point"]
