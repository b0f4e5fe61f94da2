"""What the page of a shared case says happens next, for each side and at each stand."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ayni.cooperation import api as cooperation
from ayni.members import api as members
from tests.cast import Cast
from tests.cooperation.stories import (
    a_consented_case,
    a_draft,
    a_sent_referral,
    bolivias_node,
    shared_with,
)
from tests.desk.conftest import Browser
from tests.exchange.peer import CONSULATE

pytestmark = pytest.mark.django_db


def _following(client: Client, case_id: Any) -> str:
    page = client.get(reverse("desk:case", args=[case_id])).content.decode()
    assert "Lo que nos toca ahora" in page
    head, _found, rest = page.partition("Qué sigue ahora")
    return rest.partition("</ul>")[0] if _found else ""


def _accepted(cast: Cast, **known: Any) -> tuple[cooperation.Referral, cooperation.Referral]:
    """Ana's referral and Sol's, which Sol has accepted."""
    sol = members.actor_of(cast.sol)
    with members.acting(cast.programme.id):
        sent = a_sent_referral(members.actor_of(cast.ana), **known)
    with members.acting(cast.shelter.id):
        (row,) = cooperation.incoming(by=sol)
        cooperation.mark_read(by=sol, referral_id=row.id)
        cooperation.search_earlier(by=sol, referral_id=row.id)
        return sent, cooperation.accept_referral(by=sol, referral_id=row.id)


def test_a_case_that_shares_nothing_says_nothing_of_it(cast: Cast, browser: Browser) -> None:
    with members.acting(cast.programme.id):
        case = a_consented_case(members.actor_of(cast.ana))
    assert _following(browser(cast.ana), case.id) == ""


def test_a_draft_leads_to_its_page(cast: Cast, browser: Browser) -> None:
    with members.acting(cast.programme.id):
        ana = members.actor_of(cast.ana)
        draft = a_draft(ana, a_consented_case(ana))
    told = _following(browser(cast.ana), draft.case_id)
    assert reverse("cooperation:referral", args=[draft.id]) in told


def test_each_side_sees_whose_turn_it_is(cast: Cast, browser: Browser) -> None:
    sent, accepted = _accepted(cast)
    ours, theirs = browser(cast.ana), browser(cast.sol)

    assert "La otra parte debe actuar." in _following(ours, sent.case_id)
    assert "Informar" in _following(theirs, accepted.case_id)
    assert reverse("cooperation:referral", args=[accepted.id]) in _following(
        theirs, accepted.case_id
    )


def test_the_request_of_the_protocol_is_not_offered_to_the_own_state(
    cast: Cast, browser: Browser
) -> None:
    sent, _theirs = _accepted(cast, side="nationality")
    client = browser(cast.ana)
    address = reverse("cooperation:request-new", args=[sent.case_id])

    assert address not in _following(client, sent.case_id)
    assert client.get(address).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_the_request_of_the_protocol_is_offered_until_it_is_sent(
    cast: Cast, browser: Browser
) -> None:
    ana, client = members.actor_of(cast.ana), browser(cast.ana)
    with bolivias_node() as bolivia, members.acting(cast.programme.id):
        sent = shared_with(ana, bolivia, "nationality")
        address = reverse("cooperation:request-new", args=[sent.case_id])
        assert address in _following(client, sent.case_id)

        asked = cooperation.send_request(
            by=ana, case_id=sent.case_id, recipient_state="bo", recipient_institution=CONSULATE
        )

        told = _following(client, sent.case_id)
    assert address not in told
    assert reverse("cooperation:request", args=[asked.id]) in told


def test_what_is_over_is_not_next(cast: Cast, browser: Browser) -> None:
    sent, accepted = _accepted(cast)
    with members.acting(cast.programme.id):
        cooperation.withdraw_referral(
            by=members.actor_of(cast.ana), referral_id=sent.id, reason="no_longer_needed"
        )
    assert _following(browser(cast.ana), sent.case_id) == ""
    assert _following(browser(cast.sol), accepted.case_id) == ""
