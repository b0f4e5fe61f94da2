"""A consent whose time is over reaches whoever received data under it, and is kept apart from a
withdrawal; one renewed in time tells nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Referral
from ayni.cooperation.tasks import consents_over
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage, PeerState
from ayni.lib import clock
from ayni.vault import api as vault
from tests.cases.stories import a_consent
from tests.cast import Cast
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import (
    FIELDS,
    a_consented_case,
    a_draft,
    a_sent_referral,
    shared_with,
)
from tests.cooperation.test_withdrawals import (
    _received,
    browser,
    of_case,
    says,
    told_to,
    withdraw,
)
from tests.exchange.peer import CONSULATE, Peer
from tests.hidden import is_blocked, is_erased

BY = audit.job("tests")
DAY = timedelta(days=1)
SHORT = {"valid_for": timedelta(days=4)}


@pytest.fixture
def days(db: None) -> Iterator[Any]:
    """A clock that the test moves."""
    with time_machine.travel(clock.now(), tick=False) as moved:
        yield moved


def to_bolivia(ana: Actor, bolivia: Peer) -> Referral:
    """Accepted by Bolivia's consulate, under a consent of four days."""
    return shared_with(ana, bolivia, "host", consent=SHORT)


def over(by: Actor) -> int:
    """What the job does for our institution."""
    job = audit.job("tests", by.institution)
    return cooperation.consents_over(by=job, now=clock.now())


def a_renewal(ana: Actor, sent: Referral, **changed: Any) -> cases.Consent:
    """She agrees to the same once more."""
    assert sent.case is not None
    usual = {
        "recipient_state": sent.counterpart_state,
        "recipient_institution": sent.counterpart_institution,
        "fields": FIELDS,
        **SHORT,
    }
    return a_consent(ana, sent.case, **{**usual, **changed})


def test_the_end_of_a_consent_reaches_every_receiver_though_the_case_is_blocked(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = to_bolivia(ana, bolivia)
    assert sent.case is not None
    is_blocked(sent.case)
    days.shift(4 * DAY)

    assert over(ana) == 1
    assert over(ana) == 0, "told once"

    (told,) = told_to(bolivia)
    effect = ConsentEffect.objects.get(direction="out", about=sent.id)
    assert (effect.cause, effect.shared_id) == ("expired", told["id"])


def test_an_erased_case_tells_nobody_that_a_consent_is_over(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = to_bolivia(ana, bolivia)
    assert sent.case is not None
    is_erased(sent.case)
    days.shift(4 * DAY)

    assert over(ana) == 0
    assert told_to(bolivia) == []


def test_no_consent_is_told_as_over_by_a_clock_that_several_nodes_call_ahead(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    to_bolivia(ana, bolivia)
    for node in ("cl", "pe"):
        PeerState.objects.create(node=node, skew_seconds=-5 * 86_400)
    days.shift(4 * DAY)

    consents_over(timestamp=0)
    assert told_to(bolivia) == []

    PeerState.objects.update(skew_seconds=None)
    consents_over(timestamp=0)
    assert len(told_to(bolivia)) == 1


def test_a_consent_that_is_over_is_told_once_and_the_answer_is_measured_from_its_end(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = to_bolivia(ana, bolivia)
    ends = clock.now() + 4 * DAY
    days.shift(3 * DAY)
    assert over(ana) == 0
    days.shift(DAY)
    consents_over(timestamp=0)
    assert over(ana) == 0, "told once"

    (told,) = told_to(bolivia)
    assert (set(told), told["at"]) == ({"id", "at"}, clock.isoformat(ends))
    (effect,) = of_case(ana, sent)
    assert (effect.cause, effect.ended_at, effect.effect) == ("expired", ends, "")

    days.shift(timedelta(hours=5))
    at = clock.isoformat(clock.now())
    kept = {"id": told["id"], "at": at, "effect": "kept", "reason": "law_keeps"}
    assert says(bolivia, sent, 4, "consent.effect", **kept) == "applied"
    (effect,) = of_case(ana, sent)
    assert effect.effect_at is not None
    assert timedelta(hours=4.9) < effect.effect_at - ends <= timedelta(hours=5)


def test_the_kind_of_the_message_is_not_that_of_a_withdrawal(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    to_bolivia(ana, bolivia)
    days.shift(5 * DAY)
    over(ana)
    kinds = list(OutgoingMessage.objects.order_by("place").values_list("kind", flat=True))
    assert kinds[-1] == "consent.expired"
    assert "consent.withdrawn" not in kinds


def test_a_consent_renewed_in_time_tells_nothing_until_the_renewal_is_over(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = to_bolivia(ana, bolivia)
    days.shift(2 * DAY)
    a_renewal(ana, sent)
    ends = clock.now() + 4 * DAY
    days.shift(3 * DAY)
    assert over(ana) == 0
    assert told_to(bolivia) == []

    days.shift(DAY)
    assert over(ana) == 1
    (effect,) = of_case(ana, sent)
    assert (effect.cause, effect.ended_at) == ("expired", ends)


@pytest.mark.parametrize(
    "changed",
    [{"fields": FIELDS - {"birth"}}, {"recipient_institution": "bo-consulate-br"}],
)
def test_a_consent_to_less_or_to_another_renews_nothing(
    ana: Actor, bolivia: Peer, days: Any, changed: dict[str, Any]
) -> None:
    sent = to_bolivia(ana, bolivia)
    days.shift(2 * DAY)
    a_renewal(ana, sent, **changed)
    days.shift(3 * DAY)
    assert over(ana) == 1


def test_a_renewal_that_came_too_late_does_not_bring_the_first_back(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = to_bolivia(ana, bolivia)
    days.shift(5 * DAY)
    a_renewal(ana, sent)
    assert over(ana) == 1


def test_a_renewal_that_is_withdrawn_tells_as_withdrawn_what_was_sent_under_the_first(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = to_bolivia(ana, bolivia)
    days.shift(2 * DAY)
    renewal = a_renewal(ana, sent)
    days.shift(3 * DAY)
    cooperation.withdraw_consent(by=ana, consent_id=renewal.id, case_id=sent.case_id)

    assert len(told_to(bolivia)) == 1
    (effect,) = of_case(ana, sent)
    assert (effect.cause, effect.ended_at) == ("withdrawn", clock.now())
    assert over(ana) == 0


def test_one_that_was_withdrawn_is_not_told_again_when_its_time_is_over(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = to_bolivia(ana, bolivia)
    withdraw(ana, sent)
    days.shift(5 * DAY)
    assert over(ana) == 0
    assert [effect.cause for effect in of_case(ana, sent)] == ["withdrawn"]


def test_a_feared_state_is_told_nothing(ana: Actor, bolivia: Peer, days: Any) -> None:
    sent = to_bolivia(ana, bolivia)
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])
    days.shift(5 * DAY)
    assert over(ana) == 0
    assert told_to(bolivia) == []


def test_what_nobody_took_on_is_called_back(ana: Actor, bolivia: Peer, days: Any) -> None:
    case = a_consented_case(ana, state="bo", institution=CONSULATE, consent=SHORT)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    exchange.drain(peer="bo")
    days.shift(5 * DAY)
    assert over(ana) == 1

    move, told = told_to(bolivia)
    assert move["move"] == "withdraw"
    assert "reason" not in move, "it was not withdrawn"
    assert set(told) == {"id", "at"}
    assert Referral.objects.get(id=sent.id).state == "withdrawn"


def test_what_we_received_and_did_not_take_on_is_destroyed_when_its_consent_is_over(
    ana: Actor, bolivia: Peer
) -> None:
    row = _received(bolivia)
    before = row.subject
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now())}
    assert says(bolivia, row, 2, "consent.expired", **told) == "applied"

    with pytest.raises(vault.Erased):
        vault.sealer(before)
    exchange.drain(peer="bo")
    (answer,) = [read for read in bolivia.read if "effect" in read]
    assert (answer["id"], answer["effect"]) == ("ab" * 16, "destroyed")
    assert ConsentEffect.objects.get(direction="in").cause == "expired"


def test_what_we_sent_ourselves_nobody_else_can_say_is_over(ana: Actor, bolivia: Peer) -> None:
    sent = to_bolivia(ana, bolivia)
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now())}
    assert says(bolivia, sent, 4, "consent.expired", **told) == "set_aside"


def test_inside_one_state_the_shelter_is_told_and_the_pages_say_that_it_is_over(
    ana: Actor, sol: Actor, cast: Cast, days: Any
) -> None:
    sent = a_sent_referral(ana, consent=SHORT)
    with on_behalf(sol):
        theirs = cooperation.incoming(by=sol)[0].id
        cooperation.mark_read(by=sol, referral_id=theirs)
        cooperation.search_earlier(by=sol, referral_id=theirs)
        cooperation.accept_referral(by=sol, referral_id=theirs)
    days.shift(5 * DAY)
    consents_over(timestamp=0)

    client = browser(cast.sol)
    with on_behalf(sol):
        (waiting,) = cooperation.effects_waiting(by=sol)
    assert waiting.cause == "expired"
    page = reverse("cooperation:effect", args=[waiting.id])
    assert "El plazo de un consentimiento terminó" in client.get(page).content.decode()
    client.post(page, {"effect": "kept", "reason": "law_keeps"})

    shown = browser(cast.ana).get(reverse("cooperation:rights-of-case", args=[sent.case_id]))
    text = shown.content.decode()
    assert "Una ley obliga a guardarlos o a usarlos" in text
    assert "después de terminar el consentimiento" in text
    assert "después del retiro" not in text


def test_the_time_to_effect_of_what_was_over_is_a_figure_of_its_own(
    ana: Actor, sol: Actor, days: Any
) -> None:
    sent = a_sent_referral(ana)
    now = clock.now()
    for number in range(1, 11):
        ConsentEffect.objects.create(
            institution_id=ana.institution, direction="out", about=sent.id,
            consent_id=vault.new_subject(), shared_id=f"{number:032x}", counterpart_state="bo",
            counterpart_institution=CONSULATE, ended_at=now, effect="destroyed",
            effect_at=now + number * timedelta(hours=1), cause="expired",
            first_effect="destroyed", first_at=now + number * timedelta(hours=1),
        )  # fmt: skip
    half = cooperation.half_took_effect_within
    assert half(by=ana, now=now, cause="expired") == cooperation.Half(timedelta(hours=6))
    assert half(by=ana, now=now) is None


def test_a_receiver_that_cannot_be_told_now_holds_up_nobody_and_is_told_later(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    """Its key sheet is over, so nothing can be sealed to it."""
    sent = to_bolivia(ana, bolivia)
    days.shift(40 * DAY)
    exchange.publish_key_sheet(by=BY, now=clock.now())
    assert over(ana) == 0
    assert of_case(ana, sent) == []

    sheet = bolivia.next_sheet(clock.now())
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())
    assert over(ana) == 1


def test_a_consent_is_withdrawn_also_where_the_receiver_cannot_be_told_now(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    sent = shared_with(ana, bolivia, "host")
    days.shift(40 * DAY)
    withdraw(ana, sent)
    withdrawn = clock.now()
    exchange.publish_key_sheet(by=BY, now=clock.now())

    days.shift(DAY)
    sheet = bolivia.next_sheet(clock.now())
    exchange.accept_key_sheet(by=BY, document=sheet, now=clock.now())
    assert over(ana) == 1
    (effect,) = of_case(ana, sent)
    assert (effect.cause, effect.ended_at) == ("withdrawn", withdrawn)


def _asked(by: Actor) -> int:
    """How often a round of the job asks the database."""
    with CaptureQueriesContext(connection) as asked:
        over(by)
    return len(asked)


def test_a_round_asks_no_more_for_each_case_that_is_erased_or_paper_that_never_left(
    ana: Actor, bolivia: Peer, days: Any
) -> None:
    before = _asked(ana)
    erased, never = to_bolivia(ana, bolivia), to_bolivia(ana, bolivia)
    assert erased.case is not None
    is_erased(erased.case)
    Referral.objects.filter(id=never.id).update(state="cancelled")
    days.shift(5 * DAY)

    assert over(ana) == 0
    assert _asked(ana) == before
