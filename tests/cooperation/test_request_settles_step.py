"""An accepted and answered request settles the steps of the protocol, on both sides, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import formats, timezone, translation

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.cases.stories import a_consent
from tests.cast import Cast, enter
from tests.cooperation.stories import FIELDS, a_consented_case, a_draft, shared_with, tells
from tests.exchange.peer import CONSULATE, Peer

WILL = {"safety_and_will_recorded": True, "her_will": "Invented: she wants to go home."}

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")


def _page(cast: Cast, name: str, about: Any, language: str = "es") -> str:
    client = Client(headers={"host": "ar.localhost", "accept-language": language})
    enter(client, cast.ana)
    if language != "es":
        client.post(reverse("set_language"), {"language": language})
    answer = client.get(reverse(f"cooperation:{name}", args=[about]))
    assert answer.status_code == 200
    return answer.content.decode()


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
    shared = shared_with(ana, bolivia, "host")
    row = _asked(bolivia, shared)

    cooperation.accept_request(by=ana, request_id=row.id)
    assert _events(shared.case_id) == [("2.3", "nationality")]
    cooperation.answer_request(by=ana, request_id=row.id, outcome="answered")

    assert _events(shared.case_id) == [("2.3", "nationality"), ("2.3.a", "host")]


def test_what_is_not_possible_leaves_the_answering_step_open(ana: Actor, bolivia: Peer) -> None:
    shared = shared_with(ana, bolivia, "host")
    row = _asked(bolivia, shared)
    cooperation.accept_request(by=ana, request_id=row.id)
    cooperation.answer_request(by=ana, request_id=row.id, outcome="not_possible")

    assert _events(shared.case_id) == [("2.3", "nationality")]


def test_the_state_that_asks_settles_both_steps(ana: Actor, bolivia: Peer) -> None:
    shared = shared_with(ana, bolivia, "nationality")
    asked = cooperation.send_request(
        by=ana, case_id=shared.case_id, recipient_state="bo",
        recipient_institution=CONSULATE, answers=WILL,
    )  # fmt: skip
    exchange.drain(peer="bo")
    assert set(bolivia.read[-1]) == {"step", "matter", "about"}
    assert _events(shared.case_id) == []

    tells(
        bolivia, asked,
        [("arrive", {}), ("accept", {}), ("outcome", {"outcome": "answered"})], "request.state",
    )  # fmt: skip

    assert _events(shared.case_id) == [("2.3", "nationality"), ("2.3.a", "host")]
    written = cases.answers_of_step(by=ana, case_id=shared.case_id, step="2.3")
    assert WILL["her_will"] in str(written)


def test_without_her_will_the_step_stays_open(ana: Actor, bolivia: Peer) -> None:
    shared = shared_with(ana, bolivia, "nationality")
    asked = cooperation.send_request(
        by=ana, case_id=shared.case_id, recipient_state="bo", recipient_institution=CONSULATE
    )
    tells(bolivia, asked, [("arrive", {}), ("accept", {})], "request.state")

    assert _events(shared.case_id) == []
    assert cooperation.Request.objects.get(id=asked.id).state == "accepted"


def _accepted_at_home(ana: Actor, sol: Actor, case: cases.Case) -> None:
    """A referral of this case that the shelter of our own state has accepted."""
    a_consent(
        ana, case, recipient_state="ar", recipient_institution="ar-shelter", fields=FIELDS
    )  # fmt: skip
    draft = a_draft(ana, case)
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    with members.acting(sol.institution):
        arrived = cooperation.incoming(by=sol)
        (row,) = [each for each in arrived if each.conversation == sent.conversation]
        cooperation.mark_read(by=sol, referral_id=row.id)
        cooperation.search_earlier(by=sol, referral_id=row.id)
        cooperation.accept_referral(by=sol, referral_id=row.id)


def test_step_2_3_is_asked_of_the_state_where_she_is_and_never_of_our_own(
    ana: Actor, sol: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "nationality", host_country="BO")
    case = cases.case_for(by=ana, case_id=shared.case_id)
    _accepted_at_home(ana, sol, case)

    (offered,) = cooperation.who_may_be_asked(case)
    assert (offered.counterpart_state, offered.counterpart_institution) == ("bo", CONSULATE)
    with pytest.raises(cooperation.OtherStateOnly):
        cooperation.send_request(
            by=ana, case_id=case.id, recipient_state="ar", recipient_institution="ar-shelter"
        )


def test_an_institution_of_a_third_state_is_not_offered_for_step_2_3(
    ana: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "nationality", host_country="PE")
    case = cases.case_for(by=ana, case_id=shared.case_id)

    assert cooperation.who_may_be_asked(case) == []


def test_the_state_where_she_is_may_ask_its_own_institutions(
    ana: Actor, sol: Actor, bolivia: Peer
) -> None:
    shared = shared_with(ana, bolivia, "host")
    case = cases.case_for(by=ana, case_id=shared.case_id)
    _accepted_at_home(ana, sol, case)

    offered = {row.counterpart_institution for row in cooperation.who_may_be_asked(case)}
    assert offered == {CONSULATE, "ar-shelter"}


@pytest.mark.parametrize("times", [1, 2])
def test_a_step_recorded_before_is_not_recorded_again(
    ana: Actor, bolivia: Peer, times: int
) -> None:
    shared = shared_with(ana, bolivia, "host")
    for _ in range(times):
        payload = {"step": "2.3", "matter": "prosecutor_intervenes", "about": shared.conversation}
        exchange.receive(raw=bolivia.seal(payload, kind="request.ask"), signed_by="bo")
    rows = cooperation.Request.objects.filter(about=shared.conversation, direction="in")
    assert len(rows) == times
    for row in rows:
        cooperation.accept_request(by=ana, request_id=row.id)
        cooperation.answer_request(by=ana, request_id=row.id, outcome="answered")

    assert _events(shared.case_id) == [("2.3", "nationality"), ("2.3.a", "host")]


@pytest.mark.parametrize(
    ("language", "title", "answer"),
    [
        ("es", "Pedir la intervención de la fiscalía", "decir qué fiscalía interviene"),
        ("pt-br", "Pedir a intervenção do Ministério Público", "dizer qual unidade"),
        ("en", "Ask the prosecutor", "say which prosecutor intervenes"),
    ],
)
def test_a_request_says_what_is_asked_and_by_when_in_the_readers_language(
    ana: Actor, bolivia: Peer, cast: Cast, language: str, title: str, answer: str
) -> None:
    shared = shared_with(ana, bolivia, "host")
    row = _asked(bolivia, shared)
    page = _page(cast, "request", row.id, language)

    assert title in page
    assert answer in page
    with translation.override(language):
        due = timezone.localtime(row.due_at, BUENOS_AIRES)
        assert formats.date_format(due, "SHORT_DATETIME_FORMAT") in page


def test_a_request_is_due_when_the_protocol_says_so(ana: Actor, bolivia: Peer) -> None:
    shared = shared_with(ana, bolivia, "nationality")
    before = clock.now()
    asked = cooperation.send_request(
        by=ana, case_id=shared.case_id, recipient_state="bo", recipient_institution=CONSULATE
    )

    # Step 2.3.a: 24 hours from step 2.3, a proposal; then up to the full hour.
    assert asked.due_at == clock.hour_up(before + timedelta(hours=24))
    exchange.drain(peer="bo")
    assert exchange.deliveries(str(asked.id))[-1].state == "delivered"


def test_the_page_says_whether_her_will_is_recorded(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    shared = shared_with(ana, bolivia, "nationality")
    usual: dict[str, Any] = {
        "by": ana, "case_id": shared.case_id, "recipient_state": "bo",
        "recipient_institution": CONSULATE,
    }  # fmt: skip
    without = cooperation.send_request(**usual)
    step = reverse("desk:step", args=[shared.case_id, "2.3"])
    assert f'href="{step}"' in _page(cast, "request", without.id)
    told = cooperation.send_request(**usual, answers=WILL)
    page = _page(cast, "request", told.id)

    assert f'href="{step}"' not in page
    assert WILL["her_will"] not in page


def test_before_anything_goes_to_her_own_state_her_fear_is_asked(
    ana: Actor, bolivia: Peer, cast: Cast
) -> None:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    step = reverse("desk:step", args=[case.id, "2.6"])
    assert f'href="{step}"' in _page(cast, "preview", draft.id)

    cases.record_step(
        by=ana, case_id=case.id, step="2.6", kind="done", answers={"fears_own_state": False}
    )
    assert f'href="{step}"' not in _page(cast, "preview", draft.id)
