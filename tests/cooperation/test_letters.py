"""A state without a node is written to by hand, under the same rules."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.letters import content_of
from ayni.cooperation.models import Referral, Transfer
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.lib.errors import WrongState
from tests.cooperation.stories import a_consented_case, a_draft

CONSULATE = {"recipient_state": "uy", "recipient_institution": "uy-consulate-ar"}


def _draft(ana: Actor) -> cooperation.Referral:
    case = a_consented_case(ana, state="uy", institution="uy-consulate-ar")
    return a_draft(ana, case, **CONSULATE)


def test_without_a_node_only_a_letter_goes(ana: Actor) -> None:
    draft = _draft(ana)

    assert cooperation.preview_referral(by=ana, referral_id=draft.id).letter
    with pytest.raises(exchange.NoNode):
        cooperation.send_referral(by=ana, referral_id=draft.id)


@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_a_letter_is_a_tagged_pdf_and_stands_in_the_register(ana: Actor, language: str) -> None:
    draft = _draft(ana)

    letter, pdf = cooperation.send_letter(
        by=ana, referral_id=draft.id, addressee="Invented consulate", language=language
    )

    assert pdf.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in pdf
    again = cooperation.print_again(by=ana, referral_id=draft.id)
    assert again != pdf, "each copy has a mark of its own"
    assert Transfer.objects.get(about=draft.id).channel == "letter"
    recorded = cooperation.record_letter(
        by=ana, referral_id=draft.id, move=cooperation.Move.ARRIVE, on=_today(letter)
    )
    assert (recorded.id, recorded.answered_on) == (letter.id, None)


def test_each_copy_bears_the_mark_that_its_entry_names_and_until_when_it_may_be_used(
    ana: Actor,
) -> None:
    draft = _draft(ana)
    letter, _pdf = cooperation.send_letter(
        by=ana, referral_id=draft.id, addressee="Invented consulate", language="en"
    )
    cooperation.print_again(by=ana, referral_id=draft.id)

    printed = [e for e in audit.entries_about(draft.id) if "mark" in e.detail]
    marks = [entry.detail["mark"] for entry in printed]
    assert [entry.verb for entry in printed] == [
        "cooperation.print_again",
        "cooperation.send_letter",
    ]
    assert len(set(marks)) == 2
    until = clock.now() + timedelta(days=9)
    footer = content_of(letter, {}, mark=marks[0], until=until)["footer"]
    assert marks[0] in footer
    assert "Invented consulate" in footer
    assert until.date().isoformat() in footer


def test_after_the_consent_is_withdrawn_no_further_copy_is_printed(ana: Actor) -> None:
    sent, _day = _sent(ana)
    assert sent.consent_id is not None
    cases.withdraw_consent(by=ana, consent_id=sent.consent_id)

    with pytest.raises(cases.ConsentMissing):
        cooperation.print_again(by=ana, referral_id=sent.id)


def _today(letter: cooperation.Letter) -> date:
    return letter.printed_at.astimezone(ZoneInfo("America/Argentina/Buenos_Aires")).date()


def _sent(ana: Actor) -> tuple[cooperation.Referral, date]:
    draft = _draft(ana)
    letter, _pdf = cooperation.send_letter(
        by=ana, referral_id=draft.id, addressee="Invented consulate", language="es"
    )
    return Referral.objects.get(id=draft.id), _today(letter)


def test_what_they_answer_is_recorded_by_hand_until_the_referral_is_over(ana: Actor) -> None:
    sent, day = _sent(ana)
    with time_machine.travel(clock.now() + timedelta(days=3)):
        later = day + timedelta(days=2)
        for move, told in (
            (cooperation.Move.ACCEPT, {}),
            (cooperation.Move.FIRST_ACTION, {"action": "met"}),
            (cooperation.Move.OUTCOME, {"outcome": "assisted"}),
        ):
            cooperation.record_letter(by=ana, referral_id=sent.id, move=move, on=later, **told)
        cooperation.feedback(by=ana, referral_id=sent.id, timeliness="good", effort="good")

    row = Referral.objects.get(id=sent.id)
    assert (row.state, row.settled_at is None) == ("done", False)
    letter = cooperation.open_referral(by=ana, referral_id=sent.id).letter
    assert letter is not None
    assert (letter.handed_over_on, letter.answered_on) == (later, later)
    assert OutgoingMessage.objects.count() == 0
    assert cooperation.outgoing(by=ana) == []


def test_a_letter_that_was_declined_is_over_and_can_be_sent_to_another(ana: Actor) -> None:
    sent, day = _sent(ana)

    cooperation.record_letter(
        by=ana, referral_id=sent.id, move=cooperation.Move.DECLINE, on=day, reason="no_capacity"
    )

    assert Referral.objects.get(id=sent.id).state == "declined"
    with pytest.raises(WrongState):
        cooperation.record_letter(by=ana, referral_id=sent.id, move=cooperation.Move.ACCEPT, on=day)
    with pytest.raises(ValueError, match="because"):
        cooperation.record_letter(
            by=ana, referral_id=sent.id, move=cooperation.Move.DECLINE, on=day, reason="because"
        )


def test_a_letter_is_withdrawn_without_a_message(ana: Actor) -> None:
    sent, _day = _sent(ana)

    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="mistake")

    assert Referral.objects.get(id=sent.id).state == "withdrawn"


@pytest.mark.parametrize("days", [-1, 2])
def test_a_day_on_which_it_cannot_have_been_is_refused(ana: Actor, days: int) -> None:
    sent, day = _sent(ana)

    with pytest.raises(cooperation.ImpossibleDay):
        cooperation.record_letter(
            by=ana,
            referral_id=sent.id,
            move=cooperation.Move.ARRIVE,
            on=day + timedelta(days=days),
        )
    assert Referral.objects.get(id=sent.id).state == "sent"


def test_a_letter_needs_the_consent_too(ana: Actor) -> None:
    draft = _draft(ana)
    cases.withdraw_consent(by=ana, consent_id=draft.consent_id)

    with pytest.raises(cases.ConsentMissing):
        cooperation.send_letter(
            by=ana, referral_id=draft.id, addressee="Invented consulate", language="es"
        )
