"""A printed letter goes where a message does not: no node, a silent node, one that refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Letter
from ayni.exchange.models import PeerState
from ayni.members import api as members
from tests.cast import assemble
from tests.cooperation.stories import a_consented_case, a_draft
from tests.exchange.peer import CONSULATE, Peer


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def _draft(ana: Actor) -> cooperation.Referral:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    return a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)


def _writes(ana: Actor, draft: cooperation.Referral) -> None:
    cooperation.send_letter(
        by=ana, referral_id=draft.id, addressee="Invented consulate", language="es"
    )


def test_who_has_a_node_is_not_written_to_by_letter(ana: Actor) -> None:
    draft = _draft(ana)

    with pytest.raises(cooperation.HasNode):
        _writes(ana, draft)

    assert Letter.objects.filter(referral=draft).count() == 0
    seen = cooperation.preview_referral(by=ana, referral_id=draft.id)
    assert (seen.letter, seen.or_letter) == (False, False)


def test_while_their_node_does_not_answer_a_letter_may_go(ana: Actor) -> None:
    draft = _draft(ana)
    PeerState.objects.update_or_create(node="bo", defaults={"failures": 3})

    seen = cooperation.preview_referral(by=ana, referral_id=draft.id)
    assert (seen.letter, seen.or_letter) == (False, True)
    _writes(ana, draft)

    assert Letter.objects.filter(referral=draft).count() == 1
