"""A state without a node is written to by hand, under the same rules."""

from __future__ import annotations

from datetime import date

import pytest

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Transfer
from ayni.exchange import api as exchange
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
    assert cooperation.print_again(by=ana, referral_id=draft.id) == pdf
    assert Transfer.objects.get(about=draft.id).channel == "letter"
    recorded = cooperation.record_letter(
        by=ana, referral_id=draft.id, handed_over_on=date(2026, 11, 24), answered_on=None
    )
    assert (recorded.id, recorded.answered_on) == (letter.id, None)


def test_a_letter_needs_the_consent_too(ana: Actor) -> None:
    draft = _draft(ana)
    cases.withdraw_consent(by=ana, consent_id=draft.consent_id)

    with pytest.raises(cases.ConsentMissing):
        cooperation.send_letter(
            by=ana, referral_id=draft.id, addressee="Invented consulate", language="es"
        )
