"""What the secretariat's node is sent, exactly (promise 2), and what it never is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange import envelope
from ayni.exchange.models import OutgoingMessage
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import assemble
from tests.cooperation.stories import a_consented_case, a_draft, sent_by_two, the_protection_ends
from tests.exchange import rests
from tests.exchange.peer import CONSULATE, Peer

Platform = tuple[Peer, Peer]


@pytest.fixture
def ana(platform: Platform) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def _sent(ana: Actor, **known: Any) -> cooperation.Referral:
    case = a_consented_case(ana, state="bo", institution=CONSULATE, **known)
    return sent_by_two(
        ana, a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    )


def _tells(
    bolivia: Peer, row: Any, sequence: int, move: str, kind: str = "referral.state", **detail: Any
) -> None:
    payload = {"move": move, "at": clock.isoformat(clock.now()), **detail}
    raw = bolivia.seal(payload, sequence=sequence, kind=kind, conversation=row.conversation)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None


def test_the_secretariat_learns_two_states_a_kind_and_two_full_hours(
    ana: Actor, platform: Platform
) -> None:
    bolivia, secretariat = platform
    sent = _sent(ana)
    exchange.drain(peer="bo")
    for sequence, move in enumerate(["arrive", "read", "accept"], 1):
        _tells(bolivia, sent, sequence, move)
    exchange.drain(peer="secretariat")

    opened, closed = secretariat.read
    assert set(opened) == {"id", "owing", "owed", "kind", "due", "done"}
    assert (opened["owing"], opened["owed"], opened["kind"]) == ("bo", "ar", "referral")
    assert opened["done"] == ""
    assert {**opened, "done": closed["done"]} == closed
    for moment in (opened["due"], closed["done"]):
        assert re.fullmatch(r"20..-..-..T..:00:00Z", moment)


def test_the_envelope_names_the_focal_point_and_not_who_acts(
    ana: Actor, platform: Platform
) -> None:
    _sent(ana)
    exchange.drain(peer="secretariat")

    header = envelope.parse(platform[1].raw[0]).header
    assert header.sender_institution == "ar-focal-point"
    assert (header.due, header.valid_until, header.size) == (None, None, 4096)


def test_the_id_of_a_clock_stands_nowhere_else_on_this_node(ana: Actor, platform: Platform) -> None:
    sent = _sent(ana)
    exchange.drain(peer="secretariat")
    told = platform[1].read[0]["id"]

    found = set()
    for model in apps.get_models():
        if not model.__module__.startswith("ayni."):
            continue
        for row in model._default_manager.all():
            for field in model._meta.concrete_fields:
                if told in str(getattr(row, field.attname)).replace("-", ""):
                    found.add(f"{model._meta.label}.{field.name}")
    # The clock itself, and the conversation with the secretariat that carries it.
    assert found == {
        "cooperation.Clock.told_as", "exchange.Conversation.id",
        "exchange.OutgoingMessage.conversation", "exchange.OutgoingMessage.envelope",
    }  # fmt: skip
    assert told not in (sent.id.hex, sent.conversation, sent.clock_id.hex)  # type: ignore[union-attr]


def test_a_case_under_protection_sends_no_clock_at_all(ana: Actor, platform: Platform) -> None:
    sent = _sent(ana, feared_states=("pe",))
    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="safety")
    exchange.drain(peer="secretariat")

    assert platform[1].read == []
    assert not OutgoingMessage.objects.filter(kind="clock").exists()


@pytest.mark.parametrize("states", [["pe"], ["bo"]])
def test_protection_recalls_the_clock_that_is_queued(
    ana: Actor, platform: Platform, states: list[str]
) -> None:
    sent = _sent(ana)
    cooperation.protect(by=ana, case_id=sent.case_id, states=states)
    exchange.drain(peer="secretariat")

    assert platform[1].read == []
    assert OutgoingMessage.objects.get(kind="clock").reason == "protected"


def test_protection_taken_back_does_not_tell_what_was_withheld(
    ana: Actor, platform: Platform
) -> None:
    sent = _sent(ana)
    exchange.drain(peer="bo")  # what has not left would be recalled, and there is nothing to stop
    cooperation.protect(by=ana, case_id=sent.case_id, states=["pe"])
    assert sent.case is not None
    luis = members.User.objects.get(display_name__startswith="Luis")
    the_protection_ends(ana, members.actor_of(luis), sent.case, ["pe"])
    cooperation.withdraw_referral(by=ana, referral_id=sent.id, reason="mistake")
    exchange.drain(peer="secretariat")

    assert platform[1].read == []


def test_a_consent_withdrawn_before_it_left_stops_the_clock_there_too(
    ana: Actor, platform: Platform
) -> None:
    sent = _sent(ana)
    exchange.drain(peer="secretariat")
    cases.withdraw_consent(by=ana, consent_id=sent.consent_id)
    exchange.drain(peer="bo")
    exchange.drain(peer="secretariat")

    assert [bool(told["done"]) for told in platform[1].read] == [False, True]


def test_with_the_secretariat_down_a_referral_goes_its_way_and_the_clocks_wait(
    ana: Actor, platform: Platform
) -> None:
    bolivia, secretariat = platform
    secretariat.answers = False
    sent = _sent(ana)
    exchange.drain(peer="secretariat")

    assert exchange.drain(peer="bo") == 1
    for sequence, move in enumerate(["arrive", "read", "accept"], 1):
        _tells(bolivia, sent, sequence, move)
    assert cooperation.Referral.objects.get(id=sent.id).state == "accepted"

    secretariat.answers = True
    rests.are_over()
    exchange.drain(peer="secretariat")
    assert [bool(told["done"]) for told in secretariat.read] == [False, True]


def test_a_whole_journey_with_the_secretariat_stopped(ana: Actor, platform: Platform) -> None:
    bolivia, secretariat = platform
    secretariat.stop()
    sent = _sent(ana)
    exchange.drain(peer="secretariat")
    exchange.drain(peer="bo")
    for sequence, move in enumerate(["arrive", "read", "accept", "first_action"], 1):
        told = {"action": "contacted"} if move == "first_action" else {}
        _tells(bolivia, sent, sequence, move, **told)
    asked = cooperation.send_request(
        by=ana, case_id=sent.case_id, recipient_state="bo", recipient_institution=CONSULATE
    )
    exchange.drain(peer="secretariat")
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["step"] == "2.3"
    for sequence, (move, told) in enumerate(
        [("arrive", {}), ("accept", {}), ("outcome", {"outcome": "answered"})], 1
    ):
        _tells(bolivia, asked, sequence, move, kind="request.state", **told)
    _tells(bolivia, sent, 5, "outcome", outcome="assisted")
    cooperation.feedback(by=ana, referral_id=sent.id, timeliness="good", effort="good")
    exchange.drain(peer="bo")
    _tells(bolivia, sent, 6, "close")

    assert cooperation.Referral.objects.get(id=sent.id).state == "done"
    assert cooperation.Request.objects.get(id=asked.id).state == "outcome"
    assert secretariat.read == []
    ids = [sent.clock_id, asked.clock_id]
    assert not cooperation.Clock.objects.filter(id__in=ids, done_at=None).exists()
