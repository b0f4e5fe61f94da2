"""A person asks about her own data once; everybody who holds them is asked, and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import RightsCopy, RightsRequest
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from tests.cases.stories import a_case, a_consent
from tests.cast import Cast, an_officer, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import (
    FIELDS,
    a_consented_case,
    a_draft,
    a_sent_referral,
    shared_with,
)
from tests.exchange.peer import CONSULATE, Peer

DAY = timedelta(days=1)


def _says(bolivia: Peer, about: Any, sequence: int, kind: str, **payload: Any) -> str:
    """What Bolivia's node tells in the conversation of a referral, and what became of it."""
    raw = bolivia.seal(payload, sequence=sequence, kind=kind, conversation=about.conversation)
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None, reply.refusal
    return str(reply.receipt["body"]["state"])


def _asked(bolivia: Peer) -> list[dict[str, Any]]:
    return [payload for payload in bolivia.read if "right" in payload]


def test_asked_once_every_holder_is_asked_and_answers_by_its_own_clock(
    ana: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    row = cooperation.ask_right(
        by=ana, case_id=sent.case.id, right="correction", fields=["birth"], asked="Invented words."
    )
    exchange.drain(peer="bo")

    (told,) = _asked(bolivia)
    assert {k: told[k] for k in ("right", "fields")} == {"right": "correction", "fields": ["birth"]}
    assert set(told) == {"id", "at", "right", "fields"}, "no word of hers leaves"
    theirs = clock.hour_up(clock.now() + 9 * DAY)
    _says(bolivia, sent, 4, "right.due", id=told["id"], due=clock.isoformat(theirs), onward=2)
    copy = RightsCopy.objects.get(request=row)
    assert (copy.due_at, copy.onward, copy.answered_at) == (theirs, 2, None)
    assert row.due_at == clock.hour_up(row.asked_at + 5 * DAY)

    answer = {"id": told["id"], "at": clock.isoformat(clock.now())}
    _says(bolivia, sent, 5, "right.answer", **answer, decision="partly", reason="proceedings")
    _says(bolivia, sent, 6, "right.answer", **answer, decision="granted", reason="done")
    copy.refresh_from_db()
    assert (copy.decision, copy.reason) == ("partly", "proceedings"), "the first answer counts"
    assert RightsRequest.objects.get(id=row.id).answered_at is None, "ours is still owed"


def test_another_node_asks_and_is_answered(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    shared = "ab" * 16
    told = {"id": shared, "at": clock.isoformat(clock.now()), "right": "erasure", "fields": []}
    for sequence in (4, 5):  # once more changes nothing
        assert _says(bolivia, sent, sequence, "right.ask", **told) == "applied"

    row = RightsRequest.objects.get(shared_id=shared)
    assert (row.case_id, row.direction, row.right) == (sent.case_id, "in", "erasure")
    assert [r.id for r in cooperation.rights_waiting(by=ana)] == [row.id]
    cooperation.answer_right(
        by=ana, request_id=row.id, decision="refused", reason="law_keeps", answer="Invented words."
    )
    exchange.drain(peer="bo")

    due, answer = bolivia.read[-2:]
    assert due == {"id": shared, "due": clock.isoformat(row.due_at), "onward": 0}
    assert {k: v for k, v in answer.items() if k != "at"} == {
        "id": shared, "decision": "refused", "reason": "law_keeps",
    }  # fmt: skip
    assert cooperation.rights_waiting(by=ana) == []


def test_what_was_passed_on_is_passed_on_again_but_not_back(
    ana: Actor, sol: Actor, bolivia: Peer
) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    to_the_shelter(ana, sent.case)
    told = {"id": "cd" * 16, "at": clock.isoformat(clock.now()), "right": "access", "fields": []}
    _says(bolivia, sent, 4, "right.ask", **told)
    exchange.drain(peer="bo")

    assert bolivia.read[-1]["onward"] == 1
    assert _asked(bolivia) == []
    with on_behalf(sol):
        (theirs,) = cooperation.rights_waiting(by=sol)
        assert theirs.right == "access"


def to_the_shelter(ana: Actor, case: Any) -> None:
    """The shelter here has a referral of this case."""
    a_consent(ana, case, recipient_state="ar", recipient_institution="ar-shelter", fields=FIELDS)
    cooperation.send_referral(by=ana, referral_id=a_draft(ana, case).id)


def test_an_answer_to_what_was_never_asked_is_set_aside(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    answer = {"id": "ef" * 16, "at": clock.isoformat(clock.now()), "decision": "granted"}

    assert _says(bolivia, sent, 4, "right.answer", **answer, reason="done") != "applied"


@pytest.mark.parametrize(
    "wrong",
    [{"right": "everything"}, {"fields": ["safe_word"]}, {"words": "Rosa"}, {"id": "x"}],
)
def test_a_message_of_another_form_is_refused(
    ana: Actor, bolivia: Peer, wrong: dict[str, Any]
) -> None:
    sent = shared_with(ana, bolivia, "host")
    told = {"id": "ab" * 16, "at": clock.isoformat(clock.now()), "right": "access", "fields": []}
    raw = bolivia.seal(
        {**told, **wrong}, sequence=4, kind="right.ask", conversation=sent.conversation
    )
    exchange.receive(raw=raw, signed_by="bo")

    assert not RightsRequest.objects.exists()


def test_a_feared_state_is_told_nothing(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    cooperation.protect(by=ana, case_id=sent.case.id, states=["bo"])
    row = cooperation.ask_right(by=ana, case_id=sent.case.id, right="access")
    exchange.drain(peer="bo")

    assert not RightsCopy.objects.filter(request=row).exists()
    assert _asked(bolivia) == []


def test_fear_told_before_it_left_stops_it(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    cooperation.ask_right(by=ana, case_id=sent.case.id, right="access")
    cooperation.protect(by=ana, case_id=sent.case.id, states=["bo"])
    exchange.drain(peer="bo")

    assert _asked(bolivia) == []


def test_who_never_received_anything_is_not_asked(ana: Actor, bolivia: Peer) -> None:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    row = cooperation.ask_right(by=ana, case_id=case.id, right="access")

    assert not RightsCopy.objects.filter(request=row).exists()


def test_a_withdrawn_consent_does_not_silence_her(ana: Actor, bolivia: Peer) -> None:
    sent = shared_with(ana, bolivia, "host")
    assert sent.case is not None
    assert sent.consent_id is not None
    cases.withdraw_consent(by=ana, consent_id=sent.consent_id)
    cooperation.ask_right(by=ana, case_id=sent.case.id, right="erasure")
    exchange.drain(peer="bo")

    assert [told["right"] for told in _asked(bolivia)] == ["erasure"]


def test_inside_one_node_the_other_institution_is_asked_and_answers(ana: Actor, sol: Actor) -> None:
    sent = a_sent_referral(ana)
    row = cooperation.ask_right(by=ana, case_id=sent.case_id, right="objection", asked="Hers.")
    copy = RightsCopy.objects.get(request=row)
    assert copy.due_at == row.due_at

    with on_behalf(sol):
        (theirs,) = cooperation.rights_waiting(by=sol)
        assert cooperation.open_right(by=sol, request_id=theirs.id).asked == ""
        cooperation.answer_right(
            by=sol, request_id=theirs.id, decision="granted", reason="not_kept"
        )
    (opened,) = cooperation.rights_of_case(by=ana, case_id=sent.case_id)
    assert opened.asked == "Hers."
    assert [(c.counterpart_institution, c.decision) for c in opened.copies] == [
        ("ar-shelter", "granted")
    ]


def test_the_same_is_not_asked_twice_while_it_waits(ana: Actor) -> None:
    case = a_case(ana)
    first = cooperation.ask_right(by=ana, case_id=case.id, right="access")
    cooperation.ask_right(by=ana, case_id=case.id, right="erasure")
    with pytest.raises(cooperation.RightAsked):
        cooperation.ask_right(by=ana, case_id=case.id, right="access")
    cooperation.answer_right(by=ana, request_id=first.id, decision="granted", reason="done")

    assert cooperation.ask_right(by=ana, case_id=case.id, right="access").id != first.id


def test_a_correction_says_of_what(ana: Actor) -> None:
    case = a_case(ana)
    with pytest.raises(cooperation.SayWhat):
        cooperation.ask_right(by=ana, case_id=case.id, right="correction", asked="  ")
    with pytest.raises(KeyError):
        cooperation.ask_right(by=ana, case_id=case.id, right="correction", fields=["safe_word"])
    with pytest.raises(ValueError, match="anything"):
        cooperation.ask_right(by=ana, case_id=case.id, right="anything")
    assert not RightsRequest.objects.exists()


def test_an_answer_is_final_and_a_no_says_why(ana: Actor) -> None:
    row = cooperation.ask_right(by=ana, case_id=a_case(ana).id, right="erasure")
    with pytest.raises(cooperation.SayWhy):
        cooperation.answer_right(
            by=ana, request_id=row.id, decision="refused", reason="law_keeps", answer=" "
        )
    cooperation.answer_right(
        by=ana, request_id=row.id, decision="refused", reason="law_keeps", answer="Invented."
    )
    with pytest.raises(WrongState):
        cooperation.answer_right(by=ana, request_id=row.id, decision="granted", reason="done")

    assert cooperation.open_right(by=ana, request_id=row.id).answer == "Invented."


def test_another_institution_or_role_sees_none_of_it(ana: Actor, cast: Cast) -> None:
    case = a_case(ana)
    row = cooperation.ask_right(by=ana, case_id=case.id, right="access")
    sol, nadia = members.actor_of(cast.sol), members.actor_of(cast.nadia)
    with on_behalf(sol):
        assert cooperation.rights_waiting(by=sol) == []
        for verb in (
            lambda: cooperation.open_right(by=sol, request_id=row.id),
            lambda: cooperation.rights_of_case(by=sol, case_id=case.id),
            lambda: cooperation.ask_right(by=sol, case_id=case.id, right="erasure"),
        ):
            with pytest.raises(NotFound):
                verb()
        assert not RightsRequest.objects.exists(), "the database hides the row"
    with pytest.raises(NotAllowed):
        cooperation.rights_waiting(by=nadia)


def test_her_words_and_the_answer_are_sealed(ana: Actor) -> None:
    case = a_case(ana)
    row = cooperation.ask_right(by=ana, case_id=case.id, right="access", asked="Invented words.")
    cooperation.answer_right(
        by=ana, request_id=row.id, decision="granted", reason="done", answer="Invented answer."
    )
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(r)::text from cooperation_rightsrequest r")
        kept = str(cursor.fetchall())

    assert "Invented" not in kept


def test_the_database_keeps_no_half_answer(ana: Actor) -> None:
    row = cooperation.ask_right(by=ana, case_id=a_case(ana).id, right="access")
    with pytest.raises(IntegrityError), transaction.atomic():
        RightsRequest.objects.filter(id=row.id).update(decision="granted")


def _browser(user: Any, language: str = "es") -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, user)
    client.post(reverse("set_language"), {"language": language})
    return client


def test_an_officer_asks_for_her_and_the_data_protection_officer_answers(
    ana: Actor, cast: Cast
) -> None:
    case = a_case(ana)
    new = reverse("cooperation:right-new", args=[case.id])
    assert (
        new
        in _browser(cast.ana)
        .get(reverse("cooperation:rights-of-case", args=[case.id]))
        .content.decode()
    )
    refused = _browser(cast.ana).post(new, {"right": "correction"})
    assert refused.status_code == 422
    told = {"right": "correction", "fields_wrong": ["birth"], "asked": "Invented words."}
    assert _browser(cast.ana).post(new, told).status_code == 302

    dora = _browser(cast.dora)
    for user in (cast.ana, cast.dora):
        home = _browser(user).get(reverse("desk:home")).content.decode()
        assert reverse("cooperation:right", args=[RightsRequest.objects.get().id]) in home
    listed = dora.get(reverse("cooperation:rights")).content.decode()
    row = RightsRequest.objects.get()
    address = reverse("cooperation:right", args=[row.id])
    assert address in listed
    assert case.reference in listed
    assert "Invented words." in dora.get(address).content.decode()
    no = {"decision": "refused", "reason": "right_as_is", "answer": ""}
    assert dora.post(address, no).status_code == 422
    assert dora.post(address, {**no, "answer": "Invented answer."}).status_code == 302
    after = dora.get(address).content.decode()
    assert "Invented answer." in after
    assert 'name="decision"' not in after


def test_what_is_late_is_said(ana: Actor, cast: Cast) -> None:
    cooperation.ask_right(by=ana, case_id=a_case(ana).id, right="access")
    with time_machine.travel(clock.now() + 6 * DAY):
        listed = _browser(cast.dora).get(reverse("cooperation:rights")).content.decode()

    assert "con retraso" in listed


def test_officers_of_the_shelter_may_answer_too(cast: Cast) -> None:
    role = members.Role.SERVICE_PROVIDER
    other = members.actor_of(an_officer("marta", cast.shelter, role))
    with on_behalf(other):
        assert cooperation.rights_waiting(by=other) == []
