"""She asks about her own data on her own page, and reads there what everybody answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings

from ayni.audit.models import Entry
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import RightsRequest
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.own import api as own
from tests.cases.stories import a_consent
from tests.cast import Cast
from tests.cooperation.stories import FIELDS, a_draft
from tests.own.conftest import Device, Story, entered


def _ask(device: Device, **said: str) -> Device:
    device.show("rights").show("ask")
    return device.send(ticket=device.hidden("ticket"), show="asked", **said)


@pytest.mark.parametrize(
    ("language", "wish", "granted"),
    [("es", "Quiero una copia de mis datos", "Sí."),
     ("pt", "Quero uma cópia dos meus dados", "Sim."),
     ("en", "I want a copy of my data", "Yes.")],
)  # fmt: skip
def test_from_asking_to_the_answer(story: Story, language: str, wish: str, granted: str) -> None:
    device = Device(language).write(story.given.opens)
    text = _ask(device, right="access", words="Invented words.").text()

    assert wish in text
    assert "Invented words." in text
    assert "ar-programme, Argentina" in text
    assert f"<strong>{granted}" not in text
    (row,) = cooperation.rights_waiting(by=story.ana)
    assert row.asked_by == "person"
    entry = Entry.objects.get(verb="cooperation.ask_right")
    assert (entry.actor_kind, entry.subject) == ("person", str(story.case.id))
    cooperation.answer_right(
        by=story.ana, request_id=row.id, decision="granted", reason="done", answer="Come on Monday."
    )
    text = Device(language).write(story.given.opens).show("rights").text()

    assert f"<strong>{granted}" in text
    assert "Come on Monday." in text


def test_she_sees_how_it_stands_with_all_who_hold_her_data(story: Story, cast: Cast) -> None:
    a_consent(
        story.ana, story.case, recipient_state="ar", recipient_institution="ar-shelter",
        fields=FIELDS,
    )  # fmt: skip
    cooperation.send_referral(by=story.ana, referral_id=a_draft(story.ana, story.case).id)
    device = Device("en").write(story.given.opens)
    _ask(device, right="erasure")
    sol = members.actor_of(cast.sol)
    with members.acting(sol.institution):
        (theirs,) = cooperation.rights_waiting(by=sol)
        cooperation.answer_right(
            by=sol, request_id=theirs.id, decision="refused", reason="proceedings"
        )
    text = device.show("start").show("rights").text()

    shelter = text[text.index("ar-shelter, Argentina") :]
    assert "<strong>No.</strong> They are needed in a proceeding" in shelter
    assert "Answers by" in text[: text.index("ar-shelter, Argentina")]


def test_what_is_missing_is_said_and_what_she_wrote_stays(story: Story) -> None:
    device = Device("en").write(story.given.opens)
    _ask(device, words="Invented words.")
    assert device.last.status_code == 422
    assert "Choose what you want." in device.text()
    assert "Invented words." in device.text()

    device.send(ticket=device.hidden("ticket"), show="asked", right="correction", words=" ")
    assert device.last.status_code == 422
    assert "Choose which data are wrong, or write what is wrong." in device.text()
    assert not RightsRequest.objects.exists()
    device.send(ticket=device.hidden("ticket"), show="asked", right="correction",
                fields_wrong="birth")  # fmt: skip
    assert RightsRequest.objects.get().fields == ["birth"]


def test_the_same_twice_is_asked_once(story: Story) -> None:
    device = Device("en").write(story.given.opens)
    _ask(device, right="access")
    _ask(device, right="access")

    assert device.last.status_code == 422
    assert "This was asked for already." in device.text()
    assert RightsRequest.objects.count() == 1


def test_the_harmless_number_asks_nothing(story: Story) -> None:
    device = Device().write(story.given.harmless)
    device.send(ticket=device.hidden("ticket"), show="asked", right="erasure")

    assert device.last.status_code == 422
    assert not RightsRequest.objects.exists()


def test_a_late_answer_is_called_late(story: Story) -> None:
    own.ask(by=entered(story.given.opens).person, right="access")
    with time_machine.travel(clock.now() + timedelta(days=6)):
        text = Device("en").write(story.given.opens).show("rights").text()

    assert "It should have answered by" in text


def test_nobody_asks_in_her_place_here(story: Story, cast: Cast) -> None:
    for by in (story.ana, members.actor_of(cast.dora)):
        with pytest.raises(NotAllowed):
            own.ask(by=by, right="access")
        with pytest.raises(NotAllowed):
            own.asked(by=by)
    person = entered(story.given.opens).person
    own.end_code(by=story.ana, case_id=story.case.id)
    with pytest.raises(NotFound):
        own.ask(by=person, right="access")


def test_the_promise_and_whom_to_ask_are_those_of_the_node(story: Story) -> None:
    with override_settings(
        AYNI_RIGHTS_DAYS=3, AYNI_DATA_PROTECTION_CONTACT="Invented street 1, 9-12"
    ):
        device = Device("en").write(story.given.opens).show("rights")
        assert "Invented street 1, 9-12" in device.text()
        assert "within 3 days" in device.show("ask").text()
        own.ask(by=entered(story.given.opens).person, right="access")

    row = RightsRequest.objects.get()
    assert row.due_at == clock.hour_up(row.asked_at + timedelta(days=3))


def test_the_form_names_nothing_that_tells_what_happened(story: Story) -> None:
    text = Device("es").write(story.given.opens).show("rights").show("ask").text()

    assert 'value="birth"' in text
    for name in ("tracks", "exploitation", "narrative", "risk", "situation"):
        assert f'value="{name}"' not in text
    assert "trata" not in text
