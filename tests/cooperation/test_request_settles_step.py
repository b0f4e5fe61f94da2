"""An accepted and answered request settles the steps of the protocol, on both sides, once."""

from __future__ import annotations

from typing import Any

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.protocol import api as protocol
from tests.cooperation.stories import a_consented_case, a_draft
from tests.exchange.peer import CONSULATE, Peer

WILL = {"safety_and_will_recorded": True, "her_will": "Invented: she wants to go home."}


def _tells(bolivia: Peer, row: Any, moves: list[tuple[str, dict[str, Any]]], kind: str) -> None:
    for sequence, (move, detail) in enumerate(moves, 1):
        payload = {"move": move, "at": clock.isoformat(clock.now()), **detail}
        raw = bolivia.seal(payload, sequence=sequence, kind=kind, conversation=row.conversation)
        reply = exchange.receive(raw=raw, signed_by="bo")
        assert reply.receipt is not None
        assert reply.receipt["body"]["state"] == "applied"


def _shared(ana: Actor, bolivia: Peer, side: str) -> Referral:
    """A referral that Bolivia's consulate has accepted."""
    case = a_consented_case(ana, state="bo", institution=CONSULATE, side=side)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    exchange.drain(peer="bo")
    _tells(bolivia, sent, [("arrive", {}), ("read", {}), ("accept", {})], "referral.state")
    return sent


def _events(case_id: Any) -> list[tuple[str, str]]:
    return [
        (each.event.step, str(each.event.side))
        for each in protocol.events_of(case_id)
        if each.event.step.startswith("2.3") and each.event.kind is protocol.EventKind.DONE
    ]


def _asked(bolivia: Peer, about: Referral) -> cooperation.Request:
    payload = {"step": "2.3", "matter": "prosecutor_intervenes", "about": about.conversation}
    exchange.receive(raw=bolivia.seal(payload, kind="request.ask"), signed_by="bo")
    return cooperation.Request.objects.get(about=about.conversation, direction="in")


def test_the_state_that_is_asked_settles_both_steps(ana: Actor, bolivia: Peer) -> None:
    shared = _shared(ana, bolivia, "host")
    row = _asked(bolivia, shared)

    cooperation.accept_request(by=ana, request_id=row.id)
    assert _events(shared.case_id) == [("2.3", "nationality")]
    cooperation.answer_request(by=ana, request_id=row.id, outcome="answered")

    assert _events(shared.case_id) == [("2.3", "nationality"), ("2.3.a", "host")]


def test_what_is_not_possible_leaves_the_answering_step_open(ana: Actor, bolivia: Peer) -> None:
    shared = _shared(ana, bolivia, "host")
    row = _asked(bolivia, shared)
    cooperation.accept_request(by=ana, request_id=row.id)
    cooperation.answer_request(by=ana, request_id=row.id, outcome="not_possible")

    assert _events(shared.case_id) == [("2.3", "nationality")]


def test_the_state_that_asks_settles_both_steps(ana: Actor, bolivia: Peer) -> None:
    shared = _shared(ana, bolivia, "nationality")
    asked = cooperation.send_request(
        by=ana, case_id=shared.case_id, recipient_state="bo",
        recipient_institution=CONSULATE, answers=WILL,
    )  # fmt: skip
    exchange.drain(peer="bo")
    assert set(bolivia.read[-1]) == {"step", "matter", "about"}
    assert _events(shared.case_id) == []

    _tells(
        bolivia, asked,
        [("arrive", {}), ("accept", {}), ("outcome", {"outcome": "answered"})], "request.state",
    )  # fmt: skip

    assert _events(shared.case_id) == [("2.3", "nationality"), ("2.3.a", "host")]
    written = cases.answers_of_step(by=ana, case_id=shared.case_id, step="2.3")
    assert WILL["her_will"] in str(written)


def test_without_her_will_the_step_stays_open(ana: Actor, bolivia: Peer) -> None:
    shared = _shared(ana, bolivia, "nationality")
    asked = cooperation.send_request(
        by=ana, case_id=shared.case_id, recipient_state="bo", recipient_institution=CONSULATE
    )
    _tells(bolivia, asked, [("arrive", {}), ("accept", {})], "request.state")

    assert _events(shared.case_id) == []
    assert cooperation.Request.objects.get(id=asked.id).state == "accepted"


@pytest.mark.parametrize("times", [1, 2])
def test_a_step_recorded_before_is_not_recorded_again(
    ana: Actor, bolivia: Peer, times: int
) -> None:
    shared = _shared(ana, bolivia, "host")
    for _ in range(times):
        payload = {"step": "2.3", "matter": "prosecutor_intervenes", "about": shared.conversation}
        exchange.receive(raw=bolivia.seal(payload, kind="request.ask"), signed_by="bo")
    rows = cooperation.Request.objects.filter(about=shared.conversation, direction="in")
    assert len(rows) == times
    for row in rows:
        cooperation.accept_request(by=ana, request_id=row.id)
        cooperation.answer_request(by=ana, request_id=row.id, outcome="answered")

    assert _events(shared.case_id) == [("2.3", "nationality"), ("2.3.a", "host")]
