"""A case whose time is over is hidden, and what protects her goes on: nothing is told to a state
that she fears, and one message about a hidden case holds up no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import (
    ConsentEffect,
    Event,
    Referral,
    Request,
    RightsCopy,
    RightsRequest,
)
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.lib.errors import NotFound
from tests.cooperation.stories import a_consented_case, a_draft, shared_with, tells
from tests.cooperation.test_first_readings import ARRIVED
from tests.cooperation.test_rights import to_the_shelter
from tests.cooperation.test_withdrawals import says
from tests.exchange.peer import CONSULATE, Peer
from tests.hidden import is_blocked, is_erased

NEVER = "never"
HIDDEN = pytest.mark.parametrize("hide", [is_blocked, is_erased])
Hide = Callable[[cases.Case], None]


def _queued() -> int:
    return OutgoingMessage.objects.filter(peer="bo").count()


def _feared(case: cases.Case) -> frozenset[str]:
    with cases.seeing_blocked():
        return cases.feared_states(cases.Person.objects.get(id=case.person_id))


def _she_asks() -> dict[str, Any]:
    at = clock.isoformat(clock.now())
    return {"id": "ab" * 16, "at": at, "right": "erasure", "fields": []}


def _taken_on(by: Actor, bolivia: Peer) -> Referral:
    """A referral of Bolivia's that we took into a case."""
    raw = bolivia.seal(ARRIVED, kind="referral.send", conversation="c" * 32)
    assert exchange.receive(raw=raw, signed_by="bo").receipt
    row = Referral.objects.get(conversation="c" * 32)
    cooperation.mark_read(by=by, referral_id=row.id)
    cooperation.search_earlier(by=by, referral_id=row.id)
    return cooperation.accept_referral(by=by, referral_id=row.id)


def _a_request(bolivia: Peer, about: Referral) -> str:
    told = {"about": about.conversation, "step": "2.3", "matter": "prosecutor_intervenes"}
    raw = bolivia.seal(told, kind="request.ask", conversation="d" * 32)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    return str(reply.receipt["body"]["state"])


@HIDDEN
def test_a_state_that_she_feared_is_told_nothing_once_her_case_is_hidden(
    ana: Actor, bolivia: Peer, hide: Hide
) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    cooperation.protect(by=ana, case_id=sent.case.id, states=["bo"])
    hide(sent.case)
    before = _queued()

    assert says(bolivia, sent, 4, "right.ask", **_she_asks()) == "applied"

    assert RightsRequest.objects.get(shared_id="ab" * 16).case_id == sent.case_id
    assert _queued() == before, "not even until when she is answered"


def test_of_an_erased_case_nobody_knows_and_nobody_is_told(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    is_erased(sent.case)
    before = _queued()

    assert says(bolivia, sent, 4, "right.ask", **_she_asks()) == "applied"

    assert _queued() == before


def test_what_she_asks_is_answered_and_passed_on_although_her_case_is_blocked(
    ana: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    to_the_shelter(ana, sent.case)
    is_blocked(sent.case)
    before = _queued()

    assert says(bolivia, sent, 4, "right.ask", **_she_asks()) == "applied"

    assert _queued() == before + 1
    (told,) = OutgoingMessage.objects.filter(kind="right.due")
    assert told.peer == "bo"
    (copy,) = RightsCopy.objects.all()
    assert (copy.counterpart_state, copy.counterpart_institution) == ("ar", "ar-shelter")


def test_what_waits_about_a_hidden_case_is_cancelled_and_holds_up_nothing_else(
    ana: Actor, bolivia: Peer
) -> None:
    other = a_consented_case(ana, state="bo", institution=CONSULATE)
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    first = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    later = a_draft(ana, other, recipient_state="bo", recipient_institution=CONSULATE)
    for draft in (first, later):
        cooperation.send_referral(by=ana, referral_id=draft.id)
    is_blocked(case)

    exchange.drain(peer="bo")

    stopped, left = (OutgoingMessage.objects.get(subject=str(row.id)) for row in (first, later))
    assert (stopped.state, stopped.reason) == ("cancelled", "case_hidden")
    assert left.state == "delivered"
    assert Referral.objects.get(id=first.id).state == "cancelled"


def test_a_request_without_data_about_a_hidden_case_does_not_leave(
    ana: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    asked = cooperation.send_request(
        by=ana, case_id=sent.case.id, recipient_state="bo", recipient_institution=CONSULATE
    )
    is_blocked(sent.case)

    exchange.drain(peer="bo")

    (waits,) = OutgoingMessage.objects.filter(subject=str(asked.id))
    assert (waits.state, waits.reason) == ("cancelled", "case_hidden")


def test_a_request_about_a_blocked_case_stands_alone_and_somebody_reads_it(
    ana: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    is_blocked(sent.case)

    assert _a_request(bolivia, sent) == "applied"

    row = Request.objects.get(conversation="d" * 32)
    assert row.case_id is None
    assert cooperation.open_request(by=ana, request_id=row.id).row.id == row.id
    assert OutgoingMessage.objects.filter(subject=str(row.id)).exists(), "its arrival is told"


def test_a_feared_state_that_asks_about_a_blocked_case_is_told_nothing(
    ana: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    cooperation.protect(by=ana, case_id=sent.case.id, states=["bo"])
    is_blocked(sent.case)

    assert _a_request(bolivia, sent) == "applied"

    row = Request.objects.get(conversation="d" * 32)
    cooperation.open_request(by=ana, request_id=row.id)
    cooperation.decline_request(by=ana, request_id=row.id, reason="not_competent")
    assert not OutgoingMessage.objects.filter(subject=str(row.id)).exists()


def test_a_state_that_another_node_names_counts_in_a_blocked_case_too(
    ana: Actor, bolivia: Peer
) -> None:
    row = _taken_on(ana, bolivia)
    assert row.case is not None
    is_blocked(row.case)

    assert says(bolivia, row, 2, "referral.more", data={NEVER: ["pe"]}) == "applied"

    assert _feared(row.case) == {"pe"}


def test_a_state_named_about_an_erased_case_is_noted_and_nothing_breaks(
    ana: Actor, bolivia: Peer
) -> None:
    row = _taken_on(ana, bolivia)
    assert row.case is not None
    is_erased(row.case)

    assert says(bolivia, row, 2, "referral.more", data={NEVER: ["pe"]}) == "applied"

    assert Event.objects.filter(about=row.id, move="answer_more", detail__late=True).exists()


@HIDDEN
def test_a_move_about_a_hidden_case_is_heard(ana: Actor, bolivia: Peer, hide: Hide) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    asked = cooperation.send_request(
        by=ana, case_id=sent.case.id, recipient_state="bo", recipient_institution=CONSULATE
    )
    exchange.drain(peer="bo")
    hide(sent.case)

    tells(bolivia, asked, [("arrive", {}), ("accept", {})], "request.state")

    assert Request.objects.get(id=asked.id).state == "accepted"


@HIDDEN
def test_a_withdrawal_about_a_hidden_case_is_kept(ana: Actor, bolivia: Peer, hide: Hide) -> None:
    row = _taken_on(ana, bolivia)
    assert row.case is not None
    hide(row.case)
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now())}

    assert says(bolivia, row, 2, "consent.withdrawn", **told) == "applied"

    kept = ConsentEffect.objects.get(shared_id="ab" * 16)
    assert (kept.case_id, kept.effect) == (row.case_id, "")
    with pytest.raises(NotFound):
        cooperation.open_referral(by=ana, referral_id=row.id)
