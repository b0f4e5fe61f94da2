"""A withdrawn consent reaches whoever received data under it, and what they did is measured."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ayni.audit.api import Actor, job
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Referral, Request
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cast import Cast, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import (
    FIELDS,
    a_consented_case,
    a_draft,
    a_sent_referral,
    shared_with,
)
from tests.cooperation.test_first_readings import ARRIVED
from tests.exchange.peer import CONSULATE, Peer

Half = cooperation.Half
HOUR = timedelta(hours=1)


def says(bolivia: Peer, about: Any, sequence: int, kind: str, **payload: Any) -> str:
    """What Bolivia's node tells in a conversation, and what became of it."""
    raw = bolivia.seal(payload, sequence=sequence, kind=kind, conversation=about.conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    return str(reply.receipt["body"]["state"])


def told_to(bolivia: Peer) -> list[dict[str, Any]]:
    """What Bolivia read since the referral."""
    exchange.drain(peer="bo")
    return bolivia.read[1:]


def browser(user: Any) -> Client:
    """Signed in, in Spanish."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, user)
    client.post(reverse("set_language"), {"language": "es"})
    return client


def withdraw(ana: Actor, sent: Any) -> None:
    """She no longer agrees."""
    cooperation.withdraw_consent(by=ana, consent_id=sent.consent_id, case_id=sent.case_id)


def of_case(by: Actor, sent: Any) -> list[ConsentEffect]:
    """What the receivers did."""
    return cooperation.effects_of_case(by=by, case_id=sent.case_id)


def test_whoever_took_it_on_says_why_it_is_kept_and_later_that_it_is_destroyed(
    ana: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    withdraw(ana, sent)
    withdraw(ana, sent)
    (told,) = told_to(bolivia)
    (effect,) = of_case(ana, sent)
    assert set(told) == {"id", "at"}, "no word about her leaves"
    assert (effect.effect, effect.effect_at) == ("", None)

    with time_machine.travel(clock.now() + 3 * HOUR):
        at = clock.isoformat(clock.now())
        kept = {"id": told["id"], "at": at, "effect": "kept", "reason": "proceedings"}
        assert says(bolivia, sent, 4, "consent.effect", **kept) == "applied"
    (effect,) = of_case(ana, sent)
    assert (effect.effect, effect.reason) == ("kept", "proceedings")
    assert effect.effect_at is not None
    assert timedelta(hours=2.9) < effect.effect_at - effect.ended_at < timedelta(hours=3.1)

    with time_machine.travel(clock.now() + 9 * HOUR):
        at = clock.isoformat(clock.now())
        gone = {"id": told["id"], "at": at, "effect": "destroyed", "reason": ""}
        assert says(bolivia, sent, 5, "consent.effect", **gone) == "applied"
        assert says(bolivia, sent, 6, "consent.effect", **kept) == "applied"
    first_at = effect.effect_at
    (effect,) = of_case(ana, sent)
    assert (effect.effect, effect.reason) == ("destroyed", ""), "what is gone does not come back"
    assert (effect.first_effect, effect.first_reason) == ("kept", "proceedings")
    assert effect.first_at == first_at, "when it first answered stays as it was"
    assert effect.effect_at is not None
    assert timedelta(hours=8.9) < effect.effect_at - effect.ended_at < timedelta(hours=9.1)
    assert Referral.objects.get(id=sent.id).state == "accepted", "the other side goes on by its law"


def test_what_nobody_took_on_is_called_back(ana: Actor, bolivia: Peer) -> None:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    exchange.drain(peer="bo")
    withdraw(ana, sent)
    move, told = told_to(bolivia)

    assert (move["move"], move["reason"]) == ("withdraw", "consent_withdrawn")
    assert set(told) == {"id", "at"}
    assert Referral.objects.get(id=sent.id).state == "withdrawn"


def test_what_had_not_left_does_not_leave_and_nobody_is_told(ana: Actor, bolivia: Peer) -> None:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    sent = cooperation.send_referral(by=ana, referral_id=draft.id)
    withdraw(ana, sent)
    exchange.drain(peer="bo")

    assert bolivia.read == []
    assert of_case(ana, sent) == []
    assert Referral.objects.get(id=sent.id).state == "withdrawn"


def test_a_feared_state_is_told_nothing(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    cooperation.protect(by=ana, case_id=sent.case_id, states=["bo"])
    withdraw(ana, sent)

    assert told_to(bolivia) == []
    assert of_case(ana, sent) == []


def _received(bolivia: Peer) -> Referral:
    """A referral of Bolivia's in our inbox."""
    raw = bolivia.seal(ARRIVED, kind="referral.send", conversation="c" * 32)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    assert reply.receipt["body"]["state"] == "applied"
    return Referral.objects.get(conversation="c" * 32)


def _bolivias_person_withdraws(bolivia: Peer, about: Referral, sequence: int = 2) -> dict[str, str]:
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now())}
    assert says(bolivia, about, sequence, "consent.withdrawn", **told) == "applied"
    return told


def test_what_we_received_and_did_not_take_on_is_destroyed_at_once(
    ana: Actor, bolivia: Peer
) -> None:
    row = _received(bolivia)
    before = row.subject
    _bolivias_person_withdraws(bolivia, row)
    row.refresh_from_db()

    assert row.content is None
    with pytest.raises(vault.Erased):
        vault.sealer(before)
    assert cooperation.open_referral(by=ana, referral_id=row.id).row.id == row.id
    exchange.drain(peer="bo")
    (told,) = [read for read in bolivia.read if "effect" in read]
    assert (told["id"], told["effect"], told["reason"]) == ("ab" * 16, "destroyed", "")
    assert cooperation.effects_waiting(by=ana) == []


def test_told_twice_it_is_answered_once(ana: Actor, bolivia: Peer) -> None:
    row = _received(bolivia)
    _bolivias_person_withdraws(bolivia, row)
    _bolivias_person_withdraws(bolivia, row, sequence=3)
    exchange.drain(peer="bo")

    assert len([told for told in bolivia.read if "effect" in told]) == 1


def test_what_we_sent_ourselves_nobody_else_can_have_withdrawn(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now())}

    assert says(bolivia, sent, 4, "consent.withdrawn", **told) == "set_aside"


def test_an_effect_that_nobody_asked_about_is_set_aside(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now())}
    answer = says(bolivia, sent, 4, "consent.effect", **told, effect="destroyed", reason="")

    assert answer == "set_aside"


@pytest.mark.parametrize(
    ("effect", "reason"),
    [("kept", ""), ("destroyed", "law_keeps"), ("lost", "law_keeps"), ("kept", "because")],
)
def test_an_effect_without_its_reason_or_with_one_too_many_is_refused(
    ana: Actor, bolivia: Peer, effect: str, reason: str
) -> None:
    sent = shared_with(ana, bolivia, "host")
    withdraw(ana, sent)
    (told,) = told_to(bolivia)
    payload = {"id": told["id"], "at": told["at"], "effect": effect, "reason": reason}
    raw = bolivia.seal(payload, sequence=4, kind="consent.effect", conversation=sent.conversation)
    exchange.receive(raw=raw, signed_by="bo")

    assert of_case(ana, sent)[0].effect == ""


@pytest.mark.django_db
class TestInsideOneState:
    """The programme and a shelter of the same node."""

    def accepted(self, ana: Actor, sol: Actor) -> tuple[Referral, Referral]:
        """The referral as the programme and as the shelter has it."""
        sent = a_sent_referral(ana)
        with on_behalf(sol):
            theirs = cooperation.incoming(by=sol)[0].id
            cooperation.mark_read(by=sol, referral_id=theirs)
            cooperation.search_earlier(by=sol, referral_id=theirs)
            return sent, cooperation.accept_referral(by=sol, referral_id=theirs)

    def test_the_shelter_says_why_it_keeps_her_data(
        self, ana: Actor, sol: Actor, cast: Cast
    ) -> None:
        sent, theirs = self.accepted(ana, sol)
        withdraw(ana, sent)
        with on_behalf(sol):
            (waiting,) = cooperation.effects_waiting(by=sol)
            assert waiting.case_id == theirs.case_id
            for wrong in ("destroyed",):
                with pytest.raises(WrongState):
                    cooperation.confirm_effect(
                        by=sol, effect_id=waiting.id, effect=wrong, reason="law_keeps"
                    )
            with pytest.raises(ValueError, match="because"):
                cooperation.confirm_effect(
                    by=sol, effect_id=waiting.id, effect="kept", reason="because"
                )
            cooperation.confirm_effect(
                by=sol, effect_id=waiting.id, effect="kept", reason="own_consent"
            )
            with pytest.raises(WrongState):
                cooperation.confirm_effect(
                    by=sol, effect_id=waiting.id, effect="partly", reason="law_keeps"
                )
            assert cooperation.effects_waiting(by=sol) == []

        (effect,) = of_case(ana, sent)
        assert (effect.effect, effect.reason) == ("kept", "own_consent")
        with pytest.raises(NotFound):
            cooperation.open_effect(by=ana, effect_id=waiting.id)

    def test_when_the_shelters_case_is_erased_it_says_so_by_itself(
        self, ana: Actor, sol: Actor, cast: Cast
    ) -> None:
        sent, theirs = self.accepted(ana, sol)
        withdraw(ana, sent)
        by = job("tests", sol.institution)
        with on_behalf(sol):
            assert cooperation.destroyed_meanwhile(by=by) == 0
            assert theirs.case is not None
            vault.erase_subject(theirs.case.subject)
            assert cooperation.destroyed_meanwhile(by=by) == 1
            assert cooperation.destroyed_meanwhile(by=by) == 0

        assert of_case(ana, sent)[0].effect == "destroyed"

    def test_what_the_shelter_had_not_taken_on_is_destroyed_there(
        self, ana: Actor, sol: Actor
    ) -> None:
        sent = a_sent_referral(ana)
        withdraw(ana, sent)

        assert of_case(ana, sent)[0].effect == "destroyed"
        with on_behalf(sol):
            (row,) = Referral.objects.filter(institution_id=sol.institution, direction="in")
            assert (row.state, row.content) == ("withdrawn", None)

    def test_a_request_under_the_consent_is_told_too(self, ana: Actor, sol: Actor) -> None:
        sent, _theirs = self.accepted(ana, sol)
        assert sent.case is not None
        cooperation.send_request(
            by=ana, case_id=sent.case.id, recipient_state="ar", recipient_institution="ar-shelter",
            fields=["birth"],
        )  # fmt: skip
        withdraw(ana, sent)

        about = {effect.about for effect in of_case(ana, sent)}
        assert about == {sent.id, Request.objects.get(direction="out").id}

    def test_half_of_ten_or_none_is_told(self, ana: Actor, sol: Actor) -> None:
        sent = a_sent_referral(ana)
        withdraw(ana, sent)
        assert cooperation.half_took_effect_within(by=ana, now=clock.now()) is None

        made = ConsentEffect.objects.get(institution_id=ana.institution, direction="out")
        for number in range(1, 10):
            ConsentEffect.objects.create(
                institution_id=ana.institution, direction="out", about=sent.id,
                consent_id=vault.new_subject(), shared_id=f"{number:032x}",
                counterpart_state="bo", counterpart_institution=CONSULATE,
                ended_at=made.ended_at, effect="destroyed", first_effect="destroyed",
                effect_at=made.ended_at + number * HOUR, first_at=made.ended_at + number * HOUR,
            )  # fmt: skip
        assert cooperation.half_took_effect_within(by=ana, now=clock.now()) == Half(5 * HOUR)
        year = clock.now() + timedelta(days=366)
        assert cooperation.half_took_effect_within(by=ana, now=year) is None

    def _receivers(self, ana: Actor, answered: int, **others: Any) -> None:
        """So many receivers that destroyed it after an hour, and as many of the others."""
        gone = {"effect": "destroyed", "first_effect": "destroyed"}
        sent, ended = a_sent_referral(ana), clock.now() - timedelta(days=30)
        done = {**gone, "effect_at": ended + HOUR, "first_at": ended + HOUR}
        for number in range(2 * answered):
            ConsentEffect.objects.create(
                institution_id=ana.institution, direction="out", about=sent.id,
                consent_id=vault.new_subject(), shared_id=f"{number:032x}",
                counterpart_state="bo", counterpart_institution=CONSULATE, ended_at=ended,
                **(done if number < answered else others),
            )  # fmt: skip

    def test_receivers_that_are_late_count_as_slower_than_all_others(self, ana: Actor) -> None:
        self._receivers(ana, 10, due_at=clock.now() - HOUR)
        assert cooperation.half_took_effect_within(by=ana, now=clock.now()) == Half(None)
        before = clock.now() - 2 * HOUR
        assert cooperation.half_took_effect_within(by=ana, now=before) == Half(HOUR), "in time"

    def test_what_was_kept_first_and_destroyed_later_is_told_and_measured_twice(
        self, ana: Actor
    ) -> None:
        ended = clock.now() - timedelta(days=30)
        kept = {"first_effect": "kept", "first_reason": "law_keeps", "first_at": ended + 3 * HOUR}
        later = {"effect": "destroyed", "effect_at": ended + timedelta(days=20)}
        self._receivers(ana, 10, **kept, **later)
        first = cooperation.half_took_effect_within(by=ana, now=clock.now())
        destroyed = cooperation.half_destroyed_within(by=ana, now=clock.now())
        assert first is not None
        assert destroyed is not None
        assert first.within is not None
        assert destroyed.within is not None
        assert timedelta(hours=2.9) < first.within < timedelta(hours=3.1)
        assert timedelta(days=19.9) < destroyed.within < timedelta(days=20.1)
        row = ConsentEffect.objects.filter(first_effect="kept").first()
        assert row is not None
        with translation.override("en"):
            told = cooperation.effect_told(row)
        assert "Still kept: A law obliges us to keep or to use them. " in told
        assert "Later: Destroyed: nobody can read them any more. " in told

    def test_what_is_kept_is_not_destroyed_in_any_time(self, ana: Actor) -> None:
        now = clock.now()
        kept = {"effect": "kept", "reason": "law_keeps", "effect_at": now}
        first = {"first_effect": "kept", "first_reason": "law_keeps", "first_at": now}
        self._receivers(ana, 10, **kept, **first)
        assert cooperation.half_destroyed_within(by=ana, now=clock.now()) == Half(None)

    def test_the_database_keeps_the_first_word_with_the_last(self, ana: Actor) -> None:
        self._receivers(ana, 1, due_at=clock.now())
        rows = ConsentEffect.objects.filter(effect="destroyed")
        for wrong in ({"first_effect": ""}, {"first_at": None}, {"first_at": clock.now()}):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**wrong)

    def test_who_may_not_answer_for_data_reads_nothing(
        self, ana: Actor, sol: Actor, cast: Cast
    ) -> None:
        sent = a_sent_referral(ana)
        withdraw(ana, sent)
        nadia = members.actor_of(cast.nadia)
        for ask in (
            lambda: cooperation.effects_waiting(by=nadia),
            lambda: cooperation.effects_of_case(by=nadia, case_id=sent.case_id),
            lambda: cooperation.half_took_effect_within(by=nadia, now=clock.now()),
        ):
            with pytest.raises(NotAllowed):
                ask()
        with on_behalf(sol):
            for verb in (
                lambda: cooperation.effects_of_case(by=sol, case_id=sent.case_id),
                lambda: cooperation.withdraw_consent(by=sol, consent_id=sent.consent_id),
            ):
                with pytest.raises(NotFound):
                    verb()

    def test_the_pages(self, ana: Actor, sol: Actor, cast: Cast) -> None:
        sent, _theirs = self.accepted(ana, sol)
        withdraw(ana, sent)
        client = browser(cast.sol)
        waiting = ConsentEffect.objects
        with on_behalf(sol):
            ident = waiting.get(institution_id=sol.institution, direction="in").id
        page = reverse("cooperation:effect", args=[ident])
        assert page in client.get(reverse("cooperation:rights")).content.decode()
        assert client.get(page).status_code == 200
        answer = client.post(page, {"effect": "kept", "reason": "law_keeps"}, follow=True)
        assert "Una ley obliga a guardarlos o a usarlos" in answer.content.decode()
        assert client.post(page, {"effect": "destroyed", "reason": "others"}).status_code == 422

        client = browser(cast.ana)
        shown = client.get(reverse("cooperation:rights-of-case", args=[sent.case_id]))
        text = shown.content.decode()
        assert "Se conservan todavía: Una ley obliga a guardarlos o a usarlos" in text
        assert "después del retiro" in text


def test_fields_of_the_story_are_data_of_a_person() -> None:
    assert set(cases.DISCLOSABLE) >= FIELDS
