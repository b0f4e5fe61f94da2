"""What the register answers is shown before a referral leaves, and kept with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.lib import clock
from tests.cast import Cast, enter
from tests.cooperation.stories import (
    a_consented_case,
    a_draft,
    a_sent_referral,
    bolivias_node,
    sent_by_two,
)

TO = "bo-consulate-buenos-aires"


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Ana's, in English."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    return client


def _draft(ana: Actor, **case: object) -> cooperation.Referral:
    case = {"tracks": ["trafficking", "smuggling"], **case}
    return a_draft(
        ana, a_consented_case(ana, state="bo", institution=TO, **case),
        recipient_state="bo", recipient_institution=TO,
    )  # fmt: skip


def test_the_preview_shows_what_binds_both_states_and_what_is_missing(
    ana: Actor, browser: Client
) -> None:
    draft = _draft(ana)

    text = browser.get(f"/cooperation/referrals/{draft.id}/preview").content.decode()

    for said in (
        "What binds this state and Bolivia", "Trafficking in persons, worked out for ",
        "Smuggling of migrants, worked out for ", "Bolivia has signed and not ratified",
        "What lets personal data leave Argentina:", "What lets personal data leave Bolivia:",
        "What cannot be named, and what would settle it",
    ):  # fmt: skip
        assert said in text, said


def test_the_answer_of_the_day_of_sending_stays(ana: Actor, browser: Client) -> None:
    draft = _draft(ana)
    assert {each["matter"] for each in draft.legal_basis} == {"trafficking", "smuggling"}
    with bolivias_node(), time_machine.travel(clock.now() + timedelta(days=2)):
        day = clock.now().date()
        sent = sent_by_two(ana, draft)
    with time_machine.travel(clock.now() + timedelta(days=400)):
        kept = Referral.objects.get(id=sent.id).legal_basis

    assert {each["date"] for each in kept} == {day.isoformat()}
    assert {(each["from"], each["to"]) for each in kept} == {("ar", "bo")}
    text = browser.get(f"/cooperation/referrals/{sent.id}").content.decode()
    assert f"Trafficking in persons, worked out for {day:%d/%m/%Y}" in text


def test_within_one_state_there_is_nothing_to_name(ana: Actor, browser: Client) -> None:
    sent = a_sent_referral(ana)

    assert sent.legal_basis == []
    text = browser.get(f"/cooperation/referrals/{sent.id}").content.decode()
    assert "What binds this state" not in text
